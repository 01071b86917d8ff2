"""Processes that are killed (SIGKILL) while they train or save: ``python tests/kill_and_resume.py``.

Trainings of all sorts are killed at random moments and begun again until they are complete; weights, history, files
and all else must then be, to the last bit, those of the same training without an interruption.  And a process that
saves one network over the other is killed: the file must then be one of the two, and the next save leaves nothing else.
"""

import argparse
import json
import os
import signal
import sys
import tempfile
import time
import traceback
import warnings
from pathlib import Path

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # a process that has threads had better not be forked
sys.path.insert(1, str(Path(__file__).parents[1]))

import numpy as np
from trainings import Training

import mlp
from mlp.errors import OutOfDataWarning

MOST_KILLS = 25


def forked(call):
    """The id of a new process that calls it."""
    child = os.fork()
    if child:
        return child
    try:
        call()
        os._exit(0)
    except BaseException:  # noqa: BLE001 - it must not come out into the parent's program
        traceback.print_exc()
        os._exit(1)


def ends_within(seconds, child):
    """Whether a process comes to its end; it is killed after so long."""
    end = time.perf_counter() + seconds
    while time.perf_counter() < end:
        done, status = os.waitpid(child, os.WNOHANG)
        if done:
            break
        time.sleep(2e-4)
    else:
        os.kill(child, signal.SIGKILL)
        _, status = os.waitpid(child, 0)
    if os.WIFSIGNALED(status):
        return False
    if os.WEXITSTATUS(status):
        raise RuntimeError("the process failed; see above")
    return True


def train(training, folder, keep=True):
    """The program: train, and write down what has come of it."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", OutOfDataWarning)
        outcome = training.run(folder, keep=keep)
    (folder.parent / f"{folder.name}.json").write_text(json.dumps(outcome))


def outcome_of(folder):
    """What was written down."""
    return json.loads((folder.parent / f"{folder.name}.json").read_text())


def program(training, folder, keep, anew):
    """The id of a process that trains, of an interpreter that begins anew or of this one's twin."""
    if not anew:
        return forked(lambda: train(training, folder, keep))
    command = [
        sys.executable,
        __file__,
        "--program",
        str(training),
        "--folder",
        str(folder),
        "--keep",
        str(int(keep)),
    ]
    return os.spawnv(os.P_NOWAIT, sys.executable, command)  # noqa: S606 - it is this program


def kill_training(training, folder, rng, anew=False):
    """How often it was killed; errors if that has left a trace."""
    start = time.perf_counter()
    ends_within(600, program(training, folder / "whole", False, anew))
    whole = time.perf_counter() - start
    kills = 0
    while not ends_within(
        rng.uniform(0, 2 * whole) if kills < MOST_KILLS else 600,
        program(training, folder / "killed", True, anew),
    ):
        kills += 1
    one, two = outcome_of(folder / "whole"), outcome_of(folder / "killed")
    for name, value in one.items():
        if two[name] != value:
            raise AssertionError(
                f"{name} after {kills} kills are not those of {training}:\n{two[name]}\n{value}"
            )
    return kills


def kill_saves(folder, kills, rng, width=300, suffix=".npz"):
    """The most temporary files that kills have left; errors if a file is not, to the last bit, one that was saved."""
    path, most = folder / f"model{suffix}", 0
    nets = [mlp.Network([mlp.layers.Dense(width, input_dim=width)], rng=i) for i in range(2)]
    save = mlp.Network.save_weights if suffix == ".weights.h5" else mlp.Network.save

    def save_for_ever():
        while True:
            for net in nets:
                save(net, path)

    whole = []
    start = time.perf_counter()
    for net in nets:
        save(net, path)
        whole.append(path.read_bytes())
    seconds = time.perf_counter() - start
    for _ in range(kills):
        ends_within(rng.uniform(0.0, max(0.05, 2 * seconds)), forked(save_for_ever))
        most = max(most, len(list(folder.iterdir())) - 1)
        if path.read_bytes() not in whole:
            raise AssertionError("the file is neither the old one nor the new one")
    save(nets[0], path)
    left = [file.name for file in folder.iterdir() if file != path]
    if left:
        raise AssertionError(f"the next save has left {left}")
    return most


def main(arguments=None):
    """Read the command line, kill, and print what was found."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kills", type=int, default=300, help="of trainings")
    parser.add_argument("--saves", type=int, default=500, help="kills of a process that saves")
    parser.add_argument(
        "--suffix", default=".npz", help="of the file that is saved: .keras, .weights.h5, .c, ..."
    )
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--anew", action="store_true", help="a new interpreter for every run: slower")
    for option in ("--program", "--folder", "--keep"):
        parser.add_argument(option, help=argparse.SUPPRESS)
    options = parser.parse_args(arguments)
    if options.program:
        train(Training(**json.loads(options.program)), Path(options.folder), options.keep == "1")
        return
    rng, kills, trainings = np.random.default_rng(options.seed), 0, 0
    while kills < options.kills:
        training = Training.drawn(rng)
        with tempfile.TemporaryDirectory() as folder:
            kills += kill_training(training, Path(folder), rng, options.anew)
        trainings += 1
    print(f"{kills} kills of {trainings} trainings: every one ended as without, to the last bit")  # noqa: T201
    with tempfile.TemporaryDirectory() as folder:
        most = kill_saves(Path(folder), options.saves, rng, suffix=options.suffix)
    print(  # noqa: T201
        f"{options.saves} kills of a process that saves {options.suffix} files: no file lost or damaged; at most {most} temporary files beside "
        "it, and none after the next save"
    )


if __name__ == "__main__":
    main()
