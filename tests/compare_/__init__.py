"""What tests/compare runs."""
