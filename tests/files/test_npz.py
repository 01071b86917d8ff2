"""Model files: what comes back is what went in, to the bit, or it is refused."""

import io
import json
import os
import pickle
import stat
import zipfile
from pathlib import Path

import numpy as np
import pytest

import mlp
from mlp import Input, Network, callbacks, losses, metrics, optimizers, schedules
from mlp.errors import ArgumentError, ArgumentTypeError, MLPError, ModelFileError
from mlp.files import atomic
from mlp.files.page import VERSION
from mlp.layers import Activation, Dense, Dropout, Flatten, Layer, Normalization, Residual

RNG = np.random.default_rng(9)
X = RNG.normal(size=(20, 4))
Y = np.tanh(X[:, :1] - X[:, 1:2])


def same(a, b):
    assert len(a) == len(b)
    for one, other in zip(a, b, strict=True):
        np.testing.assert_array_equal(one, other)


def compiled(*layers, optimizer="adam", loss="mse", dtype="float64", rng=0, **settings):
    layers = layers or (Dense(3, activation="tanh", input_dim=4), Dense(1))
    net = Network(list(layers), dtype=dtype, rng=rng)
    net.compile(optimizer, loss, **settings)
    return net


class Stretch(Layer):
    """y = s x + o, o being an untrained sum of what came in training; an argument that must come back."""

    def __init__(self, start=1.0, **kwargs):
        super().__init__(**kwargs)
        self.start = start

    def build(self, input_shape):
        self.add_weight("s", input_shape, initializer=np.full(input_shape, self.start))
        self.add_weight("seen", input_shape, initializer="zeros", trainable=False)

    def forward(self, x, training=False):
        self._x = x
        if training:
            self.seen += x.sum(axis=0) / 1000
        return self.s * x + self.seen

    def backward(self, dy):
        np.sum(dy * self._x, axis=0, out=self.gradient_of("s"))
        return dy * self.s


class Cubed(losses.Loss):
    """|y - t|^3 / factor."""

    def __init__(self, factor=3.0, **kwargs):
        super().__init__(**kwargs)
        self.factor = factor

    def measure(self, t, y):
        return np.abs(y - t) ** 3 / self.factor, 3 * np.abs(y - t) * (y - t) / self.factor


class Sluggish(optimizers.Optimizer):
    """Gradient descent with a mean of gradients."""

    slot_names = ("mean",)

    def update(self, w, g, slots, numbers, scratch):
        (mean,) = slots
        mean *= 0.9
        mean += 0.1 * g
        w -= numbers[0] * mean


def functional():
    x = Input(shape=(4,))
    net = Network(
        inputs=x, outputs=Dense(1)(Dense(3, activation="selu", name="hidden")(x)), rng=3, name="chain"
    )
    net.compile(optimizers.SGD(0.1, momentum=0.9, nesterov=True), "mae")
    return net


def adapted():
    scale = Normalization()
    scale.adapt(3 * X + 1)
    return compiled(scale, Dense(1), optimizer="sgd")


def frozen():
    inner = Network([Dense(3, input_dim=4, name="still"), Dense(3)], rng=4)
    inner.layers[0].trainable = False
    return compiled(inner, Residual(Dense(3)), Dense(1), optimizer=optimizers.SGD(0.01, momentum=0.5))


