"""Layers and networks of one's own with odd habits: right, or refused, or loud; never a wrong number."""

import copy

import numpy as np
import pytest

import mlp
from mlp import Input, Network
from mlp.errors import ArgumentError, ArgumentTypeError, DataError, ModelFileError, ShapeError, StateError
from mlp.layers import Activation, Composite, Dense, Dropout, Flatten, Layer, Residual
from mlp.layers.weights import WeightAttribute

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


class Chain(Composite):
    """Layers one after the other, under the name that the base class has for them."""

    def __init__(self, layers, **kwargs):
        super().__init__(layers, **kwargs)

    def build(self, input_shape):
        for layer in self.layers:
            input_shape = self.build_layer(layer, input_shape)
        return input_shape

    def forward(self, x, training=False):
        for layer in self.layers:
            x = layer.forward(x, training)
        return x

    def backward(self, dy):
        for layer in reversed(self.layers):
            dy = layer.backward(dy)
        return dy


class Gated(Chain):
    """A chain with a weight of its own before that of its layers."""

    def build(self, input_shape):
        self.add_weight("gate", input_shape, "ones")
        return super().build(input_shape)

    def forward(self, x, training=False):
        self._x = x
        return super().forward(self.gate * x, training)

    def backward(self, dy):
        dx = super().backward(dy)
        np.sum(dx * self._x, axis=0, out=self.gradient_of("gate"))
        return dx * self.gate


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


class Declares(Layer):
    """y = x; declares what it is told to."""

    def __init__(self, *weights, shape=None, **kwargs):
        super().__init__(**kwargs)
        self.declared, self.returned = weights, shape

    def build(self, input_shape):
        for arguments in self.declared:
            self.add_weight(**arguments)
        return self.returned

    def forward(self, x, training=False):
        return x

    def backward(self, dy):
        return dy


class WithoutSuper(Scale):
    """Its constructor leaves out that of the base class."""

    def __init__(self):
        pass


def test_a_constructor_of_ones_own_may_leave_out_that_of_the_base_class():
    net = compiled(Input(shape=(2,)), WithoutSuper(), WithoutSuper())
    assert [layer.name for layer in net.layers[-2:]] == ["without_super", "without_super_1"]
    assert all(layer.trainable for layer in net.layers)
    net.fit(X, 2 * X, verbose=0)
    assert (net.parameters != 1).all()


class OnlyThree(Declares):
    def build(self, input_shape):
        super().build(input_shape)
        if input_shape != (3,):
            raise ValueError("only three")


@pytest.mark.parametrize("inside", [lambda layer: layer, lambda layer: Chain([layer])])
def test_a_layer_whose_build_failed_can_be_built_elsewhere(inside):
    layer = inside(OnlyThree({"name": "a", "shape": 1}))
    for wrong in (2, 4):
        with pytest.raises(ValueError, match="only three"):
            Network([Input(shape=(wrong,)), layer])
    assert Network([Input(shape=(3,)), layer]).n_parameters == 1


def test_untrained_weights_have_the_type_of_the_network():
    still = {"name": "still", "shape": (4,), "trainable": False}
    net = Network([Declares(still, {"name": "moving", "shape": (2,)}, input_dim=2), Dense(1)])
    single = net.astype("float32")
    assert {w.dtype for w in single.weights} == {np.dtype(np.float32)}
    assert {w.dtype for w in net.weights} == {np.dtype(np.float64)}
    assert {w.dtype for w in Network([net.layers[0].copy()], dtype="float32").weights} == {
        np.dtype(np.float32)
    }


def test_weights_are_declared_in_build_and_nowhere_else():
    layer = Declares({"name": "a", "shape": 3})
    with pytest.raises(StateError, match="belongs in build"):
        layer.add_weight("b", (2,))
    net = compiled(Input(shape=(2,)), layer)
    with pytest.raises(StateError, match="belongs in build"):
        layer.add_weight("b", (2,))
    assert [w.shape for w in net.get_weights()] == [(3,)]


