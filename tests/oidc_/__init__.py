"""tests/oidc-local: logging in by OpenID Connect, at real providers and in a browser."""