OWN = {"Stretch": Stretch, "Cubed": Cubed, "Sluggish": Sluggish}
OPTIMIZERS = {
    "sgd": lambda: optimizers.SGD(0.05),
    "momentum": lambda: optimizers.SGD(0.05, momentum=0.9),
    "nesterov": lambda: optimizers.SGD(0.05, momentum=0.9, nesterov=True),
    "rmsprop": lambda: optimizers.RMSprop(),
    "rmsprop with all": lambda: optimizers.RMSprop(0.01, rho=0.8, momentum=0.5, centered=True),
    "adam": lambda: optimizers.Adam(),
    "amsgrad": lambda: optimizers.Adam(0.01, beta_1=0.8, beta_2=0.99, epsilon=1e-5, amsgrad=True),
    "schedule": lambda: optimizers.Adam(schedules.CosineDecay(0.1, decay_steps=20, warmup_target=0.2, warmup_steps=5)),
    "steps": lambda: optimizers.SGD(schedules.ExponentialDecay(0.1, 4, 0.5, staircase=True), momentum=0.5),
}  # fmt: skip
BIT_GENERATORS = ("PCG64", "PCG64DXSM", "MT19937", "Philox", "SFC64")
MODELS = {
    **{f"optimizer {name}": lambda make=make: compiled(optimizer=make()) for name, make in OPTIMIZERS.items()},
    **{
        f"generator {name}": lambda name=name: compiled(
            Dropout(0.5, input_dim=4), Dense(1), rng=np.random.Generator(getattr(np.random, name)(7))
        )
        for name in BIT_GENERATORS
    },
    "dropout": lambda: compiled(Dropout(0.5, input_dim=4), Dense(3), Dropout(0.2), Dense(1)),
    "dropout with a seed": lambda: compiled(Dropout(0.5, seed=3, input_dim=4), Dense(3), Dropout(0.5), Dense(1)),
    "dropout in a network": lambda: compiled(Network([Dropout(0.5, seed=1, input_dim=4), Dropout(0.5)]), Dense(1)),
    "float32": lambda: compiled(dtype="float32", metrics=["mae"]),
    "float32 with dropout": lambda: compiled(Dropout(0.5, input_dim=4), Dense(1), dtype="float32"),
    "functional": functional,
    "normalization": adapted,
    "frozen": frozen,
    "residual": lambda: compiled(Residual(Dense(4, activation="gelu"), input_dim=4), Dense(1)),
    "reshaping": lambda: compiled(Dense(2, input_shape=(4,)), Flatten(), Activation("softplus"), Dense(1)),
    "penalties": lambda: compiled(
        Dense(3, kernel_regularizer="l2", activity_regularizer="l1", kernel_constraint="max_norm", input_dim=4), Dense(1)
    ),
    "loss with arguments": lambda: compiled(
        Dense(1, activation="sigmoid", input_dim=4), loss=losses.BinaryCrossentropy(label_smoothing=0.1, reduction="sum")
    ),
    "metrics": lambda: compiled(metrics=["mae", metrics.BinaryAccuracy(threshold=0.3)], weighted_metrics=["accuracy"]),
    "classes of one's own": lambda: compiled(
        Stretch(2.0, input_dim=4), Dense(2), Network([Stretch(0.5, input_dim=2)]), Dense(1), optimizer=Sluggish(0.1),
        loss=Cubed(5.0),
    ),
}  # fmt: skip


def targets(net):
    return (Y > 0).astype(float) if isinstance(net.loss, losses.BinaryCrossentropy) else Y


@pytest.mark.parametrize("model", MODELS.values(), ids=MODELS)
@pytest.mark.parametrize("before", [0, 3], ids=["fresh", "trained"])
def test_a_loaded_network_predicts_and_goes_on_with_the_same_bits(model, before, tmp_path):
    net = model()
    y, path = targets(net), tmp_path / "model.npz"
    if before:
        net.fit(X, y, epochs=before, batch_size=6, verbose=0)
    net.save(path)
    twin = mlp.load(path, custom_objects=OWN)
    same(twin.get_weights(), net.get_weights())
    same([twin.predict(X)], [net.predict(X)])
    assert twin.evaluate(X, y, return_dict=True) == net.evaluate(X, y, return_dict=True)
    histories = [each.fit(X, y, epochs=3, batch_size=6, verbose=0).history for each in (net, twin)]
    same(twin.get_weights(), net.get_weights())
    assert histories[0] == histories[1]
    assert twin.parameters.dtype == net.parameters.dtype
    assert twin.get_config() == net.get_config()
    assert [layer.trainable for layer in twin.walk()] == [layer.trainable for layer in net.walk()]
    assert type(twin.rng.bit_generator) is type(net.rng.bit_generator)


def test_a_file_of_a_loaded_network_is_the_same_file(tmp_path):
    net = MODELS["classes of one's own"]()
    net.fit(X, Y, verbose=0)
    net.save(tmp_path / "a.npz")
    mlp.load(tmp_path / "a.npz", OWN).save(tmp_path / "b.npz")
    contents = []
    for name in ("a.npz", "b.npz"):
        with zipfile.ZipFile(tmp_path / name) as archive:
            contents.append({member: archive.read(member) for member in archive.namelist()})
    assert contents[0] == contents[1]