@pytest.mark.parametrize(
    ("weights", "error", "message"),
    [
        ([{"name": "a", "shape": 1}, {"name": "a", "shape": 1}], StateError, "'a' is declared twice"),
        ([{"name": "forward", "shape": 1}], ArgumentError, "cannot be called 'forward'"),
        ([{"name": "not a name", "shape": 1}], ArgumentError, "cannot be called 'not a name'"),
        ([{"name": "a", "shape": (2, 0)}], ArgumentError, "shape of weight 'a' must"),
        ([{"name": "a", "shape": 1, "trainable": 1}], ArgumentTypeError, r"\btrainable must"),
    ],
)
def test_weights_that_cannot_be_are_refused(weights, error, message):
    with pytest.raises(error, match=message):
        Network([Declares(*weights, input_dim=2)])


def test_a_shape_that_cannot_be_is_refused_as_the_result_of_build():
    with pytest.raises(ArgumentError, match=r"^build's result"):
        Network([Declares(shape=(0,), input_dim=2)])


def test_trained_weights_come_before_the_others_however_they_are_declared():
    still = {"name": "still", "shape": (4,), "initializer": "ones", "trainable": False}
    net = Network([Declares(still, {"name": "moving", "shape": (2,)}, input_dim=2), Dense(1)])
    assert [w.shape for w in net.get_weights()] == [(2,), (4,), (2, 1), (1,)]
    assert [w.shape for w in net.trainable_weights] == [(2,), (2, 1), (1,)]
    assert [w.shape for w in net.non_trainable_weights] == [(4,)]
    assert [w.shape for w in net.layers[0].non_trainable_weights] == [(4,)]
    net.layers[1].trainable = False
    assert [w.shape for w in net.trainable_weights] == [(2,)]
    assert [w.shape for w in net.non_trainable_weights] == [(4,), (2, 1), (1,)]
    assert [g.shape for g in net.gradients] == [(2,)]
    with pytest.raises(ArgumentError, match="no trainable weight 'still'; there are: 'moving'"):
        net.layers[0].gradient_of("still")


@pytest.mark.parametrize(
    ("make", "label"),
    [
        (lambda: Dense(2), "Dense: "),
        (lambda: Dense(2, name="mine"), "'mine' (Dense): "),
        (lambda: Network([Dense(8, input_dim=3), Dense(1)]).layers[1], "layer 1 'dense_1' (Dense, 8 -> 1): "),
        (lambda: Network([Flatten(input_shape=(2, 3))]).layers[0], "layer 0 'flatten' (Flatten, 2x3 -> 6): "),
        (lambda: Chain([Dense(2)]).layers[0], "layer 0 'dense' (Dense): "),
        (lambda: Network([Dense(8, input_dim=3)]).layers[0].copy(), "'dense' (Dense, 3 -> 8): "),
    ],
)
def test_errors_begin_with_the_layer(make, label):
    with pytest.raises(DataError) as caught:
        make().set_weights("no list")
    assert str(caught.value).startswith(label + "weights must be a list")


def test_errors_of_a_layer_say_what_it_wants():
    net = Network([Dense(3, input_dim=2), Activation("relu")])
    with pytest.raises(ShapeError, match=r"a list of 2 arrays \(kernel \(2, 3\), bias \(3,\)\), got 1"):
        net.layers[0].set_weights([1.0])
    with pytest.raises(ShapeError, match=r"a list of 0 arrays \(none\), got 1"):
        net.layers[1].set_weights([1.0])
    with pytest.raises(ShapeError, match=r"^layer 0 'dense' \(Dense, 2 -> 3\): x must have shape"):
        net.layers[0](np.ones((4, 5)))
    with pytest.raises(ShapeError, match=r"should have shape \(8, 2\), got \(8, 1\)"):
        compiled(Input(shape=(2,)), Narrow())(X)
    with pytest.raises(ArgumentError, match=r"'weight'; there are: 'kernel', 'bias'$"):
        net.layers[0].gradient_of("weight")
    with pytest.raises(ArgumentError, match=r"'weight'; there are: none$"):
        net.layers[1].gradient_of("weight")
    with pytest.raises(StateError, match="not built yet"):
        Dense(2).count_params()


def test_a_layer_by_itself_has_a_generator_and_keeps_it():
    layer = Dense(2)
    assert isinstance(layer.rng, np.random.Generator)
    assert layer.rng is layer.rng


def test_a_layer_called_as_in_training_acts_as_in_training():
    layer = Network([Dropout(0.5, input_dim=50)], rng=0).layers[0]
    assert set(np.unique(layer(np.ones((4, 50)), training=True))) == {0.0, 2.0}
    assert (layer(np.ones((4, 50))) == 1.0).all()


