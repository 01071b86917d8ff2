"""Proofs of a class for every point of a box: what a network can answer there is enclosed, and the box is halved until that is enough."""

from mlp.exact.proof.certificate import Certificate
from mlp.exact.proof.search import certify

__all__ = ["Certificate", "certify"]