def test_a_network_that_is_not_compiled_comes_back_so(tmp_path):
    net = Network([Dense(3, input_dim=2)])
    net.save(tmp_path / "a.npz")
    twin = mlp.load(tmp_path / "a.npz")
    assert twin.optimizer is None
    same(twin.get_weights(), net.get_weights())


def test_a_network_without_layers_comes_back_so(tmp_path):
    Network(name="nothing").save(tmp_path / "a.npz")
    twin = mlp.load(tmp_path / "a.npz")
    assert (twin.name, twin.layers) == ("nothing", [])
    twin.add(Dense(3, input_dim=2))


@pytest.mark.parametrize(
    "argument",
    [{"kernel_initializer": mlp.initializers.Identity(2.0)}, {"activation": mlp.activations.Softmax(axis=1)}],
)
def test_arguments_whose_classes_have_names_of_layers_come_back(argument, tmp_path):
    net = mlp.Network([mlp.layers.Dense(2, input_dim=2, **argument)])
    net.save(tmp_path / "a.npz")
    assert mlp.load(tmp_path / "a.npz").get_config() == net.get_config()


def test_metadata_come_back(tmp_path):
    net = compiled()
    net.metadata = {
        "classes": ["a", "ä"],
        "scale": {"low": 0.5, "many": np.array([1, 2])},
        "none": None,
        "yes": True,
    }
    net.save(tmp_path / "a.npz")
    expected = {"classes": ["a", "ä"], "scale": {"low": 0.5, "many": [1, 2]}, "none": None, "yes": True}
    assert mlp.load(tmp_path / "a.npz").metadata == expected


def test_a_learning_rate_that_a_callback_set_comes_back(tmp_path):
    """Also 0, which only a callback may set."""
    for rate in (0.5, 0.0):
        net = compiled(optimizer=optimizers.SGD(0.1))
        change = callbacks.LambdaCallback(
            on_epoch_end=lambda *_, net=net, rate=rate: setattr(net.optimizer, "learning_rate", rate)
        )
        net.fit(X, Y, verbose=0, callbacks=[change])
        net.save(tmp_path / "a.npz")
        assert mlp.load(tmp_path / "a.npz").optimizer.learning_rate == rate


@pytest.mark.parametrize(
    "metric", ["hinge", "binary_crossentropy", "sse", losses.mean_squared_error], ids=str
)
def test_a_loss_as_a_metric_comes_back(metric, tmp_path):
    """`compile` knows it by name, so a file can."""
    net = compiled(Dense(1, activation="sigmoid", input_dim=4), loss="binary_crossentropy", metrics=[metric])
    net.save(tmp_path / "a.npz")
    assert mlp.load(tmp_path / "a.npz").evaluate(X, Y > 0) == net.evaluate(X, Y > 0)


def test_weights_alone_come_back(tmp_path):
    net, twin = MODELS["classes of one's own"](), MODELS["classes of one's own"]()
    net.fit(X, Y, verbose=0)
    net.save_weights(tmp_path / "a.npz")
    twin.load_weights(tmp_path / "a.npz")
    same(twin.get_weights(), net.get_weights())
    net.save(tmp_path / "b.npz")
    twin.set_weights([0 * w for w in twin.get_weights()])
    twin.load_weights(tmp_path / "b.npz")  # a whole model holds weights too
    same(twin.get_weights(), net.get_weights())
    with pytest.raises(ModelFileError, match="weights alone"):
        mlp.load(tmp_path / "a.npz")


@pytest.mark.parametrize("custom", [None, {}, {"Stretch": Dense}], ids=["none", "empty", "another class"])
def test_classes_of_ones_own_must_be_handed_over(custom, tmp_path):
    MODELS["classes of one's own"]().save(tmp_path / "a.npz")
    with pytest.raises(ModelFileError, match=r"Stretch|start"):
        mlp.load(tmp_path / "a.npz", custom_objects=custom)


# --- Writing ------------------------------------------------------------------------------------------------

FAILURES = {
    "in the middle of writing": (np, "savez"),
    "when the data should reach the disk": (os, "fsync"),
    "when the name should change": (Path, "replace"),
}


