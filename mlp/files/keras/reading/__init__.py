"""From what stands in a Keras file to a description of a network."""
