"""How calculations look: text, LaTeX and HTML, by the same rules of rounding, leaving out and breaking lines."""
