"""Tables with named columns: each is the array of its columns, and what is wrong is named by row and column.

The classes stand in for those of pandas, Polars and the interchange protocol, which the tests do not need.
"""

from types import SimpleNamespace

import numpy as np
import pytest

from mlp import Network
from mlp.errors import DataError, ShapeError
from mlp.layers import Dense
from mlp.rows import as_array

RNG = np.random.default_rng(8)
N = 30
COLUMNS = {
    "age": RNG.integers(1, 90, N),
    "income": RNG.normal(size=N),
    "member": RNG.random(N) > 0.5,
    "visits": RNG.integers(0, 9, N).astype("u1"),
    "score": RNG.normal(size=N).astype("f4"),
}
X = np.stack([column.astype(float) for column in COLUMNS.values()], axis=1)
Y = RNG.normal(size=N)


class Series:
    """A column of pandas: None and NaN are missing."""

    def __init__(self, values, name=None):
        self.values, self.name = values, name

    def __array__(self, dtype=None, copy=None):
        return np.array(self.values, dtype)

    def __len__(self):
        return len(self.values)

    def __getitem__(self, label):
        raise KeyError(label)

    def isna(self):
        return [v is None or str(v) == "nan" for v in self.values]


class PolarsSeries(Series):
    """A column of Polars: None is missing, NaN is a number."""

    isna = None

    def is_null(self):
        return [v is None for v in self.values]


class Table:
    def __init__(self, columns):
        self.columns = columns
        self.shape = (len(next(iter(columns.values()), [])), len(columns))

    def __len__(self):
        return self.shape[0]

    def __getitem__(self, label):
        return self.columns[label]


class Pandas(Table):
    __dataframe__ = None

    def items(self):
        return ((name, Series(values)) for name, values in self.columns.items())

    def __array__(self, dtype=None, copy=None):
        raise AssertionError("a mixed table would become one of objects")


class Polars(Table):
    def iter_columns(self):
        return (PolarsSeries(values, name) for name, values in self.columns.items())


class Chunk:
    def __init__(self, values, offset=0):
        bits = values.dtype == bool
        lead = np.zeros(offset, values.dtype)
        whole = np.concatenate([lead, values])
        self.raw = np.packbits(whole, bitorder="little") if bits else whole
        self.offset, self.length = offset, len(values)

    def size(self):
        return self.length

    def get_buffers(self):
        raw = self.raw
        return {"data": (SimpleNamespace(ptr=raw.ctypes.data, bufsize=raw.nbytes), None), "validity": None}


class Exchanged:
    def __init__(self, values):
        self.missing = [v is None for v in values]
        self.null_count = sum(self.missing)
        self.values = np.array([0 if v is None else v for v in values])
        kinds = {"i": 0, "u": 1, "f": 2, "b": 20}
        self.bits = 1 if self.values.dtype == bool else 8 * self.values.itemsize
        self.dtype = kinds.get(self.values.dtype.kind, 21), self.bits, "", "="

    def get_chunks(self):
        return [Chunk(self.values[:11], 3), Chunk(self.values[11:])]


class Protocol(Table):
    """Nothing but the interchange protocol."""

    def __dataframe__(self):
        return self

    def column_names(self):
        return list(self.columns)

    def get_column_by_name(self, name):
        return Exchanged(self.columns[name])


TABLES = [Pandas, Polars, Protocol]


@pytest.mark.parametrize("table", TABLES)
@pytest.mark.parametrize("dtype", [np.dtype(float), np.dtype("f4"), None], ids=str)
def test_a_table_is_the_array_of_its_columns(table, dtype):
    array = as_array("x", table(COLUMNS), dtype)
    np.testing.assert_array_equal(array, X if dtype is None else X.astype(dtype))
    assert array.dtype == (dtype or np.float64)


@pytest.mark.parametrize("table", TABLES)
def test_training_on_tables_is_training_on_arrays(table):
    nets = []
    for x, y, w in ((table(COLUMNS), table({"y": Y}), Series(Y**2)), (X, Y, Y**2)):
        net = Network([Dense(4, activation="tanh", input_dim=5), Dense(1)], rng=0)
        net.compile("adam", "mse")
        net.fit(x, y, sample_weight=w, validation_data=(x, y, w), epochs=3, validation_split=0.2, verbose=0)
        nets.append(
            (net.parameters, net.history.history, net.predict(x), net.evaluate(x, y), net(x), net.forward(x))
        )
    for a, b in zip(*nets, strict=True):
        np.testing.assert_equal(a, b)


@pytest.mark.parametrize("table", TABLES)
def test_whole_numbers_stay_whole(table):
    labels = table({"class": RNG.integers(0, 3, N)})
    assert as_array("y", labels).dtype.kind == "i"
    net = Network([Dense(3, activation="softmax", input_dim=5)], rng=0)
    net.compile("adam", "sparse_categorical_crossentropy")
    net.fit(table(COLUMNS), labels, class_weight={0: 2.0}, verbose=0)


def put(name, value, row=7):
    values = COLUMNS[name].tolist()
    values[row] = value
    return {**COLUMNS, name: values}


@pytest.mark.parametrize("table", TABLES)
@pytest.mark.parametrize("name", ["age", "income", "member"])
def test_a_missing_value_is_named_by_row_and_column(table, name):
    row = "" if table is Protocol else "row 7 of "
    with pytest.raises(DataError, match=f"^x must be finite, but a value is missing in {row}column '{name}'"):
        as_array("x", table(put(name, None)), np.dtype(float))


@pytest.mark.parametrize("table", TABLES)
def test_a_value_that_is_no_number_is_missing_too(table):
    with pytest.raises(
        DataError, match=r"^x must be finite, but a value is missing in row 7 of column 'income'"
    ):
        as_array("x", table(put("income", np.nan)), np.dtype(float))


@pytest.mark.parametrize("table", TABLES)
@pytest.mark.parametrize(
    ("columns", "message"),
    [
        (put("age", 2**60), r"x\['age'\] holds integers beyond 2\*\*53"),
        ({**COLUMNS, "age": ["a"] * N}, r"x\['age'\] holds"),
        ({}, "x has no columns"),
    ],
    ids=["integers", "text", "nothing"],
)
def test_what_a_column_must_not_hold(table, columns, message):
    with pytest.raises(DataError, match=message):
        as_array("x", table(columns), np.dtype(float))


def test_infinity_and_a_wrong_number_of_columns_are_refused_as_ever():
    net = Network([Dense(1, input_dim=5)])
    with pytest.raises(DataError, match=r"x must be finite, got inf at x\[7, 1\]"):
        net.predict(Pandas(put("income", np.inf)))
    with pytest.raises(ShapeError, match=r"x must have shape \(n, 5\), got \(30, 1\)"):
        net.predict(Pandas({"age": COLUMNS["age"]}))
