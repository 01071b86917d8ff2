"""Layers and networks of one's own with odd habits: right, or refused, or loud; never a wrong number."""

import numpy as np
import pytest

import mlp
from mlp import Input, Network
from mlp.errors import ModelFileError, ShapeError, StateError
from mlp.layers import Dense, Dropout, Layer

X = np.random.default_rng(0).standard_normal((8, 2))
Y = X.sum(1)


class Scale(Layer):
    """y = s * x."""

    def build(self, input_shape):
        self.add_weight("s", input_shape, "ones")

    def forward(self, x, training=False):
        self._x = x
        return self.s * x

    def backward(self, dy):
        np.sum(dy * self._x, axis=0, out=self.gradient_of("s"))
        return dy * self.s


class InAList(Scale):
    def build(self, input_shape):
        self.kept = [self.add_weight("s", input_shape, "ones")]

    def forward(self, x, training=False):
        self._x = x
        return self.kept[0] * x


class KeepsGradient(Scale):
    def build(self, input_shape):
        super().build(input_shape)
        self.g = self.gradient_of("s")

    def backward(self, dy):
        np.sum(dy * self._x, axis=0, out=self.g)
        return dy * self.s


class KeepsMethod(Scale):
    def __init__(self, **kwargs):
        super().__init__(**kwargs)
        self.f = self.forward


class Narrow(Layer):
    def forward(self, x, training=False):
        return x[:, :1]

    def backward(self, dy):
        return np.repeat(dy, 2, 1)


class EatsRows(Narrow):
    def forward(self, x, training=False):
        return x.sum(0, keepdims=True)


class Nothing(Narrow):
    def forward(self, x, training=False):
        return None


class OneBuffer(Layer):
    def build(self, input_shape):
        self.buffer = np.empty((8, *input_shape))

    def forward(self, x, training=False):
        np.multiply(2, x, out=self.buffer)
        return self.buffer

    def backward(self, dy):
        return 2 * dy


class Sometimes(Layer):
    """A weight in some objects, a plain number in others."""

    def __init__(self, trained, **kwargs):
        super().__init__(**kwargs)
        self.trained = trained
        self.w = None

    def build(self, input_shape):
        if self.trained:
            self.add_weight("w", input_shape, "ones")
        else:
            self.w = 2.0

    def forward(self, x, training=False):
        return x * self.w

    def backward(self, dy):
        return dy * self.w


class Fails(Layer):
    def forward(self, x, training=False):
        raise ValueError("mine")


class Opposite(Network):
    """y = 1 - net(x)."""

    def forward(self, x, training=False):
        return 1 - super().forward(x, training)

    def backward(self, dy):
        return super().backward(-np.asarray(dy))


def compiled(*layers, cls=Network, loss="mse"):
    net = cls(list(layers), rng=0)
    net.compile("sgd", loss)
    return net


def test_a_weight_kept_in_a_list_is_loud():
    net = compiled(Input(shape=(2,)), InAList(), Dense(1))
    assert np.isnan(net(X)).all()
    with pytest.raises(mlp.errors.NonFiniteError, match="in_a_list"):
        net.fit(X, Y, verbose=0)


def test_a_gradient_kept_under_another_name_is_loud():
    net = compiled(Input(shape=(2,)), KeepsGradient(), Dense(1))
    with pytest.raises(ValueError, match="read-only"):
        net.value_and_gradient(X, Y)


def test_a_method_kept_as_an_attribute_is_refused():
    with pytest.raises(StateError, match=r"self\.f is a method"):
        compiled(Input(shape=(2,)), KeepsMethod())


@pytest.mark.parametrize("layer", [Narrow, EatsRows, Nothing])
@pytest.mark.parametrize(
    "call",
    [
        lambda net: net.predict(X),
        lambda net: net.predict(X, batch_size=4),
        lambda net: net(X),
        lambda net: net.fit(X, X, verbose=0),
        lambda net: net.evaluate(X, X),
    ],
)
def test_an_output_of_another_shape_than_declared_is_refused(layer, call):
    with pytest.raises(ShapeError, match="build must return"):
        call(compiled(Input(shape=(2,)), layer()))


def test_results_are_not_overwritten_by_a_layer_with_a_buffer():
    net = compiled(Input(shape=(2,)), OneBuffer())
    for run in (net, net.predict):
        first = run(X)
        run(5 * X)
        np.testing.assert_array_equal(first, 2 * X)


@pytest.mark.parametrize("order", [(True, False), (False, True), (False, True, False), (True, False, True)])
def test_one_object_of_a_class_has_a_weight_and_another_not(order):
    nets = [compiled(Sometimes(trained, input_dim=2)) for trained in order]
    for net, trained in zip(nets, order, strict=True):
        np.testing.assert_array_equal(net(X), X if trained else 2 * X)
        np.testing.assert_array_equal(net.copy()(X), X if trained else 2 * X)
        assert net.parameters.size == (2 if trained else 0)


def test_what_is_not_there_yet_is_told():
    with pytest.raises(AttributeError, match="Dense has no weight 'kernel': a weight is there when"):
        _ = Dense(2).kernel


def test_a_network_with_a_forward_of_its_own_is_not_joined_with_its_loss():
    labels = (Y > 0).astype(float)
    net = compiled(Dense(1, activation="sigmoid", input_dim=2), cls=Opposite, loss="binary_crossentropy")
    p = net.predict(X)[:, 0]
    by_hand = -np.mean(labels * np.log(p) + (1 - labels) * np.log(1 - p))
    assert net.evaluate(X, labels) == pytest.approx(by_hand, rel=1e-12)
    mlp.testing.check_gradients(net, X, labels)


def test_a_network_of_ones_own_is_loaded_as_what_it_is(tmp_path):
    net = compiled(Dense(1, input_dim=2), cls=Opposite)
    net.save(tmp_path / "a.npz")
    with pytest.raises(ModelFileError, match="Opposite"):
        mlp.load(tmp_path / "a.npz")
    loaded = mlp.load(tmp_path / "a.npz", custom_objects={"Opposite": Opposite})
    np.testing.assert_array_equal(loaded.predict(X), net.predict(X))


def test_generators_are_put_back_after_an_error_too():
    net, twin = (compiled(Dropout(0.5, input_dim=2), Fails()) for _ in range(2))
    with pytest.raises(ValueError, match="mine"):
        net.value_and_gradient(X, X, training=True)
    assert net.rng.random() == twin.rng.random()


def test_a_layer_taken_off_is_the_layer_itself_and_free():
    last = Dense(3)
    net = compiled(Dense(4, input_dim=2), last)
    weights = net.get_weights()
    assert net.pop() is last
    other = compiled(Dense(4, input_dim=2), last)
    np.testing.assert_array_equal(other.get_weights()[2], weights[2])
    net.parameters = np.zeros(net.parameters.size)
    np.testing.assert_array_equal(other.layers[1].kernel, weights[2])
