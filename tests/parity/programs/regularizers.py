"""Penalties and their gradients."""

from parity.data import numbers
from parity.programs import called

W = numbers(4, 3, seed=1, low=-2, high=2)

CASES = {
    "L1": [{}, {"l1": 0.3}],
    "L2": [{}, {"l2": 0.3}],
    "L1L2": [{}, {"l1": 0.2, "l2": 0.3}],
    "OrthogonalRegularizer": [{}, {"factor": 0.3, "mode": "columns"}],
}


def _penalty(make):
    def program(k):
        regularizer = make(k)
        return {"value": regularizer(k.array(W)), "gradient": k.penalty_gradient(regularizer, W)}

    return program


PROGRAMS = {
    **{
        called(name, arguments): _penalty(
            lambda k, name=name, arguments=arguments: getattr(k.regularizers, name)(**arguments)
        )
        for name, variants in CASES.items()
        for arguments in variants
    },
    **{
        f"get({name!r})": _penalty(lambda k, name=name: k.regularizers.get(name))
        for name in ("l1", "l2", "l1l2", "orthogonal_regularizer", "L1", "L2", "L1L2")
    },
}
