"""From what stands in a Keras file to a description of a network.

``model`` puts it together.  Architecture: ``config``, ``graph``, ``layout``, ``layers``, ``operations``, and ``values`` for the
arguments of layers.  The rest: ``compile`` and ``weights``.  All go by ``objects``, in which nothing but names of closed tables
means a class.
"""
