"""`load_mnist()`: the cache folder and the addresses, with pooch but without a network."""

import functools
import hashlib
import logging
import sys
from pathlib import Path

import numpy as np
import pooch
import pytest
import requests

from mlp.datasets import load_mnist, mnist_files
from mlp.errors import DatasetError, MissingExtraError

FIRST, SECOND = mnist_files.IDX_HOSTS
NPZ = mnist_files.NPZ_HOSTS[0] + "mnist.npz"
TEST_FILES = ["t10k-images-idx3-ubyte.gz", "t10k-labels-idx1-ubyte.gz"]
ALL_FILES = ["train-images-idx3-ubyte.gz", "train-labels-idx1-ubyte.gz", *TEST_FILES]


class Net:
    """Stands for the network: what each address gives, and which were asked."""

    def __init__(self):
        self.pages = {}
        self.asked = []

    def __call__(self, url, output_file, _pooch):
        self.asked.append(url)
        page = self.pages.get(url, requests.exceptions.ConnectionError("no route to host"))
        if isinstance(page, Exception):
            raise page
        Path(output_file).write_bytes(page)


@pytest.fixture
def files(small, small_gz, npz_bytes, monkeypatch):
    """The published files are the small ones: their SHA-256 values take the place of the real ones."""
    files = {**small_gz, "mnist.npz": npz_bytes(**small)}
    for name, contents in files.items():
        monkeypatch.setitem(mnist_files.SHA256, name, hashlib.sha256(contents).hexdigest())
    return files


@pytest.fixture
def net(files, monkeypatch):
    net = Net()
    monkeypatch.setattr(pooch, "retrieve", functools.partial(pooch.retrieve, downloader=net))
    return net


@pytest.fixture
def cache(tmp_path, monkeypatch):
    monkeypatch.setenv("MLP_DATA_DIR", str(tmp_path))
    return tmp_path / "mnist"


def assert_small(small, pairs):
    for (x, y), part in zip(pairs, ("train", "test"), strict=True):
        assert np.array_equal(x, small[f"x_{part}"])
        assert np.array_equal(y, small[f"y_{part}"])


def test_first_address_and_then_the_cache(small, files, net, cache):
    net.pages = {FIRST + name: files[name] for name in ALL_FILES}
    assert_small(small, load_mnist())
    assert net.asked == [FIRST + name for name in ALL_FILES]
    assert sorted(path.name for path in cache.iterdir()) == sorted(ALL_FILES)
    net.asked.clear()
    assert_small(small, load_mnist())
    assert_small(small, (load_mnist(split="train"), load_mnist(split="test")))
    assert net.asked == []


@pytest.mark.parametrize(
    "failure",
    [
        requests.exceptions.HTTPError("403 Client Error: Forbidden"),
        requests.exceptions.Timeout("timed out"),
        OSError("network is down"),
        b"<html>moved</html>",
    ],
    ids=["forbidden", "timeout", "down", "other contents"],
)
def test_second_address_where_the_first_fails(small, files, net, cache, failure):
    net.pages = {SECOND + name: files[name] for name in ALL_FILES}
    net.pages |= {FIRST + name: failure for name in ALL_FILES}
    assert_small(small, load_mnist())
    assert net.asked == [host + name for name in ALL_FILES for host in (FIRST, SECOND)]


def test_split_fetches_only_its_files(small, files, net, cache):
    net.pages = {FIRST + name: files[name] for name in ALL_FILES}
    x, _ = load_mnist(split="test")
    assert np.array_equal(x, small["x_test"])
    assert net.asked == [FIRST + name for name in TEST_FILES]
    load_mnist()
    assert net.asked == [FIRST + name for name in (*TEST_FILES, *ALL_FILES[:2])]


def test_npz_where_the_idx_files_fail(small, files, net, cache):
    net.pages = {NPZ: files["mnist.npz"]}
    assert_small(small, load_mnist())
    assert net.asked == [FIRST + ALL_FILES[0], SECOND + ALL_FILES[0], NPZ]
    net.asked.clear()
    assert_small(small, load_mnist())
    assert np.array_equal(load_mnist(split="test")[1], small["y_test"])
    assert net.asked == []


