"""Networks built by hand, each with the reason why it is right; and proofs of what a network answers in a whole region.

With ``dtype=object`` nothing in them is rounded: their numbers are fractions, see `Network.astype`.
"""

from mlp.exact.convex_region import convex_region
from mlp.exact.decision_tree import decision_tree
from mlp.exact.gates import and_gate, majority, or_gate, parity, xor_gate
from mlp.exact.half_space import half_space
from mlp.exact.one_hot import one_hot
from mlp.exact.piecewise_linear import piecewise_linear
from mlp.exact.proof import Certificate, certify
from mlp.exact.selector import selector
from mlp.exact.sort_two import sort_two

__all__ = [
    "half_space", "convex_region", "and_gate", "or_gate", "xor_gate", "majority", "parity", "one_hot", "selector", "sort_two",
    "piecewise_linear", "decision_tree", "certify", "Certificate",
]  # fmt: skip