@pytest.mark.parametrize(("module", "name"), FAILURES.values(), ids=FAILURES)
@pytest.mark.parametrize(
    "error", [OSError(28, "No space left on device"), KeyboardInterrupt()], ids=["disk", "Ctrl-C"]
)
@pytest.mark.parametrize("call", ["save", "save_weights"])
def test_a_failing_write_leaves_the_old_file_and_nothing_else(
    module, name, error, call, tmp_path, monkeypatch
):
    net, path = compiled(), tmp_path / "model.npz"
    net.save(path)
    before = path.read_bytes()
    net.fit(X, Y, verbose=0)

    def fail(file, *arguments, **options):
        if name == "savez":
            file.write(b"PK\x03\x04 and no more")
        raise error

    with monkeypatch.context() as patch:
        patch.setattr(module, name, fail)
        with pytest.raises(type(error)):
            getattr(net, call)(path)
        with pytest.raises(type(error)):
            getattr(net, call)(tmp_path / "other.npz")
    assert os.listdir(tmp_path) == ["model.npz"]  # noqa: PTH208 - iterdir needs the patched Path
    assert path.read_bytes() == before
    net.save(path)
    same(mlp.load(path).get_weights(), net.get_weights())


def test_the_data_are_on_the_disk_before_the_name_is(tmp_path, monkeypatch):
    """fsync, then rename, then fsync of the folder."""
    done = []
    sync, replace = os.fsync, Path.replace
    monkeypatch.setattr(
        atomic.os, "fsync", lambda handle: done.append(stat.S_ISDIR(os.fstat(handle).st_mode)) or sync(handle)
    )
    monkeypatch.setattr(Path, "replace", lambda *paths: done.append("rename") or replace(*paths))
    compiled().save(tmp_path / "a.npz")
    assert done == ([False, "rename", True] if hasattr(os, "O_DIRECTORY") else [False, "rename"])


UNSAVABLE = {
    "a function as rate": lambda: compiled(optimizer=optimizers.SGD(learning_rate=lambda step: 0.1)),
    "a function as metric": lambda: compiled(metrics=[lambda t, y: np.abs(t - y)]),
    "an object in metadata": lambda: _with_metadata(object()),
    "an optimizer of other layers": lambda: _with_one_more_layer(),
    "NaN in metadata": lambda: _with_metadata(float("nan")),
}


def _with_metadata(value):
    net = compiled()
    net.metadata["a"] = value
    return net


def _with_one_more_layer():
    net = compiled()
    net.train_on_batch(np.ones((2, 4)), np.ones((2, 1)))
    net.add(Dense(2))
    return net


@pytest.mark.parametrize("make", UNSAVABLE.values(), ids=UNSAVABLE)
def test_what_a_file_cannot_hold_is_refused_before_anything_is_written(make, tmp_path):
    path = tmp_path / "a.npz"
    compiled().save(path)
    before = path.read_bytes()
    with pytest.raises(MLPError):
        make().save(path)
    assert path.read_bytes() == before
    assert [p.name for p in tmp_path.iterdir()] == ["a.npz"]


def test_overwriting_can_be_forbidden(tmp_path):
    net, path = compiled(), tmp_path / "a.npz"
    for call in (net.save, net.save_weights):
        call(path)
        before = path.read_bytes()
        with pytest.raises(ArgumentError, match="exists"):
            call(path, overwrite=False)
        assert path.read_bytes() == before
        call(tmp_path / f"{call.__name__}.npz", overwrite=False)


@pytest.mark.parametrize(
    ("path", "error"),
    [("a.h5", ArgumentError), ("a", ArgumentError), ("", ArgumentTypeError), (3, ArgumentTypeError), (None, ArgumentTypeError),
     (b"a.npz", ArgumentTypeError)],
)  # fmt: skip
def test_a_path_is_a_path_and_its_suffix_tells_the_format(path, error):
    for call in (compiled().save, compiled().save_weights):
        with pytest.raises(error):
            call(path)


def test_a_folder_that_is_not_there_is_an_os_error(tmp_path):
    with pytest.raises(FileNotFoundError):
        compiled().save(tmp_path / "nowhere" / "a.npz")


