"""Initializers: what they give exactly, or the statistics of what they draw."""

import numpy as np

from parity.programs import called

SHAPE = (200, 100)
SEEDS = range(1, 21)

EXACT = {
    "Zeros()": lambda k: k.initializers.Zeros()((2, 3)),
    "Ones()": lambda k: k.initializers.Ones()((2, 3)),
    "Constant()": lambda k: k.initializers.Constant()((2, 3)),
    "Constant(value=2.5)": lambda k: k.initializers.Constant(2.5)((2, 3)),
    "Identity()": lambda k: k.initializers.Identity()((3, 4)),
    "Identity(gain=0.5)": lambda k: k.initializers.Identity(0.5)((3, 3)),
    "get('zero')": lambda k: k.initializers.get("zero")((2, 3)),
    "get('one')": lambda k: k.initializers.get("one")((2, 3)),
    "get('identity')": lambda k: k.initializers.get("identity")((3, 3)),
}

DRAWN = {
    "RandomNormal": [{}, {"mean": 1.0, "stddev": 2.0}],
    "RandomUniform": [{}, {"minval": 1.0, "maxval": 3.0}],
    "TruncatedNormal": [{}, {"mean": 1.0, "stddev": 2.0}],
    "VarianceScaling": [{}]
    + [
        {"scale": 2.0, "mode": mode, "distribution": distribution}
        for mode in ("fan_in", "fan_out", "fan_avg")
        for distribution in ("truncated_normal", "untruncated_normal", "uniform")
    ],
    "GlorotUniform": [{}],
    "GlorotNormal": [{}],
    "HeUniform": [{}],
    "HeNormal": [{}],
    "LecunUniform": [{}],
    "LecunNormal": [{}],
    "Orthogonal": [{}, {"gain": 2.0}],
}

#: Names in Keras that are not the class's in snake_case.
ALIASES = (
    "normal",
    "uniform",
    "glorot_uniform",
    "he_normal",
    "lecun_uniform",
    "random_normal",
    "truncated_normal",
)


def statistics(draws):
    """Of many draws: mean and deviation of all entries, and the extremes of each draw on average."""
    draws = np.array([np.asarray(draw) for draw in draws])
    flat = draws.reshape(len(draws), -1)
    return {
        "mean": flat.mean(),
        "std": flat.std(),
        "min": flat.min(axis=1).mean(),
        "max": flat.max(axis=1).mean(),
    }


def _drawn(name, arguments):
    return lambda k: statistics(
        getattr(k.initializers, name)(seed=seed, **arguments)(SHAPE) for seed in SEEDS
    )


def _named(name):
    return lambda k: statistics(k.initializers.get(name)(SHAPE) for _ in SEEDS)


def _deep(k):
    """With three axes, the first ones are a field of inputs."""
    return statistics(k.initializers.GlorotUniform(seed=seed)((10, 20, 100)) for seed in SEEDS)


def _gram(k):
    """Orthogonal rows or columns, whichever are fewer."""
    wide = np.asarray(k.initializers.Orthogonal(gain=1.5, seed=1)((3, 5)))
    high = np.asarray(k.initializers.Orthogonal(seed=1)((5, 3)))
    return {"wide": wide @ wide.T, "high": high.T @ high}


PROGRAMS = {
    **EXACT,
    "Orthogonal, products of rows": _gram,
    **{
        f"statistics of {called(name, arguments)}": _drawn(name, arguments)
        for name, variants in DRAWN.items()
        for arguments in variants
    },
    **{f"statistics of get({name!r})": _named(name) for name in ALIASES},
    "statistics of GlorotUniform, three axes": _deep,
}
