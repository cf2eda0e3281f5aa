"""What tests/clients runs."""
