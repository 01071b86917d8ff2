"""A layer under test: how to make it anew as often as needed, always the same, and what to feed it."""

from __future__ import annotations

import copy
import dataclasses
import importlib
import itertools
from collections.abc import Callable
from dataclasses import dataclass
from statistics import NormalDist
from typing import Any

import numpy as np

from mlp import checks
from mlp.arrays import Array
from mlp.configurable import Configurable
from mlp.derivatives import quietly
from mlp.errors import ArgumentError, ArgumentTypeError, MLPError, ShapeError
from mlp.layers import InputLayer, Layer
from mlp.network import Network
from mlp.rows import as_array, require_finite
from mlp.testing.report import Failure
from mlp.testing.subjects import limit_of

__all__ = ["LayerCase", "call_of", "declared", "importable", "layer_case", "maker_of", "numbers"]


@dataclass(frozen=True)
class LayerCase:
    """A layer, its input and its parameters; every check makes networks of its own from it.

    Attributes
    ----------
    make : callable
        Gives a new, unattached layer.
    x : ndarray, shape (n,) + input_shape
        Input rows in float64.
    parameters : ndarray, shape (size,)
        The trainable parameters.
    state : tuple of ndarray
        The untrained weights.
    seed : int
        The source of all randomness.
    full : bool
        Look at every entry of the gradient, whatever the size.
    couples_rows, differs_in_training, surrogate_gradient : bool
        What the layer declares.
    given : bool
        The rows are the caller's, who may have chosen kinks.
    own : bool
        It is one of this library's, of which more is asked.
    below : int or None
        It takes whole numbers below this one, and no others.
    more : tuple of LayerCase
        The same layer at other points, nearer to zero and farther from it, for the gradient.
    slack : float
        What part of a gradient is let pass at this point, see `Subject`.
    """

    make: Callable[[], Layer]
    x: Array
    parameters: Array
    state: tuple[Array, ...]
    seed: int
    full: bool
    couples_rows: bool
    differs_in_training: bool
    surrogate_gradient: bool
    given: bool
    own: bool
    below: int | None = None
    more: tuple[LayerCase, ...] = ()
    slack: float = 0.0

    def net(self, dtype: str = "float64") -> Network:
        """A network of a new layer, with the parameters and the state of the case."""
        net = Network([InputLayer(self.x.shape[1:]), self.make()], dtype=dtype, rng=self.seed)
        net._parameters[...] = self.parameters
        for weight, value in zip(_untrained(net), self.state, strict=True):
            weight[...] = value
        return net

    def rng(self, number: int = 0) -> np.random.Generator:
        """One of many sources of random numbers."""
        return np.random.default_rng([self.seed, number])

    def dy(self, layer: Layer, n: int | None = None, number: int = 1) -> Array:
        """A random gradient from behind: never all ones, for which softmax's true gradient is zero."""
        shape = (len(self.x) if n is None else n, *layer._built_shapes()[1])
        return (
            np.round(self.rng(number).standard_normal(shape), 3) + 0.0005
        )  # few digits to read, and no zero

    def other_x(self, number: int = 2) -> Array:
        """Other rows of the same kind: the rows in another order, a little changed, or all numbers in another order."""
        if self.below is not None:
            return self.rng(number).permuted(self.x)
        return self.x[::-1] * self.rng(number).uniform(0.5, 0.9, self.x.shape)

    def code(self, *lines: str) -> str:
        """Python lines that set the layer up as it was, and then ``lines``."""
        inner = [
            "import numpy as np",
            "from mlp import Input, Network",
            "",
            f"net = Network([Input(shape={self.x.shape[1:]}), {_construction(self.make())}])",
        ]
        if self.parameters.size:
            inner.append(f"net.parameters = {numbers(self.parameters)}")
        inner.append(f"x = np.array({numbers(self.x)})")
        return "\n".join([*inner, *lines])


def _construction(layer: Layer) -> str:
    """The layer as a call of its class, as far as its arguments are known."""
    shown = []
    for name in layer._stored_arguments():
        default = layer._arguments()[name].default
        if name == "name":
            continue
        value = getattr(layer, name, default)
        if isinstance(value, np.ndarray):
            value = value.tolist()
        if isinstance(value, str | int | float | tuple | list | Configurable) and not _same(value, default):
            shown.append(f"{name}={value!r}")
    return f"{type(layer).__name__}({', '.join(shown)})"


