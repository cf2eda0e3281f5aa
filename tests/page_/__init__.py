"""tests/page: the page for people, in a browser."""
