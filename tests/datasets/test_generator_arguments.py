"""What the generators refuse."""

import inspect

import numpy as np
import pytest

from mlp.datasets import circles, gaussians, moons, spiral, xor
from mlp.errors import ArgumentError, ArgumentTypeError, ShapeError

# generator: what it calls the standard deviation of its noise
NOISE = {moons: "noise", circles: "noise", spiral: "noise", xor: "noise", gaussians: "cluster_std"}

BAD_FOR_ALL = [
    ({"n_samples": 0}, ArgumentError, "n_samples .* got 0"),
    ({"n_samples": -3}, ArgumentError, "n_samples .* got -3"),
    ({"n_samples": 2**31}, ArgumentError, "n_samples .* to 2147483647"),
    ({"n_samples": 2.0}, ArgumentTypeError, "n_samples must be an integer"),
    ({"n_samples": True}, ArgumentTypeError, "n_samples must be an integer"),
    ({"n_samples": "10"}, ArgumentTypeError, "n_samples must be an integer"),
    ({"n_samples": None}, ArgumentTypeError, "n_samples must be an integer"),
    ({"NOISE": -0.1}, ArgumentError, "NOISE .* -0.1"),
    ({"NOISE": float("nan")}, ArgumentError, "NOISE .* nan"),
    ({"NOISE": float("inf")}, ArgumentError, "NOISE .* inf"),
    ({"NOISE": True}, ArgumentTypeError, "NOISE must be a real number"),
    ({"NOISE": "0.1"}, ArgumentTypeError, "NOISE must be a real number"),
    ({"NOISE": None}, ArgumentTypeError, "NOISE must be a real number"),
    ({"rng": -1}, ArgumentError, "rng must be an int >= 0"),
    ({"rng": 1.5}, ArgumentTypeError, "rng must be an int >= 0"),
    ({"rng": "seed"}, ArgumentTypeError, "rng must be an int >= 0"),
    ({"rng": True}, ArgumentTypeError, "rng must be an int >= 0"),
]


@pytest.mark.parametrize("generator", NOISE)
@pytest.mark.parametrize(("arguments", "error", "message"), BAD_FOR_ALL, ids=lambda case: str(case))
def test_wrong_arguments_are_refused_by_name(generator, arguments, error, message):
    noise_name = NOISE[generator]
    arguments = {noise_name if key == "NOISE" else key: value for key, value in arguments.items()}
    with pytest.raises(error, match=message.replace("NOISE", noise_name)):
        generator(**arguments)


@pytest.mark.parametrize(
    ("generator", "arguments", "error", "message"),
    [
        (circles, {"factor": 1.0}, ArgumentError, "factor"),
        (circles, {"factor": -0.1}, ArgumentError, "factor"),
        (circles, {"factor": float("nan")}, ArgumentError, "factor"),
        (circles, {"factor": "0.5"}, ArgumentTypeError, "factor"),
        (spiral, {"n_classes": 0}, ArgumentError, "n_classes"),
        (spiral, {"n_samples": 5, "n_classes": 6}, ArgumentError, "n_classes .* from 1 to 5, got 6"),
        (spiral, {"n_classes": 2.0}, ArgumentTypeError, "n_classes"),
        (gaussians, {"centers": 0}, ArgumentError, "centers"),
        (gaussians, {"n_samples": 5, "centers": 6}, ArgumentError, "centers .* from 1 to 5, got 6"),
        (gaussians, {"centers": True}, ArgumentTypeError, "centers must be an integer"),
        (gaussians, {"centers": 2.5}, ArgumentTypeError, "centers must be an integer"),
        (gaussians, {"centers": None}, ArgumentTypeError, "centers must be an integer"),
        (gaussians, {"centers": np.empty((0, 2))}, ShapeError, r"centers must have shape .* got \(0, 2\)"),
        (gaussians, {"centers": []}, ShapeError, r"centers must have shape \(k, 2\)"),
        (gaussians, {"centers": [1.0, 2.0]}, ShapeError, r"centers must have shape \(k, 2\).* got \(2,\)"),
        (gaussians, {"centers": [[1, 2, 3]]}, ShapeError, r"centers must have shape \(k, 2\).* got \(1, 3\)"),
        (gaussians, {"centers": [[1, 2], [3]]}, ShapeError, r"centers must have shape \(k, 2\).* lengths"),
        (gaussians, {"n_samples": 1, "centers": [[1, 2], [3, 4]]}, ShapeError, "n_samples = 1"),
        (gaussians, {"centers": [["1", "2"]]}, ArgumentTypeError, "centers must be real numbers"),
        (gaussians, {"centers": [[1j, 2]]}, ArgumentTypeError, "centers must be real numbers"),
        (gaussians, {"centers": [[np.inf, 2.0]]}, ArgumentError, "centers must be finite"),
    ],
    ids=lambda case: getattr(case, "__name__", str(case)),
)
def test_wrong_arguments_of_one_generator(generator, arguments, error, message):
    with pytest.raises(error, match=message):
        generator(**arguments)


@pytest.mark.parametrize("generator", NOISE)
def test_rng_is_keyword_only(generator):
    assert inspect.signature(generator).parameters["rng"].kind is inspect.Parameter.KEYWORD_ONLY
