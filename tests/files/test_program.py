"""What a network computes, step by step: running the steps is predicting."""

import numpy as np
import pytest

from mlp import Input, Network
from mlp.errors import ArgumentError
from mlp.files.program import program_of
from mlp.layers import (
    Activation,
    Add,
    BatchNormalization,
    Composite,
    Concatenate,
    Dense,
    Dropout,
    GaussianNoise,
    Residual,
)

RNG = np.random.default_rng(3)


def shared():
    a, b = Input(shape=(3,)), Input(shape=(3,))
    tower = Network([Dense(4, activation="tanh", input_dim=3), Residual(Network([Dense(4, input_dim=4)]))])
    both = Concatenate()([tower(a), tower(b)])
    return Network(inputs=[a, b], outputs=[Dense(2)(Dropout(0.5)(both)), Add()([tower(a), tower(b)])])


NETWORKS = {
    "a chain": lambda: Network([Dense(3, input_dim=2, activation="relu"), Dense(1)]),
    "idle layers": lambda: Network([Dropout(0.5, input_dim=2), Dense(3), GaussianNoise(1.0), BatchNormalization()]),
    "nested": lambda: Network([Network([Dense(3, input_dim=2), Network([Activation("tanh", input_dim=3)])]), Dense(1)]),
    "nothing but a residual": lambda: Network([Residual(Dense(2, activation="tanh"), input_dim=2)]),
    "shared, several": shared,
}  # fmt: skip


@pytest.mark.parametrize("make", NETWORKS.values(), ids=NETWORKS)
def test_running_the_steps_is_predicting(make):
    net = make()
    net.set_weights([RNG.normal(size=w.shape) ** 2 for w in net.get_weights()])
    several = net.takes_several
    shapes = net.input_shape if several else [net.input_shape]
    x = [RNG.normal(size=(5, *shape[1:])) for shape in shapes]
    program = program_of(net)
    values = dict(zip(program.inputs, x, strict=True))
    for step in program.steps:
        taken = [values[number] for number in step.takes]
        values[step.makes] = step.layer.infer(taken if step.layer.takes_several else taken[0])
        assert values[step.makes].shape[1:] == program.shapes[step.makes]
    expected = net(x if several else x[0])
    for number, y in zip(program.outputs, expected if net.n_outputs > 1 else [expected], strict=True):
        np.testing.assert_array_equal(values[number], y)


class Twice(Composite):
    def __init__(self, inner, **kwargs):
        super().__init__([inner], **kwargs)
        self.inner = inner

    def build(self, input_shape):
        return self.build_layer(self.inner, input_shape)

    def forward(self, x, training=False):
        return self.inner.forward(self.inner.forward(x, training), training)


class Quiet(Dropout):
    def forward(self, x, training=False):
        return x / 2


def test_what_cannot_be_written_down_is_refused():
    with pytest.raises(ArgumentError, match="no layers"):
        program_of(Network())
    with pytest.raises(ArgumentError, match="Twice"):
        program_of(Network([Twice(Dense(2), input_dim=2)]))


def test_a_class_of_ones_own_is_never_left_out():
    (step,) = program_of(Network([Quiet(0.5, input_dim=2)])).steps
    assert type(step.layer) is Quiet


def test_a_program_for_training_keeps_what_does_something_there():
    net = NETWORKS["idle layers"]()
    classes = [type(step.layer) for step in program_of(net, training=True).steps]
    assert classes == [Dropout, Dense, GaussianNoise, BatchNormalization]
    assert [type(step.layer) for step in program_of(net).steps] == [Dense, BatchNormalization]
