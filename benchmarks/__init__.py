"""How long a training step takes, measured beside loops written by hand: ``python -m benchmarks.steps``."""
