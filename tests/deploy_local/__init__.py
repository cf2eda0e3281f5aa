"""What tests/deploy-local runs inside its virtual environment."""
