"""Calculations worked out in front of the reader: every number of a forward and a backward pass, typeset.

What is said stands in `formula`, without a digit rounded or a letter set; how it looks is up to the writers.
"""
