"""Parity with Keras, proven by programs that run on both libraries.

A program is a function of a library ``k``, which is Keras or this one.  What it returned when it ran on Keras is kept
in ``references/``; the tests run the very same program on this library and compare.

- ``programs/``: one module a section, with a table ``PROGRAMS`` of names and programs.
- ``keras_library.py``, ``mlp_library.py``: the two libraries as a program sees them.  They add the few words that
  the two say differently: the gradient of a loss, a step of an optimizer.
- ``make_references.py``: runs the programs on Keras and writes ``references/*.json``.
- ``signatures.py``: names, orders and defaults of arguments; ``deviations.py``: where this library differs, and why.
- ``data.py``: the inputs of the programs.
- ``tolerances.py``: how closely numbers must agree, and why not more closely.
"""
