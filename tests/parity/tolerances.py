"""How closely numbers must agree with Keras, and why not more closely."""

import numpy as np

from parity import references

#: Both libraries compute in float64, and sums of some ten numbers in another order differ by some 1e-15.  The second
#: number is for what is 0, or nearly so, by cancellation of numbers of size 1.
RTOL, ATOL = 1e-12, 1e-14

#: Section, the beginning of a name, tolerances.
EXCEPTIONS = [
    # Rounding errors of some 1e-16 grow from step to step, as long as a training has not come to rest.
    ("training", "", (1e-10, 1e-11)),
    ("networks", "", (1e-11, 1e-12)),
    # Keras makes the numbers of rows and of regressors float32, and the correction with them.
    ("metrics", "R2Score(num_regressors", (1e-6, 1e-6)),
]


def differences(section, name, found, reference):
    """What differs between this library and Keras by more than it may, as lines of text."""
    if name.startswith("statistics of "):
        return _statistics(found, reference)
    closeness = next(
        (close for of, begin, close in EXCEPTIONS if of == section and name.startswith(begin)), (RTOL, ATOL)
    )
    return references.compare(found, reference, *closeness)


def _statistics(found, reference):
    """What differs between two samples of some 200,000 numbers by more than five deviations of its own."""
    deviation = reference["std"]
    wrong = []
    for key, value in reference.items():
        extreme = key in ("min", "max")
        # Of 20,000 numbers the greatest is sharp where a distribution has an end, and wide where it has a tail.
        tail = extreme and abs(value - reference["mean"]) > 2.5 * deviation
        close = (0.5 if tail else 0.02) * deviation
        if not np.isclose(found[key], value, rtol=0.0, atol=close):
            wrong.append(f"{key}: {found[key]!r}, in Keras {value!r}, more than {close:.2g} apart")
    return wrong