@pytest.mark.skipif(os.name != "posix", reason="permissions and links of POSIX")
@pytest.mark.parametrize("mode", [0o600, 0o640, 0o644])
def test_permissions_are_kept(mode, tmp_path):
    path = tmp_path / "a.npz"
    compiled().save(path)
    path.chmod(mode)
    compiled().save(path)
    assert stat.S_IMODE(path.stat().st_mode) == mode


@pytest.mark.skipif(os.name != "posix", reason="permissions and links of POSIX")
@pytest.mark.parametrize("mask", [0o022, 0o077])
def test_a_new_file_has_the_permissions_of_any_new_file(mask, tmp_path):
    before = os.umask(mask)
    try:
        compiled().save(tmp_path / "a.npz")
    finally:
        found = os.umask(before)
    assert found == mask
    assert stat.S_IMODE((tmp_path / "a.npz").stat().st_mode) == 0o666 & ~mask


@pytest.mark.skipif(os.name != "posix", reason="permissions and links of POSIX")
def test_a_link_stays_a_link(tmp_path):
    (tmp_path / "folder").mkdir()
    real, link = tmp_path / "folder" / "real.npz", tmp_path / "link.npz"
    compiled().save(real)
    link.symlink_to(real)
    net = compiled(rng=5)
    net.save(link)
    assert link.is_symlink()
    same(mlp.load(real).get_weights(), net.get_weights())


# --- Damage -------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def small(tmp_path_factory):
    """A small model and the bytes of its file."""
    net = Network([Dense(1, input_dim=2)], rng=0)
    net.compile(optimizers.SGD(0.1, momentum=0.9), "mse")
    net.fit(X[:, :2], Y, verbose=0)
    path = tmp_path_factory.mktemp("small") / "a.npz"
    net.save(path)
    return net, path.read_bytes()


def refused_or_right(net, path):
    """Whether a damaged file is refused; if it is not, it must hold the very same network."""
    try:
        twin = mlp.load(path)
    except (ModelFileError, OSError):
        refused = True
    else:
        refused = False
        same(twin.get_weights(), net.get_weights())
        same(twin.optimizer.slots.values(), net.optimizer.slots.values())
        assert twin.get_config() == net.get_config()
        assert twin.compiled.get_config() == net.compiled.get_config()
    weights = Network([Dense(1, input_dim=2)])
    before = weights.get_weights()
    try:
        weights.load_weights(path)
    except (ModelFileError, OSError):
        same(weights.get_weights(), before)
    else:
        same(weights.get_weights(), net.get_weights())
    return refused


def test_a_truncated_file_is_refused(small, tmp_path):
    net, whole = small
    path = tmp_path / "a.npz"
    for length in [*range(0, len(whole), 23), *range(len(whole) - 30, len(whole))]:
        path.write_bytes(whole[:length])
        assert refused_or_right(net, path), f"{length} of {len(whole)} bytes"


@pytest.mark.parametrize("bits", [0x01, 0x10, 0xFF], ids=hex)
def test_a_flipped_byte_is_refused_or_does_not_matter(bits, small, tmp_path):
    """Every fifth byte, so that with three patterns most fields of the archive have their turn; and the whole ends."""
    net, whole = small
    path = tmp_path / "a.npz"
    start = {0x01: 0, 0x10: 1, 0xFF: 2}[bits]
    places = {*range(start, len(whole), 5), *range(64), *range(len(whole) - 120, len(whole))}
    refused = 0
    for place in sorted(places):
        damaged = bytearray(whole)
        damaged[place] ^= bits
        path.write_bytes(damaged)
        refused += refused_or_right(net, path)
    assert refused > len(places) / 2


def test_a_flag_of_encryption_is_refused(small, tmp_path):
    """One bit in the archive's directory makes `zipfile` ask for a password."""
    net, whole = small
    place = whole.index(b"PK\x01\x02") + 8
    damaged = bytearray(whole)
    damaged[place] |= 1
    (tmp_path / "a.npz").write_bytes(damaged)
    assert refused_or_right(net, tmp_path / "a.npz")


