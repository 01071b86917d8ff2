"""What Keras 1 and 2 meant, said as Keras 3 says it: what no file among the committed ones shows."""

import numpy as np
import pytest

from mlp import initializers, optimizers
from mlp.files.keras.old.configs import modern_compile, modern_model
from mlp.files.keras.old.slots import modern_variables
from mlp.files.keras.reading.objects import Reading


def test_a_decay_is_that_of_every_step():
    """Keras 2: ``rate / (1 + decay * iterations)``."""
    settings = {"loss": "mse", "optimizer_config": {"class_name": "SGD", "config": {"lr": 0.5, "decay": 0.1}}}
    rate = optimizers.get(modern_compile(settings, Reading((2, 2)))["optimizer"]).learning_rate
    assert [float(rate(step)) for step in (0, 1, 7)] == pytest.approx([0.5, 0.5 / 1.1, 0.5 / 1.7], rel=1e-12)


@pytest.mark.parametrize(
    ("init", "expected"),
    [
        ("uniform", initializers.RandomUniform(-0.05, 0.05)),
        ("normal", initializers.RandomNormal(0.0, 0.05)),
        ("zero", initializers.Zeros()),
        ("one", initializers.Ones()),
        ("he_normal", initializers.HeNormal()),
    ],
)
def test_first_values_of_keras_1(init, expected):
    model = {
        "class_name": "Sequential",
        "config": [{"class_name": "Dense", "config": {"output_dim": 3, "init": init}}],
    }
    (layer,) = modern_model(model, (1, 2))["config"]["layers"]
    found = initializers.get(layer["config"]["kernel_initializer"])
    assert (type(found), found.get_config()) == (type(expected), expected.get_config())


def test_the_momentum_of_tensorflow_is_a_sum_of_gradients():
    """Until 2.10: ``m = momentum m + g``, ``w -= rate m``; in Keras 3 ``m = momentum m - rate g``, ``w += m``."""
    sgd = {"class_name": "SGD", "config": {"learning_rate": 0.5, "momentum": 0.9}}
    listed = [
        ("SGD/iter:0", np.array(3)),
        ("SGD/a/kernel/momentum:0", np.array([2.0])),
        ("SGD/a/bias/momentum:0", np.array([-4.0])),
    ]
    steps, *momentum = modern_variables(listed, sgd, ["a/kernel:0", "a/bias:0"], Reading((2, 8)))
    assert steps == 3
    np.testing.assert_array_equal(momentum, [[-1.0], [2.0]])


def test_slots_of_all_weights_one_after_another_take_turns():
    adam = {"class_name": "Adam", "config": {}}
    listed = [
        ("Adam/iter:0", np.array(1)),
        *((f"Adam/{w}/{slot}:0", np.array([v])) for slot, v in (("m", 1.0), ("v", 2.0)) for w in "ab"),
    ]
    variables = modern_variables(listed, adam, ["a:0", "b:0"], Reading((2, 8)))
    assert [float(v.item()) for v in variables] == [1, 1, 2, 1, 2]