def _same(value: object, default: object) -> bool:
    try:
        return bool(np.array_equal(value, default))  # type: ignore[arg-type]
    except Exception:  # noqa: BLE001 - what cannot be compared is shown
        return False


def numbers(a: Array) -> str:
    """An array as Python code, exactly, if it is not too long to read."""
    if a.size > 60:
        return f"...  # {a.size} numbers; too many to show"
    return str(a.tolist())


def _untrained(net: Network) -> list[Array]:
    return [layer._values[n] for layer, n in net.named_weights() if not layer._specs[n].trainable]


def importable(cls: Any) -> bool:
    """Whether a class or function is found by its name, as pickle wants it."""
    try:
        found: Any = importlib.import_module(cls.__module__)
        for name in cls.__qualname__.split("."):
            found = getattr(found, name)
    except (ImportError, AttributeError):
        return False
    return found is cls


def maker_of(factory: Any, base: type, kind: str) -> Callable[[], Any]:
    """A function that gives a new object each time: of a class, a function or an object that stands for its copies.

    Raises
    ------
    ArgumentTypeError
        If ``factory`` is none of these.
    """
    if isinstance(factory, base):
        return lambda: copy.deepcopy(factory)
    if not callable(factory):
        raise ArgumentTypeError(
            f"give a {kind} class, a function that makes a {kind}, or a {kind}; got {factory!r}"
        )

    last: list[Any] = []

    def make() -> Any:
        try:
            made = factory()
        except TypeError as error:
            if "required positional argument" not in str(error) or error.__traceback__.tb_next is not None:  # type: ignore[union-attr]
                raise
            raise ArgumentTypeError(
                f"the factory needs arguments: {error}; wrap it, lambda: My{kind.title()}(...)"
            ) from None
        if not isinstance(made, base):
            raise ArgumentTypeError(f"{factory!r} should give a {kind}, got {made!r}")
        if last and made is last[0]:
            raise ArgumentError(
                f"the function gives the same {kind} each time; it must make a new one: lambda: My{kind.title()}(...)"
            )
        last[:] = [made]
        return made

    return make


def call_of(factory: Any, make: Callable[[], Any]) -> tuple[str, str]:
    """What the object is called in a report, and how lines of code make it: by a call of its class, if that is known.

    Raises
    ------
    ArgumentError, ArgumentTypeError
        If ``make``, which `maker_of` made of ``factory``, finds that this makes no sense.
    """
    if isinstance(factory, type):
        return f"{factory.__name__}()", f"{factory.__name__}()"
    try:
        make()
        made = repr(make())
    except MLPError:
        raise
    except Exception:  # noqa: BLE001 - the checks say why it cannot be made
        return "factory()", "factory()"
    return made, "factory()" if "<" in made else made


def declared(layer: Layer, what: str) -> bool:
    """Whether the layer, a layer in it, or an activation of one declares something."""
    return any(
        bool(getattr(one, what, False)) or bool(getattr(vars(one).get("activation"), what, False))
        for one in layer.walk()
    )


