"""Measurements: ``python -m benchmarks`` for speed, `benchmarks.detection` and `mutation` for trust."""