@pytest.mark.parametrize("method", [1, 6, 8, 9, 12, 14, 93, 99])
def test_a_wrong_method_of_compression_is_refused(method, small, tmp_path):
    net, whole = small
    damaged = bytearray(whole)
    for mark, offset in ((b"PK\x01\x02", 10), (b"PK\x03\x04", 8)):
        damaged[whole.index(mark) + offset] = method
    (tmp_path / "a.npz").write_bytes(damaged)
    assert refused_or_right(net, tmp_path / "a.npz")


OTHERS = {
    "an empty file": b"",
    "text": b"a, b\n1, 2\n",
    "a zip archive of nothing": b"PK\x05\x06" + bytes(18),
    "HDF5": b"\x89HDF\r\n\x1a\n" + bytes(100),
    "the beginning of an archive": b"PK\x03\x04" + bytes(200),
    "an array": None,
    "arrays": None,
    "an archive of text": None,
    "a pickle in an archive": None,
    "a pickle": pickle.dumps([1, 2, 3]),
}


def other(kind):
    buffer = io.BytesIO()
    if kind == "an array":
        np.save(buffer, X)
    elif kind == "arrays":
        np.savez(buffer, x=X, y=Y)
    elif kind == "an archive of text":
        with zipfile.ZipFile(buffer, "w") as archive:
            archive.writestr("mlp.json", '{"format": "mlp"}')
    elif kind == "a pickle in an archive":
        np.savez(buffer, **{"mlp.json": np.array([{"a": 1}], object)}, allow_pickle=True)
    else:
        return OTHERS[kind]
    return buffer.getvalue()


@pytest.mark.parametrize("kind", OTHERS)
def test_other_files_are_refused(kind, tmp_path):
    path = tmp_path / "a.npz"
    path.write_bytes(other(kind))
    net = compiled()
    before = net.get_weights()
    for call in (mlp.load, net.load_weights):
        with pytest.raises(ModelFileError, match=r"a\.npz"):
            call(path)
    same(net.get_weights(), before)


def test_nothing_is_unpickled(tmp_path):
    """A file that would run something if it were."""
    ran = []

    class Bomb:
        def __reduce__(self):
            return ran.append, (1,)

    parts = rewritten(compiled(), tmp_path / "a.npz", lambda page: None, skip=("weight_0",))
    np.savez(tmp_path / "a.npz", weight_0=np.array([Bomb()], object), allow_pickle=True, **parts)
    for call in (mlp.load, compiled().load_weights):
        with pytest.raises(ModelFileError):
            call(tmp_path / "a.npz")
    assert ran == []


def test_a_missing_file_is_said_to_be_missing(tmp_path):
    for call in (mlp.load, compiled().load_weights):
        with pytest.raises(FileNotFoundError, match=r"nothing\.npz"):
            call(tmp_path / "nothing.npz")


def test_a_pipe_or_a_device_is_not_replaced(tmp_path):
    os.mkfifo(tmp_path / "a.npz")
    with pytest.raises(OSError, match="device or a pipe") as caught:
        compiled().save(tmp_path / "a.npz")
    assert caught.value.filename == str(tmp_path / "a.npz")
    assert (tmp_path / "a.npz").is_fifo()


def test_a_folder_is_no_file(tmp_path):
    (tmp_path / "folder.npz").mkdir()
    net = compiled()
    for call in (mlp.load, net.load_weights, net.save, net.save_weights):
        with pytest.raises((OSError, ModelFileError), match=r"folder\.npz"):
            call(tmp_path / "folder.npz")
    assert [path.name for path in tmp_path.iterdir()] == ["folder.npz"]


# --- Files that are whole, but wrong ------------------------------------------------------------------------


def rewritten(net, path, change, skip=()):
    """Save a network, change the page of its file, and write it again with right checksums."""
    net.save(path)
    with np.load(path) as archive:
        arrays = {name: archive[name] for name in archive.files}
    page = json.loads(arrays.pop("mlp.json").tobytes())
    changed = change(page)
    page = page if changed is None else changed
    arrays = {name: array for name, array in arrays.items() if name not in skip}
    arrays["mlp.json"] = np.frombuffer(json.dumps(page).encode(), np.uint8)
    if not skip:
        np.savez(path, **arrays)
    return arrays


