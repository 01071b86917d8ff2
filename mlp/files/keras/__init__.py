"""The formats of Keras, and what they have in common.

================  =====================================================================================
``archive``       the ``.keras`` format: configuration as JSON and weights as HDF5, in a zip archive
``legacy``        the ``.h5`` format of Keras 1 and 2: both in one HDF5 file
``weights_file``  the ``.weights.h5`` format of Keras 3: weights alone
``reading``       from configuration and arrays to a `mlp.files.description.Description`
``writing``       from a network to configuration and arrays
``old``           what Keras 1 and 2 called things, and where they kept them
``paths``         where each weight is in an HDF5 file
``slots``         the order of an optimizer's variables, both ways
``checksum``      what protects the files that are written here
``version``       which Keras wrote a file
================  =====================================================================================
"""
