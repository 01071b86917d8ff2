"""Networks to and from other libraries in memory: one file for each library and direction.

What comes in is looked at, never called: classes are found by name in closed tables.
"""