def test_no_network_says_which_file_goes_where(net, cache):
    with pytest.raises(DatasetError) as caught:
        load_mnist()
    message = str(caught.value)
    assert f"not in {cache} and could not be downloaded" in message
    assert (
        f"Put {', '.join(ALL_FILES)} (from {FIRST} or {SECOND}) or mnist.npz (from {NPZ[:-9]}) into this"
        in message
    )
    assert "load_mnist(path=FOLDER)" in message
    assert message.count("ConnectionError: no route to host") == 3
    with pytest.raises(DatasetError) as caught:
        load_mnist(split="test")
    assert "train-images" not in str(caught.value)


def test_wrong_contents_everywhere_are_refused_and_not_kept(net, cache):
    net.pages = {host + name: b"something else" for host in (FIRST, SECOND) for name in ALL_FILES}
    with pytest.raises(DatasetError, match=f"{FIRST}train-images-idx3-ubyte.gz: ValueError: SHA256 hash"):
        load_mnist()
    assert list(cache.iterdir()) == []


def test_damaged_file_in_the_cache_is_fetched_anew(small, files, net, cache):
    net.pages = {FIRST + name: files[name] for name in ALL_FILES}
    load_mnist()
    damaged = cache / TEST_FILES[0]
    damaged.write_bytes(files[TEST_FILES[0]][:-1])
    net.asked.clear()
    assert_small(small, load_mnist())
    assert net.asked == [FIRST + TEST_FILES[0]]
    damaged.write_bytes(files[TEST_FILES[0]][:-1])
    net.pages.clear()
    with pytest.raises(DatasetError, match=f"{TEST_FILES[0]}: is not the published file, its SHA-256"):
        load_mnist()


@pytest.mark.parametrize("names", [ALL_FILES, ["mnist.npz"]], ids=["idx", "npz"])
def test_files_put_there_by_hand_need_neither_net_nor_pooch(small, files, cache, monkeypatch, names):
    monkeypatch.setitem(sys.modules, "pooch", None)
    cache.mkdir()
    for name in names:
        (cache / name).write_bytes(files[name])
    assert_small(small, load_mnist())


@pytest.mark.parametrize("folder_is_set", [True, False])
def test_without_pooch_the_extra_is_named(cache, monkeypatch, folder_is_set):
    monkeypatch.setitem(sys.modules, "pooch", None)
    if not folder_is_set:
        monkeypatch.delenv("MLP_DATA_DIR")
    with pytest.raises(MissingExtraError, match=r'pip install "numpy-mlp\[datasets\]".*path=FOLDER'):
        load_mnist()


def test_folder_is_the_system_cache_unless_set(files, net, cache, monkeypatch, tmp_path):
    net.pages = {FIRST + name: files[name] for name in ALL_FILES}
    monkeypatch.delenv("MLP_DATA_DIR")
    monkeypatch.setattr(pooch, "os_cache", lambda project: tmp_path / "system" / project)
    load_mnist(split="test")
    assert (tmp_path / "system" / "mlp" / "mnist" / TEST_FILES[0]).is_file()
    assert not cache.exists()


def test_pooch_reports_nothing_and_its_log_level_comes_back(files, net, cache, monkeypatch):
    net.pages = {FIRST + name: files[name] for name in ALL_FILES}
    logger, records = pooch.get_logger(), []
    handler = logging.Handler()
    handler.emit = records.append
    monkeypatch.setattr(logger, "handlers", [handler])
    monkeypatch.setattr(logger, "level", logging.INFO)
    load_mnist(split="train")
    assert logger.level == logging.INFO
    net.pages.clear()
    with pytest.raises(DatasetError):
        load_mnist(split="test")
    assert logger.level == logging.INFO
    assert records == []


def test_every_published_file_has_its_checksum_and_several_addresses():
    assert set(mnist_files.SHA256) == {*ALL_FILES, "mnist.npz"}
    assert all(len(bytes.fromhex(checksum)) == 32 for checksum in mnist_files.SHA256.values())
    hosts = (*mnist_files.IDX_HOSTS, *mnist_files.NPZ_HOSTS)
    assert all(host.startswith("https://") and host.endswith("/") for host in hosts)
    assert len(mnist_files.IDX_HOSTS) > 1
