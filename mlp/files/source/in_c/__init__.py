"""C99: a row is an array of float."""
