"""Initial values: every entry held against its distribution function, over many draws."""

import numpy as np
import pytest
from tables import INITIALIZERS, over

from mlp import Network, initializers
from mlp.errors import ArgumentError, ArgumentTypeError, DataError, ShapeError
from mlp.layers import Dense

DRAWS = 4000
DRAWN = [row for row in INITIALIZERS if row.cdf is not None]
FIXED = [row for row in INITIALIZERS if row.cdf is None]


def draws(row, n=DRAWS):
    rng = np.random.default_rng(20)
    init = row.make()
    return np.array([init(row.shape, rng=rng) for _ in range(n)])


def distance(sample, cdf):
    """The largest distance between the share of the sample below a number and the truth (Kolmogorov)."""
    right = cdf(np.sort(sample))
    n = len(sample)
    return max(np.max(np.arange(1, n + 1) / n - right), np.max(right - np.arange(n) / n))


@over(DRAWN)
def test_every_entry_has_the_distribution(row):
    """Kolmogorov's distance passes 2.2 / sqrt(n) in one of 8,000 samples; some 250 are taken here."""
    w = draws(row)
    for index in np.ndindex(row.shape):
        assert distance(w[(slice(None), *index)], row.cdf) < 2.2 / np.sqrt(DRAWS), index


@over(DRAWN)
def test_mean_variance_and_bounds(row):
    w = draws(row)
    center, variance = row.moments
    assert w.mean() == pytest.approx(center, abs=5 * np.sqrt(variance / w.size))
    assert w.var() == pytest.approx(variance, rel=5 * np.sqrt(2 / w.size))
    low, high = row.bounds
    assert w.min() >= low - 1e-12
    assert w.max() <= high + 1e-12


@over([row for row in DRAWN if type(row.make()) is not initializers.Orthogonal])
def test_entries_are_independent(row):
    w = draws(row).reshape(DRAWS, -1)
    correlation = np.corrcoef(w, rowvar=False) - np.eye(w.shape[1])
    assert np.abs(correlation).max() < 5 / np.sqrt(DRAWS)


@over(FIXED)
def test_what_draws_nothing_is_exact(row):
    w = row.make()(row.shape)
    np.testing.assert_array_equal(w, np.full(row.shape, row.value))
    w += 1  # the caller's own
    np.testing.assert_array_equal(row.make()(row.shape), np.full(row.shape, row.value))


@over(INITIALIZERS)
@pytest.mark.parametrize("dtype", ["float64", "float32", None])
def test_shape_and_type(row, dtype):
    w = row.make()(row.shape, dtype, rng=0)
    assert w.shape == row.shape
    assert w.dtype == np.dtype(dtype or "float64")
    assert w.flags.writeable
    # Drawn in double precision and rounded, so that both precisions start at the same place.
    np.testing.assert_array_equal(w, row.make()(row.shape, rng=0).astype(w.dtype))


@over(INITIALIZERS)
def test_a_clone_is_another_one_that_draws_the_same(row):
    init = row.make()
    clone = init.clone()
    assert clone is not init
    np.testing.assert_array_equal(clone(row.shape, rng=1), init(row.shape, rng=1))


@over(DRAWN)
def test_the_generator_is_what_numbers_come_from(row):
    init = row.make()
    rng = np.random.default_rng(1)
    first, second = init(row.shape, rng=rng), init(row.shape, rng=rng)
    assert not np.array_equal(first, second)
    np.testing.assert_array_equal(init(row.shape, rng=np.random.default_rng(1)), first)
    np.testing.assert_array_equal(init(row.shape, rng=1), first)
    assert not np.array_equal(init(row.shape), init(row.shape))  # no seed: new numbers every time


@over(DRAWN)
def test_a_seed_of_its_own_gives_the_same_values_at_each_call(row):
    init = row.make(seed=7)
    rng = np.random.default_rng(0)
    before = rng.bit_generator.state
    first = init(row.shape, rng=rng)
    assert rng.bit_generator.state == before
    np.testing.assert_array_equal(init(row.shape), first)
    np.testing.assert_array_equal(row.make(seed=7)(row.shape, rng=5), first)
    assert not np.array_equal(row.make(seed=8)(row.shape), first)


@over(DRAWN)
def test_the_global_generator_is_not_touched(row):
    before = str(np.random.get_state())  # noqa: NPY002 - this is what must not be used
    row.make()(row.shape)
    row.make(seed=1)(row.shape, rng=2)
    assert str(np.random.get_state()) == before  # noqa: NPY002


@over(DRAWN)
@pytest.mark.parametrize("seed", [-1, 1.5, True, "0"])
def test_what_is_no_seed_is_refused(row, seed):
    with pytest.raises((TypeError, ValueError), match="seed must be"):
        row.make(seed=seed)


@pytest.mark.parametrize("shape", [(5, 3), (3, 5), (4, 4), (1, 4), (2, 3, 4), (3, 1)], ids=str)
@pytest.mark.parametrize("gain", [1.0, 2.5, -1.0])
def test_orthogonal(shape, gain):
    w = initializers.Orthogonal(gain)(shape, rng=3).reshape(-1, shape[-1])
    product = w.T @ w if w.shape[0] >= w.shape[1] else w @ w.T
    np.testing.assert_allclose(product, gain**2 * np.eye(len(product)), atol=1e-14 * gain**2)


