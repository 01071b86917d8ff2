"""Damaged and hostile model files by the hundred thousand: each is refused as it should be, or is a sound network.

    python benchmarks/fuzz_files.py .npz --inputs 100000
    python benchmarks/fuzz_files.py .h5 --inputs 100000 --files tests/files/foreign
    python benchmarks/fuzz_files.py .npz --every-bit

Whole files (written by this library, and those below ``--files``) are changed at random: bits and bytes flipped, numbers in
them replaced by extreme ones, pieces cut out, doubled, exchanged between files, the end cut off.  For each the program wants

- `mlp.load` or ``net.load_weights`` to return a network of finite weights, or to raise `ModelFileError`, and nothing else;
- a network whose weights are not taken to be what it was before;
- no file opened but the one that is read, no module imported, no program started (`sys.addaudithook`);
- memory to grow by no more than twice the file's size and 32 MiB (``ru_maxrss``);
- the interpreter to live on, and an answer within 20 seconds.

``--every-bit`` flips each bit of a small file of this library alone, and cuts it off at each byte: what is read then must be
the very network that was written.

The work is done in a second process, so that its death is seen.  Input number i of a seed is always the same one:
``--only i`` runs it alone, with the traceback.
"""

from __future__ import annotations

import argparse
import collections
import contextlib
import importlib
import multiprocessing
import resource
import sys
import tempfile
import time
import traceback
from pathlib import Path
from typing import Any

import numpy as np

import mlp
from mlp import Input, Network
from mlp.errors import ModelFileError
from mlp.layers import Add, BatchNormalization, Dense, Dropout

PATIENCE = 20.0
SPARE = 32 * 2**20
EXTREME = [0, 1, 2, 0x7F, 0x80, 0xFF, 0xFFFF, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFF, 2**63 - 1, 2**63, 2**64 - 1]


def networks() -> list[Network]:
    """Small networks that use much of a format."""
    chain = Network(
        [Dense(3, activation="relu", input_dim=2), BatchNormalization(), Dropout(0.5, seed=1), Dense(1)]
    )
    chain.compile("adam", "mse", metrics=["mae"])
    chain.fit(np.eye(2), np.ones((2, 1)), verbose=0)
    x = Input(shape=(2,))
    hidden = Dense(2, activation="tanh")(x)
    graph = Network(inputs=x, outputs=Dense(2)(Add()([hidden, x])))
    graph.compile("sgd", "mse")
    return [chain, graph]


def whole_files(suffix: str, folder: Path | None) -> list[bytes]:
    """What is changed: files of this library, and of others."""
    found = []
    with tempfile.TemporaryDirectory() as place:
        for network in networks():
            path = Path(place, f"a{suffix}")
            try:
                network.save_weights(path) if suffix == ".weights.h5" else network.save(path)
            except mlp.errors.ArgumentError:
                continue  # of a format that is read and not written
            found.append(path.read_bytes())
    if folder is not None:
        found += [
            path.read_bytes()
            for path in sorted(folder.rglob(f"*{suffix}"))
            if suffix != ".npz" and path.stat().st_size < 100_000
        ]
    if not found:
        raise SystemExit(f"there are no files to begin with: {suffix}")
    return found


def changed(files: list[bytes], rng: np.random.Generator) -> bytes:
    """One of the files, changed in a few places."""
    data = bytearray(files[rng.integers(len(files))])
    for _ in range(rng.choice([1, 1, 1, 2, 4, 16])):
        if not data:
            break
        place = int(rng.integers(len(data)))
        match rng.integers(8):
            case 0:
                data[place] ^= 1 << rng.integers(8)
            case 1:
                data[place] = rng.choice([0, 1, 0x20, 0x22, 0x7B, 0x7F, 0x80, 0xFF])
            case 2 | 3:
                width = int(rng.choice([1, 2, 4, 8]))
                number = EXTREME[rng.integers(len(EXTREME))] % 256**width
                data[place : place + width] = number.to_bytes(width, "little")
            case 4:
                del data[place : place + int(rng.integers(1, 64))]
            case 5:
                piece = data[place : place + int(rng.integers(1, 256))]
                data[place:place] = piece
            case 6:
                other = files[rng.integers(len(files))]
                start = int(rng.integers(len(other)))
                piece = other[start : start + int(rng.integers(1, 256))]
                data[place : place + len(piece)] = piece
            case 7:
                if rng.random() < 0.3:
                    del data[place:]
                else:
                    data[place] = (data[place] + int(rng.integers(-3, 4))) % 256
    return bytes(data)


