"""The commands of ``mlp``, one a file, and the nouns they share; `mlp.cli` reads the command line.

A command is a generator of what is to be printed, so none of them prints.  A user's mistake is an
error of `mlp.errors`, whose message becomes one line on stderr.
"""