@pytest.mark.parametrize(
    ("shape", "fan_in", "fan_out"),
    [((6, 2), 6, 2), ((5,), 5, 5), ((3, 4, 2), 12, 6), ((3, 3, 4, 2), 36, 18), ((1, 1), 1, 1)],
    ids=str,
)
def test_fans_of_all_shapes(shape, fan_in, fan_out):
    """As in Keras: the leading axes of a convolution multiply both, a vector counts as one to one."""
    rng = np.random.default_rng(0)
    for mode, n in [("fan_in", fan_in), ("fan_out", fan_out), ("fan_avg", (fan_in + fan_out) / 2)]:
        init = initializers.VarianceScaling(1.0, mode, "uniform")
        w = np.array([init(shape, rng=rng) for _ in range(400)])
        limit = np.sqrt(3 / n)
        assert 0.98 * limit < np.abs(w).max() <= limit


@pytest.mark.parametrize("shape", [(3,), ()], ids=str)
def test_orthogonal_needs_a_matrix(shape):
    with pytest.raises(ArgumentError, match="two axes"):
        initializers.Orthogonal()(shape)


@pytest.mark.parametrize("shape", [(3,), (), (2, 2, 2)], ids=str)
def test_identity_needs_a_matrix(shape):
    with pytest.raises(ArgumentError, match="two axes"):
        initializers.Identity()(shape)


def test_axes_are_given_in_pairs_and_lie_in_the_weight():
    with pytest.raises(ArgumentError, match="together"):
        initializers.GlorotUniform(input_axes=[0])
    with pytest.raises(ArgumentError, match=r"axes of the weight's shape \(3, 2\), got 2"):
        initializers.HeNormal(input_axes=[0], output_axes=[2])((3, 2))


NAMES = {
    "zeros": "Zeros", "zero": "Zeros", "ones": "Ones", "one": "Ones", "constant": "Constant", "identity": "Identity",
    "IdentityInitializer": "Identity", "normal": "RandomNormal", "random_normal": "RandomNormal",
    "uniform": "RandomUniform", "random_uniform": "RandomUniform", "truncated_normal": "TruncatedNormal",
    "variance_scaling": "VarianceScaling", "glorot_uniform": "GlorotUniform", "glorot_normal": "GlorotNormal",
    "he_uniform": "HeUniform", "he_normal": "HeNormal", "lecun_uniform": "LecunUniform", "lecun_normal": "LecunNormal",
    "orthogonal": "Orthogonal", "OrthogonalInitializer": "Orthogonal",
}  # fmt: skip


@pytest.mark.parametrize(("name", "meant"), NAMES.items())
def test_names_of_keras(name, meant):
    assert type(initializers.get(name)).__name__ == meant
    own = vars(initializers).get(name)
    assert own is None or own is getattr(initializers, meant)


# --- Functions as initializers ------------------------------------------------------------------------------


def ramp(shape):
    return np.arange(np.prod(shape)).reshape(shape)


FUNCTIONS = {
    "shape": ramp,
    "shape and dtype": lambda shape, dtype=None: ramp(shape).astype(dtype),
    "shape, dtype by name": lambda shape, *, dtype: ramp(shape).astype(dtype),
    "lists": lambda shape: ramp(shape).tolist(),
}


@pytest.mark.parametrize("function", FUNCTIONS.values(), ids=FUNCTIONS)
@pytest.mark.parametrize("dtype", ["float64", "float32"])
def test_a_function_is_an_initializer(function, dtype):
    net = Network(
        [Dense(2, kernel_initializer=function, bias_initializer=np.zeros, input_dim=3)], dtype=dtype
    )
    np.testing.assert_array_equal(net.layers[0].kernel, [[0, 1], [2, 3], [4, 5]])
    assert net.layers[0].kernel.dtype == dtype


def test_a_function_may_draw_from_the_networks_generator():
    draw = lambda shape, rng: rng.normal(size=shape)
    first, second, other = (
        Network([Dense(2, kernel_initializer=draw, input_dim=3)], rng=seed).parameters for seed in (0, 0, 1)
    )
    np.testing.assert_array_equal(first, second)
    assert not np.array_equal(first, other)


@pytest.mark.parametrize(
    ("function", "error", "message"),
    [
        (lambda shape: np.zeros(shape[::-1]), ShapeError, r"weight's shape \(3, 2\), got \(2, 3\)"),
        (lambda shape: np.full(shape, np.nan), DataError, "initializer <lambda>"),
        (lambda shape: "text", DataError, "initializer <lambda>"),
    ],
)
def test_what_a_function_returns_fits_the_weight(function, error, message):
    with pytest.raises(error, match=message):
        initializers.get(function)((3, 2))


def test_a_function_cannot_be_stored():
    with pytest.raises(ArgumentTypeError, match="cannot be stored"):
        initializers.get(ramp).get_config()


def test_a_constant_array_fits_its_weight():
    with pytest.raises(ShapeError, match=r"\(1, 2\)"):
        initializers.Constant([[1.0, 2.0]])((2, 2))
    given = np.array([1.0, 2.0])
    w = initializers.get(given)((2,))
    w += 1
    np.testing.assert_array_equal(given, [1.0, 2.0])
    np.testing.assert_array_equal(initializers.get([1, 2])((2,)), [1.0, 2.0])


@pytest.mark.parametrize(
    "make",
    [
        lambda: initializers.RandomNormal(stddev=-1.0),
        lambda: initializers.RandomUniform(1.0, 0.0),
        lambda: initializers.TruncatedNormal(stddev=float("nan")),
        lambda: initializers.VarianceScaling(0.0),
        lambda: initializers.VarianceScaling(mode="fan"),
        lambda: initializers.VarianceScaling(distribution="normal"),
        lambda: initializers.Zeros()((2, -1)),
        lambda: initializers.Zeros()((2, 1.0)),
    ],
)
def test_wrong_arguments_are_refused(make):
    with pytest.raises((TypeError, ValueError), match="must be"):
        make()
