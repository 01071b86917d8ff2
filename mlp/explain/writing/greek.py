"""Greek letters by their English names."""

from __future__ import annotations

from html.entities import name2codepoint

__all__ = ["GREEK"]

#: Those that LaTeX has a command for; the others look like Latin ones.
NAMES = (
    "alpha beta gamma delta epsilon zeta eta theta iota kappa lambda mu nu xi pi rho sigma tau upsilon phi chi psi omega "
    "Gamma Delta Theta Lambda Xi Pi Sigma Phi Psi Omega"
)

GREEK = {name: chr(name2codepoint[name]) for name in NAMES.split()}