def test_a_composite_of_ones_own_describes_its_layers():
    chain = Chain(Dense(n) for n in (3, 1))
    assert [layer["config"]["units"] for layer in chain.get_config()["layers"]] == [3, 1]
    net, twin = (compiled(Input(shape=(2,)), c) for c in (chain, Chain.from_config(chain.get_config())))
    twin.set_weights(net.get_weights())
    np.testing.assert_array_equal(twin(X), net(X))
    mlp.testing.check_gradients(net, X, Y)


def test_a_composite_of_ones_own_may_have_weights_of_its_own():
    net = compiled(Input(shape=(2,)), Gated([Dense(3), Dense(1)]))
    assert [w.shape for w in net.get_weights()] == [(2,), (2, 3), (3,), (3, 1), (1,)]
    assert net.n_parameters == 2 + 9 + 4
    net.set_weights([w + 0.5 for w in net.get_weights()])
    mlp.testing.check_gradients(net, X, Y)
    before = net.layers[-1].gate.copy()
    net.fit(X, Y, verbose=0)
    assert (net.layers[-1].gate != before).all()


def test_the_layers_inside_are_free_again_after_a_failed_construction():
    chain = Chain([Dense(3)])
    with pytest.raises(ShapeError, match="inner must keep the shape"):
        Network([Input(shape=(2,)), chain, Residual(Dense(4))])
    assert Network([Input(shape=(5,)), chain]).count_params() == 18


@pytest.mark.parametrize("copied", [lambda layer: layer, copy.deepcopy], ids=["itself", "copy"])
def test_a_layer_inside_knows_its_place_and_its_owner(copied):
    chain = copied(Chain([Dense(3, name="first"), Dense(2, name="second")], name="mine"))
    with pytest.raises(StateError, match="'second' already belongs to 'mine'"):
        Network([Input(shape=(2,)), chain.layers[1]])
    with pytest.raises(StateError, match=r"layer 1 'second'.*not built yet"):
        _ = chain.layers[1].output_shape
    with pytest.raises(ArgumentError, match="two layers are called 'twin'"):
        Chain([Dense(3, name="twin"), Dense(2, name="twin")])


def test_a_weight_asked_of_the_class_is_the_attribute_itself():
    compiled(Input(shape=(2,)), Scale())
    assert isinstance(Scale.s, WeightAttribute)


def test_a_copy_in_a_process_that_has_built_no_such_layer_has_its_weights():
    net = compiled(Input(shape=(2,)), Scale())
    del Scale.s  # as it is where the class has just been imported
    np.testing.assert_array_equal(copy.deepcopy(net)(X), X)


def test_the_same_layer_twice_is_refused():
    layer = Dense(2)
    with pytest.raises(StateError, match="'Dense' is there twice"):
        Chain([layer, layer])
    assert Network([Input(shape=(2,)), layer]).count_params() == 6  # and is still free


def test_weights_may_be_set_to_each_other():
    net = Network([Dense(2, use_bias=False, input_dim=2), Dense(2, use_bias=False)])
    one, other = net.get_weights()
    net.set_weights(net.weights[::-1])
    np.testing.assert_array_equal(net.get_weights(), [other, one])


def test_a_layer_is_shown_with_its_shapes():
    layer = Dense(3)
    assert repr(layer) == "<Dense 'dense'>"
    Network([Input(shape=(2,)), layer])
    assert repr(layer) == "<Dense 'dense' (None, 2) -> (None, 3)>"


def test_a_class_in_place_of_a_layer_is_told_what_is_missing():
    for wrong, hint in ((Dense, True), (3, False), (int, False)):
        with pytest.raises(TypeError, match="must be made of Layer objects") as caught:
            Chain([wrong])
        assert ("write it with its arguments" in str(caught.value)) is hint


def test_a_layer_taken_off_is_the_layer_itself_and_free():
    last = Dense(3)
    net = compiled(Dense(4, input_dim=2), last)
    weights = net.get_weights()
    assert net.pop() is last
    other = compiled(Dense(4, input_dim=2), last)
    np.testing.assert_array_equal(other.get_weights()[2], weights[2])
    net.parameters = np.zeros(net.parameters.size)
    np.testing.assert_array_equal(other.layers[1].kernel, weights[2])