class Watch:
    """What the interpreter does while a file is read: `sys.addaudithook` cannot be taken back, so this is switched on and off."""

    def __init__(self) -> None:
        self.on = False
        self.path = ""
        self.seen: list[str] = []
        sys.addaudithook(self)

    def __call__(self, event: str, arguments: tuple[Any, ...]) -> None:
        """Note what reading a file has no business with."""
        if not self.on:
            return
        opened = event == "open" and str(arguments[0]) not in (self.path, "None")
        started = event.split(".")[0] in ("subprocess", "socket", "ctypes", "shutil") or event in (
            "os.system", "os.exec", "os.fork", "os.remove", "os.rename", "os.mkdir", "import", "exec", "compile", "pickle.find_class",
        )  # fmt: skip
        literal = event == "compile" and arguments[1] in (
            "<unknown>",
            "<string>",
        )  # ast.literal_eval, of NumPy's headers
        if (opened or started) and not literal:
            self.seen.append(f"{event} {str(arguments)[:100]}")


def outcome(path: Path, watch: Watch, target: Network, by_weights: bool) -> str:
    """What becomes of one file."""
    before = target.get_weights()
    watch.path, watch.seen, watch.on = str(path), [], True
    try:
        if by_weights:
            target.load_weights(path)
            found = target
        else:
            found = mlp.load(path)
    except ModelFileError:
        result = "refused"
        found = None
    finally:
        watch.on = False
    if watch.seen:
        raise AssertionError(f"reading did more than reading: {watch.seen}")
    if found is None:
        if not all(np.array_equal(a, b) for a, b in zip(before, target.get_weights(), strict=True)):
            raise AssertionError("a refused file has changed the network")
        return result
    if not all(np.isfinite(weight).all() for weight in found.get_weights()):
        raise AssertionError("weights that are not finite were taken")
    target.set_weights(before)
    return "read"


def work(connection: Any, suffix: str, folder: Path | None, seed: int, first: int, last: int) -> None:
    """Try the inputs from ``first`` to ``last`` and tell of each that is not as it should be."""
    files = whole_files(suffix, folder)
    watch, target = Watch(), networks()[0]
    counts: collections.Counter[str] = collections.Counter()
    with tempfile.TemporaryDirectory() as place:
        path = Path(place, f"input{suffix}")
        # What is imported at the first use is imported before it is watched.
        known = [
            data for other in (".npz", ".keras", ".safetensors", ".onnx") for data in whole_files(other, None)
        ]
        for data in (*known, *files, b"of no format"):
            path.write_bytes(data)
            for load in (mlp.load, target.load_weights):
                with contextlib.suppress(ModelFileError):
                    load(path)
        importlib.import_module("difflib")  # with which a message about a misspelt name suggests others
        most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
        for i in range(first, last):
            rng = np.random.default_rng([seed, i])
            data = changed(files, rng)
            path.write_bytes(data)
            try:
                counts[outcome(path, watch, target, bool(rng.integers(2)))] += 1
            except BaseException:  # noqa: BLE001 - everything but the two outcomes is what is looked for
                watch.on = False
                counts["other"] += 1
                connection.send(("other", i, traceback.format_exc(limit=-6)))
            now = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
            if now > most + 2 * len(data) + SPARE:
                connection.send(("memory", i, f"{(now - most) / 2**20:.0f} MiB more"))
            most = max(most, now)
            if i % 100 == 99 or i == last - 1:
                connection.send(("at", i + 1, dict(counts)))
    connection.send(("end", last, dict(counts)))


