"""What Keras 1 and 2 wrote otherwise, brought to the names and the order of Keras 3."""