def layer_case(
    make: Callable[[], Layer],
    input_shape: tuple[int, ...] | None,
    n: int,
    x: Any,
    rng: Any,
    full: bool,
    couples_rows: bool | None,
    differs_in_training: bool | None,
    deviation: float = 1.5,
) -> LayerCase:
    """The case that a caller describes, with random rows and parameters at which the layer is finite."""
    source = checks.generator("rng", rng)
    seed = int(source.integers(2**62))
    first = make()
    if x is not None:
        x = as_array("x", x, np.dtype(np.float64))
        if x.ndim < 2 or not x.size:
            raise ShapeError(f"x must have shape (n, ...) with n >= 1 rows, got {x.shape}")
        require_finite("x", x)
        input_shape = x.shape[1:] if input_shape is None else tuple(input_shape)
        if x.shape[1:] != input_shape:
            raise ShapeError(f"x must have shape (n, {', '.join(map(str, input_shape))}), got {x.shape}")
    if input_shape is None:
        input_shape = first._given_shape
    if input_shape is None:
        raise ArgumentError("the input's shape is not known: give input_shape=(4,), the shape of one row")
    shape = checks.shape("input_shape", input_shape)
    rows = checks.integer("n", n)
    net = Network([InputLayer(shape), first], rng=seed)
    layer = net._layers[0]
    generator = np.random.default_rng([seed, 0])
    case = LayerCase(
        make,
        np.zeros((rows, *shape)),
        net._parameters.copy(),
        tuple(w.copy() for w in _untrained(net)),
        seed,
        full,
        declared(layer, "couples_rows") if couples_rows is None else couples_rows,
        declared(layer, "differs_in_training") if differs_in_training is None else differs_in_training,
        declared(layer, "surrogate_gradient"),
        x is not None,
        all(type(one).__module__.split(".")[0] == "mlp" for one in layer.walk()),
        limit_of(layer),
    )
    given = [x] if x is not None else _inputs(generator, (rows, *shape), deviation, case.below)
    return _first_finite(case, given, generator)


def _spread(rng: np.random.Generator, shape: tuple[int, ...], deviation: float) -> Array:
    """Normal numbers, one from each of as many equal shares of the distribution, so that both tails are there."""
    size = int(np.prod(shape))
    shares = (rng.permutation(size) + rng.uniform(0.02, 0.98, size)) / size
    return np.array([deviation * NormalDist().inv_cdf(share) for share in shares]).reshape(shape)


def _inputs(
    rng: np.random.Generator, shape: tuple[int, ...], deviation: float, below: int | None
) -> list[Array]:
    """Rows of any sign; for layers that take none but these, positive ones, shares, whole numbers."""
    if below is not None:
        return [rng.integers(0, below, shape).astype(float)]
    return [
        _spread(rng, shape, deviation),
        rng.uniform(0.2, 3.0, shape),
        rng.uniform(0.05, 0.95, shape),
        rng.integers(0, 3, shape).astype(float),
    ]


def _first_finite(case: LayerCase, inputs: list[Array], rng: np.random.Generator) -> LayerCase:
    """Parameters are drawn at random, for a forgotten factor hides at 1; of either sign, where that is possible."""
    error: Exception | None = None
    size = case.parameters.size
    signs = rng.choice([-1.0, 1.0], size)
    magnitudes = rng.uniform(0.5, 1.5, size)
    drawn = [signs * magnitudes, magnitudes, case.parameters + 0.25 * magnitudes, case.parameters]
    states = (tuple(w + rng.uniform(0.25, 1.25, w.shape) for w in case.state), case.state)
    # Where some entries of a gradient are never finite, that is a fault to be told, and no reason to give up.
    for gradient_too in (True, False):
        for x, parameters, kept in itertools.product(inputs, drawn, states):
            one = dataclasses.replace(case, x=x, parameters=_constrained(case, parameters), state=kept)
            try:
                if _finite(one, gradient_too):
                    return one
            except Exception as raised:  # noqa: BLE001 - the first check will meet it again and tell
                error = error or raised
    if error is not None:
        return dataclasses.replace(case, x=inputs[0], parameters=drawn[0])
    raise Failure(
        "forward or backward gives NaN or infinity for every input that was tried: finite rows of any sign, "
        "positive rows, shares and whole numbers"
    )


def _constrained(case: LayerCase, parameters: Array) -> Array:
    net = case.net()
    net._parameters[...] = parameters
    for layer, name in net.named_weights():
        rule = layer._specs[name].constraint
        if rule is not None and layer._specs[name].trainable:
            layer._values[name][...] = rule(layer._values[name])
    return net._parameters.copy()


def _finite(case: LayerCase, gradient_too: bool) -> bool:
    net = case.net()
    layer = net._layers[0]
    with quietly():
        y = np.asarray(layer.forward(case.x.copy()))
        if not np.isfinite(y).all():
            return False
        if not gradient_too:
            return True
        net._gradient[...] = 0.0  # a weight that backward leaves out is told by its own check
        dx = np.asarray(layer.backward(case.rng(1).standard_normal(y.shape)))
    return bool(np.isfinite(dx).all() and np.isfinite(net._gradient).all())