def run(suffix: str, folder: Path | None, inputs: int, seed: int, first: int = 0) -> int:
    """Try ``inputs`` inputs; how many were not as they should be."""
    context = multiprocessing.get_context("spawn")
    totals: collections.Counter[str] = collections.Counter()
    began, at, bad = time.monotonic(), first, 0
    while at < first + inputs:
        here, there = context.Pipe()
        child = context.Process(target=work, args=(there, suffix, folder, seed, at, first + inputs))
        child.start()
        there.close()
        counts: dict[str, int] = {}
        problem = "the process died"
        try:
            while True:
                if not here.poll(60.0 + PATIENCE):
                    problem = "no answer"
                    break
                kind, number, more = here.recv()
                if kind in ("other", "memory"):
                    bad += 1
                    print(f"input {number} of seed {seed}: {kind}\n{more}", flush=True)
                else:
                    at, counts = number, more
                if kind == "end":
                    problem = ""
                    break
        except EOFError:
            pass
        child.kill()
        child.join()
        totals.update(counts)
        if problem:
            bad += 1
            print(
                f"inputs {at} to {at + 100} of seed {seed}: {problem} (exit code {child.exitcode})",
                flush=True,
            )
            at += 100
    seconds = time.monotonic() - began
    print(
        f"{suffix}: {sum(totals.values()):,} inputs in {seconds:.0f} s: {totals['refused']:,} refused with ModelFileError, "
        f"{totals['read']:,} read as sound networks, {bad} otherwise"
    )
    return bad


def run_every_bit(suffix: str) -> int:
    """Flip every bit of a small file, and cut it off everywhere; how often another network was read."""
    network = Network([Dense(1, input_dim=2)], rng=0)
    network.compile("sgd", "mse")
    weights_alone = suffix == ".weights.h5"
    counts: collections.Counter[str] = collections.Counter()
    with tempfile.TemporaryDirectory() as place:
        path = Path(place, f"a{suffix}")
        (network.save_weights if weights_alone else network.save)(path)
        whole = path.read_bytes()
        damaged = [whole[:size] for size in range(len(whole))]
        for place_of_bit in range(8 * len(whole)):
            data = bytearray(whole)
            data[place_of_bit // 8] ^= 1 << place_of_bit % 8
            damaged.append(bytes(data))
        for data in damaged:
            path.write_bytes(data)
            try:
                if weights_alone:
                    found = Network([Dense(1, input_dim=2)], rng=1)
                    found.load_weights(path)
                else:
                    found = mlp.load(path)
            except ModelFileError:
                counts["refused"] += 1
            else:
                counts["the same" if _same(found, network) else "another"] += 1
    print(
        f"{suffix}: {len(whole):,} bytes, {len(damaged):,} damaged files: {counts['refused']:,} refused with ModelFileError, "
        f"{counts['the same']:,} read as the network that was written, {counts['another']:,} as another"
    )
    return counts["another"]


def _same(found: Network, network: Network) -> bool:
    pairs = zip(found.get_weights(), network.get_weights(), strict=True)
    return all(np.array_equal(a, b) for a, b in pairs) and np.array_equal(
        found(np.eye(2)), network(np.eye(2))
    )


def main() -> int:
    """Run the command."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("suffix", help=".npz, .keras, .h5, .weights.h5, .safetensors or .onnx")
    parser.add_argument("--inputs", type=int, default=100_000)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--files", type=Path, help="a folder with more files to begin with")
    parser.add_argument("--every-bit", action="store_true", help="flip each bit of one small file")
    parser.add_argument("--only", type=int, help="run this input alone, and raise what it raises")
    options = parser.parse_args()
    if options.every_bit:
        return int(run_every_bit(options.suffix) > 0)
    if options.only is None:
        return int(run(options.suffix, options.files, options.inputs, options.seed) > 0)
    rng = np.random.default_rng([options.seed, options.only])
    data = changed(whole_files(options.suffix, options.files), rng)
    with tempfile.TemporaryDirectory() as place:
        path = Path(place, f"input{options.suffix}")
        path.write_bytes(data)
        print(outcome(path, Watch(), networks()[0], bool(rng.integers(2))))
    return 0


if __name__ == "__main__":
    sys.exit(main())
