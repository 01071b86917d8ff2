"""Source code as a file: what a network computes, in a language that its readers know.

`outline` names the steps of a prediction (`mlp.files.program`).  For each target there is a folder: a rule for each class of
layer, a row for each activation, a library of functions of which a file gets those that it calls, and the page around them.

==================  ==========================================  =================================================
target              written by                                  its numbers
==================  ==========================================  =================================================
`with_numpy`        ``save("model.py")``                        arrays of rows, by the operations of `predict`
`pure`              ``save("model.py", pure_python=True)``      a row is a flat list, see `flat`
`in_c`              ``save("model.c")``                         a row is a flat array of float, see `flat`
==================  ==========================================  =================================================

Nothing that a network's maker could have written gets into the code but numbers: values and constants are named by number,
and the names of layers appear in comments alone, with nothing left in them but letters, digits and ``_.-`` (`names`).
"""