def test_a_rewritten_file_is_still_right(tmp_path):
    net = compiled()
    rewritten(net, tmp_path / "a.npz", lambda page: None)
    same(mlp.load(tmp_path / "a.npz").get_weights(), net.get_weights())


def test_a_newer_version_is_said_to_be_newer(tmp_path):
    rewritten(compiled(), tmp_path / "a.npz", lambda page: page.update(version=VERSION + 1))
    for call in (mlp.load, compiled().load_weights):
        with pytest.raises(ModelFileError, match="newer version"):
            call(tmp_path / "a.npz")


WRONG_PAGES = {
    "a list": lambda page: [page],
    "a number": lambda page: 3,
    "another format": lambda page: page.update(format="other"),
    "no version": lambda page: page.pop("version") and None,
    "version in words": lambda page: page.update(version="one"),
    "no checksums": lambda page: page.pop("checksums") and None,
    "checksums in a list": lambda page: page.update(checksums=[1, 2]),
    "a wrong checksum": lambda page: page["checksums"].update(weight_0=1),
    "a checksum too many": lambda page: page["checksums"].update(weight_9=1),
    "architecture in words": lambda page: page.update(architecture="Dense"),
    "no layers": lambda page: page["architecture"].pop("layers") and None,
    "another size": lambda page: page["architecture"].update(input_shape=[5]),
    "no size": lambda page: page["architecture"].update(input_shape=None),
    "another type": lambda page: page["architecture"].update(dtype="int8"),
    "an unknown layer": lambda page: page["architecture"]["layers"][0].update(class_name="Dance"),
    "a layer of no arguments": lambda page: page["architecture"]["layers"][0].update(config={}),
    "a layer in words": lambda page: page["architecture"]["layers"].__setitem__(0, "Dense"),
    "fewer layers": lambda page: page["architecture"]["layers"].pop() and None,
    "an unknown loss": lambda page: page["compiled"].update(loss="lost"),
    "another optimizer": lambda page: page["compiled"].update(optimizer="sgd"),
    "another kind of optimizer": lambda page: page["compiled"].update(
        optimizer={"class_name": "Dense", "config": {}}
    ),
    "compiled in words": lambda page: page.update(compiled="adam"),
    "compiled with more": lambda page: page["compiled"].update(nonsense=1),
    "no state of the optimizer": lambda page: page.pop("optimizer_state") and None,
    "steps below 0": lambda page: page["optimizer_state"].update(iterations=-1),
    "steps in words": lambda page: page["optimizer_state"].update(iterations="many"),
    "no generators": lambda page: page.pop("generators") and None,
    "an empty list of generators": lambda page: page.update(generators=[]),
    "a generator too many": lambda page: page["generators"].append(page["generators"][0]),
    "an unknown generator": lambda page: page["generators"][0].update(bit_generator="Dice"),
    "a generator without state": lambda page: page["generators"][0].pop("state") and None,
    "a generator in words": lambda page: page.update(generators=["PCG64"]),
    "a generator of too large numbers": lambda page: page["generators"][0]["state"].update(state=2**200),
    "metadata in words": lambda page: page.update(metadata="a"),
}


@pytest.mark.parametrize("change", WRONG_PAGES.values(), ids=WRONG_PAGES)
def test_a_page_that_makes_no_sense_is_refused(change, tmp_path):
    net = compiled()
    net.train_on_batch(X, Y)
    rewritten(net, tmp_path / "a.npz", change)
    with pytest.raises(ModelFileError, match=r"a\.npz"):
        mlp.load(tmp_path / "a.npz")


MISFITS = {
    "another size": lambda: Network([Dense(4, input_dim=4), Dense(1)]),
    "fewer": lambda: Network([Dense(3, input_dim=4)]),
    "more": lambda: Network([Dense(3, input_dim=4), Dense(1), Dense(1)]),
    "the last one": lambda: Network([Dense(3, input_dim=4), Dense(2)]),
}


@pytest.mark.parametrize("make", MISFITS.values(), ids=MISFITS)
def test_weights_that_do_not_fit_change_nothing(make, tmp_path):
    compiled().save_weights(tmp_path / "a.npz")
    net = make()
    before = net.get_weights()
    with pytest.raises(ModelFileError, match="does not fit"):
        net.load_weights(tmp_path / "a.npz")
    same(net.get_weights(), before)
