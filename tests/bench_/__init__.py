"""What tests/bench runs."""
