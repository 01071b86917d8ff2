"""What `certify` found out: a proof, a counterexample, or how much is left."""

from __future__ import annotations

from dataclasses import dataclass, field

from mlp.arrays import Array

__all__ = ["Certificate"]


#: So many numbers of a counterexample are shown.
SHOWN = 8


@dataclass(frozen=True, eq=False)
class Certificate:
    """What is known about one class and one box; true if the class is proven.

    Attributes
    ----------
    proven : bool or None
        True: every point of the box is of the class.  False: ``counterexample`` is not.  None: undecided,
        for ``max_boxes`` was spent, or what is left are points so near to the border that rounding decides.
    label : int or bool
        The class.
    counterexample : ndarray or None
        A point of the box, in the network's dtype, that ``net(x)`` puts into another class; shaped like an input row.
    exact : bool or None
        Whether the counterexample was found to be one in rational arithmetic too; False if only rounding makes it one;
        None where there is none, or the network is not piecewise linear.
    boxes : int
        How many boxes were looked at.
    remaining : float
        The share of the box's volume that nothing is known about: 0 if the class is proven, between 0 and 1 else.
    undecided : ndarray or None
        The smallest box that nothing is known about, as (low, high) pairs.

    Examples
    --------
    >>> from mlp import Network
    >>> from mlp.layers import Dense
    >>> from mlp.exact import certify
    >>> net = Network([Dense(1, input_dim=1)])
    >>> net.set_weights([[[2.0]], [-1.0]])
    >>> found: Certificate = certify(net, [(0.0, 1.0)], True)
    >>> found.proven, found.counterexample
    (False, array([0.]))
    >>> bool(certify(net, [(0.6, 1.0)], True))
    True
    """

    proven: bool | None
    label: int | bool
    counterexample: Array | None = field(default=None, kw_only=True)
    exact: bool | None = field(default=None, kw_only=True)
    boxes: int = field(kw_only=True)
    remaining: float = field(kw_only=True)
    undecided: Array | None = field(default=None, kw_only=True)

    def __bool__(self) -> bool:
        return self.proven is True

    def __str__(self) -> str:
        boxes = f"{self.boxes} box" + ("" if self.boxes == 1 else "es")
        if self.proven:
            return f"proven: every point is of class {self.label} ({boxes})"
        if self.counterexample is not None:
            numbers = [f"{value:.6g}" for value in self.counterexample.ravel()]
            point = ", ".join(numbers[:SHOWN] + ["..."] * (len(numbers) > SHOWN))
            how = {True: ", exactly", False: ", by rounding alone", None: ""}[self.exact]
            return f"refuted: ({point}) is not of class {self.label}{how} ({boxes})"
        return f"undecided: class {self.label}, {self.remaining:.3g} of the volume left after {boxes}"

    def __repr__(self) -> str:
        return f"<Certificate {self}>"
