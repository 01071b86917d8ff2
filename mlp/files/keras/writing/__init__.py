"""From a network to what stands in a Keras file."""
