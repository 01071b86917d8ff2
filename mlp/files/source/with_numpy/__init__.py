"""NumPy: arrays of rows, and the operations of `predict` itself."""
