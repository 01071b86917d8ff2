"""What ``import mlp`` brings along, and that what it leaves for later is there when it is asked for."""

import subprocess
import sys

import pytest

import mlp

# Not needed to build and train a network, or needed by a part that is imported on first use.
LATER = (
    "mlp.datasets", "mlp.explain", "mlp.files", "mlp.testing", "mlp.minimization", "mlp.summary", "mlp.commands", "mlp.cli",
    "scipy", "hypothesis", "pooch", "tqdm", "matplotlib",
    "numpy.random", "numpy.testing",
    "argparse", "csv", "difflib", "gzip", "hashlib", "json", "logging", "pathlib", "shutil", "signal",
    "tempfile", "threading", "unittest", "urllib.parse", "zipfile",
)  # fmt: skip

# The names of the modules that the middle of a program imports beside what NumPy itself has imported.
BROUGHT = """
import sys
import numpy
before = set(sys.modules)
{}
print(*sorted(set(sys.modules) - before))
"""

TRAINING = """
import mlp
net = mlp.Network([mlp.layers.Dense(2, activation="tanh", input_dim=2), mlp.layers.Dense(1)], rng=0)
net.compile(optimizer="adam", loss="mse")
net.fit([[0.0, 1.0], [1.0, 0.0]], [0.0, 1.0], epochs=3, verbose=0)
net.predict([[0.0, 1.0]])
net.evaluate([[0.0, 1.0]], [0.0])
"""


def run(program):
    """What a program prints that a fresh Python runs."""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


@pytest.fixture(scope="module")
def brought_by_import():
    return run(BROUGHT.format("import mlp")).split()


def test_the_modules_are_seen(brought_by_import):
    assert {"mlp", "mlp.network", "mlp.layers.dense", "mlp.optimizers"} <= set(brought_by_import)


@pytest.mark.parametrize("name", LATER)
def test_import_leaves_for_later(brought_by_import, name):
    assert not [module for module in brought_by_import if f"{module}.".startswith(f"{name}.")]


def test_training_needs_no_scipy_and_no_rim():
    brought = run(BROUGHT.format(TRAINING)).split()
    assert "mlp.training" in brought
    for name in ("scipy", "hypothesis", "tqdm", "mlp.datasets", "mlp.files", "mlp.testing", "mlp.summary"):
        assert not [module for module in brought if f"{module}.".startswith(f"{name}.")]


@pytest.mark.parametrize("name", mlp.__all__)
def test_every_public_name_is_there_in_each_way(name):
    assert run(f"import mlp; print(mlp.{name} is not None)") == "True"
    assert run(f"from mlp import {name}; import mlp; print({name} is mlp.{name})") == "True"


@pytest.mark.parametrize("name", ["datasets", "files", "testing"])
def test_a_submodule_is_itself_whichever_way_it_comes(name):
    assert run(f"import sys, mlp; print(mlp.{name} is sys.modules['mlp.{name}'])") == "True"
    assert run(f"import mlp.{name}; print(mlp.{name} is __import__('sys').modules['mlp.{name}'])") == "True"


def test_load_is_that_of_files():
    assert run("import mlp; print(mlp.load is mlp.files.load, mlp.load is mlp.load)") == "True True"


def test_a_star_brings_all_public_names():
    names = run(
        "from mlp import *; import mlp; print(*(name for name in mlp.__all__ if name not in globals()))"
    )
    assert names == ""


def test_dir_is_complete_before_anything_was_asked_for():
    listed = run("import mlp; print(*dir(mlp))").split()
    assert {*mlp.__all__, "__version__", "files", "network", "training"} <= set(listed)
    assert listed == sorted(set(listed))


def test_dir_imports_nothing():
    program = (
        "import sys, mlp; dir(mlp); print([name for name in sys.modules if name.startswith('mlp.testing')])"
    )
    assert run(program) == "[]"


def test_an_unknown_attribute():
    with pytest.raises(AttributeError, match=r"^module 'mlp' has no attribute 'dataset'$"):
        mlp.dataset  # noqa: B018
    with pytest.raises(ImportError, match=r"^cannot import name 'dataset' from 'mlp'"):
        from mlp import dataset  # noqa: F401
    assert not hasattr(mlp, "__wrapped__")
