"""tests/bench-scale: what sessions cost as their number grows."""
