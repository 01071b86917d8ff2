"""What is measured: each module has ``measure(plan)``, which returns what `benchmarks.report` shows."""
