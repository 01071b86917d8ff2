"""From a network to what stands in a Keras file.

``plan`` is the network as Keras has it; of that ``model`` makes the configuration, ``compile`` its settings, ``weights`` the HDF5
file.  ``objects`` knows what Keras has, ``limits`` what Keras has and computes otherwise.
"""
