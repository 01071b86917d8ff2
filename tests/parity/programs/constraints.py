"""What constraints make of weights."""

from parity.data import numbers
from parity.programs import called

W = numbers(4, 3, seed=1, low=-2, high=2)

CASES = {
    "MaxNorm": [{}, {"max_value": 0.5}, {"max_value": 1.0, "axis": 1}, {"max_value": 1.0, "axis": [0, 1]}],
    "NonNeg": [{}],
    "UnitNorm": [{}, {"axis": 1}],
    "MinMaxNorm": [{}, {"min_value": 1.5, "max_value": 2.0}, {"min_value": 2.0, "max_value": 3.0, "rate": 0.3, "axis": 1}],
}  # fmt: skip


PROGRAMS = {
    **{
        called(name, arguments): (
            lambda k, name=name, arguments=arguments: getattr(k.constraints, name)(**arguments)(k.array(W))
        )
        for name, variants in CASES.items()
        for arguments in variants
    },
    **{
        f"get({name!r})": (lambda k, name=name: k.constraints.get(name)(k.array(W)))
        for name in (
            "max_norm",
            "non_neg",
            "unit_norm",
            "min_max_norm",
            "MaxNorm",
            "NonNeg",
            "UnitNorm",
            "MinMaxNorm",
        )
    },
}
