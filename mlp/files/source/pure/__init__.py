"""Python without any package: a row is a flat list of numbers."""
