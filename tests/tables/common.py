"""What the tables share: exact numbers, and the decorator that runs a test for each row."""

import decimal
import functools
from decimal import Decimal

import pytest

#: Digits enough for the bare definitions: exp(x) - 1 at x = 1e-300, 1 - Phi(38), 1 / (1 + exp(10000)).
EXACT = decimal.Context(prec=400, Emax=decimal.MAX_EMAX, Emin=decimal.MIN_EMIN)
EPS = 2.0**-52


def over(table):
    """A decorator: the test runs for each row of a table."""
    return pytest.mark.parametrize("row", table, ids=[row.name or repr(row.make()) for row in table])


def exactly(f, *rows, digits=400):
    """``f`` of rows of floats, computed in 400 digits and rounded at the end to floats."""
    with decimal.localcontext(EXACT, prec=digits):
        y = f(*([Decimal(float(v)) for v in row] for row in rows))
        return [float(v) for v in y] if isinstance(y, list) else float(y)


@functools.cache
def pi():
    """Machin's formula, to all the digits that anybody asks for: it is computed once."""

    def arccot(n):
        power, total, k = Decimal(1) / n, Decimal(0), 0
        while abs(power) > Decimal("1e-405"):
            total += power / (2 * k + 1)
            power, k = -power / (n * n), k + 1
        return total

    with decimal.localcontext(EXACT):
        return 4 * (4 * arccot(5) - arccot(239))
