"""Statements about networks that hold exactly, not at points that were tried: `certify` proves a class for a whole box."""

from mlp.exact.certificate import Certificate
from mlp.exact.search import certify

__all__ = ["Certificate", "certify"]
