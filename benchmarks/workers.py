"""A process of its own for each contender: the parent's `Worker`, and the `Desk` at the pipe's other end.

They exchange lines of JSON. A worker that has not got the turn is stopped, so that threads which wait by
spinning take nothing from the one that is measured.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any, Self

from benchmarks import memory
from benchmarks.contenders import CONTENDERS, MINIMIZE, TRAIN, Contender
from benchmarks.contenders.base import Trained
from benchmarks.workloads import ITERATIONS, WORKLOADS

ROOT = Path(__file__).parents[1]
PATIENCE = 600  # seconds without an answer
CAN_STOP = hasattr(signal, "SIGSTOP")
THREADS = (
    "OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "VECLIB_MAXIMUM_THREADS", "NPROC",
    "TF_NUM_INTRAOP_THREADS", "TF_NUM_INTEROP_THREADS",
)  # fmt: skip
REASON = 160  # characters of an error message


class WorkerError(Exception):
    """What a contender could not do, in one line."""

    def __init__(self, worker: Worker, reason: str) -> None:
        super().__init__(reason)
        self.worker = worker


def environment(contender: Contender, threads: int) -> dict[str, str]:
    """Return the variables of a worker."""
    settings = dict.fromkeys(THREADS, str(threads)) | contender.environment
    settings["TORCHINDUCTOR_COMPILE_THREADS"] = "1"  # no pool of processes that lives on
    settings["JAX_PLATFORMS"] = "cpu"
    if threads == 1:
        settings["XLA_FLAGS"] = "--xla_cpu_multi_thread_eigen=false"
    return os.environ | settings


class Worker:
    """The parent's end: a contender with a number of threads."""

    def __init__(self, contender: Contender, threads: int) -> None:
        self.contender, self.threads = contender, threads
        self.process = subprocess.Popen(  # noqa: S603 - our own module
            [sys.executable, "-W", "ignore", "-m", "benchmarks.workers", contender.name],
            env=environment(contender, threads), cwd=ROOT, text=True,
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
        )  # fmt: skip
        self.stopped = False

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()

    def send(self, do: str, **arguments: Any) -> None:
        """Ask for something without waiting."""
        if self.stopped:
            self.process.send_signal(signal.SIGCONT)
            self.stopped = False
        try:
            self.process.stdin.write(json.dumps({"do": do, **arguments}) + "\n")
            self.process.stdin.flush()
        except BrokenPipeError:
            pass  # `receive` tells

    def receive(self) -> Any:
        """Wait for the answer, and let the worker sleep."""
        watch = threading.Timer(PATIENCE, self.process.kill)
        watch.start()
        line = self.process.stdout.readline()
        watch.cancel()
        if not line:
            raise WorkerError(self, f"its process ended with code {self.process.wait()}")
        if CAN_STOP:
            self.process.send_signal(signal.SIGSTOP)
            self.stopped = True
        answer = json.loads(line)
        if "error" in answer:
            raise WorkerError(self, answer["error"])
        return answer["value"]

    def ask(self, do: str, **arguments: Any) -> Any:
        """Ask and wait."""
        self.send(do, **arguments)
        return self.receive()

    def close(self) -> None:
        """End the process."""
        self.process.kill()  # a stopped one too; there is nothing to save
        self.process.wait()
        self.process.stdin.close()
        self.process.stdout.close()


class Desk:
    """The worker's end: does what it is asked, with one network at a time."""

    trained: Trained

    def __init__(self, contender: Contender) -> None:
        self.contender = contender
        self.counts: dict[str, int] = {}
        self.end: dict[str, Any] = {}

    def open(self, work: str) -> dict[str, Any]:
        """Make the network and its data."""
        kind = self.contender.load()
        self.work = WORKLOADS[work]
        x, y = self.work.arrays()
        weights = self.work.weights()
        self.base = memory.begin_peak()
        self.trained = kind(self.work, weights)
        self.trained.load(x, y)
        self.counts = {}
        return {"note": self.trained.note, "comparable": self.trained.comparable}

    def losses(self) -> list[float]:
        """Train in the order of the rows, before anything else; everyone should lose the same."""
        return [float(loss) for loss in self.trained.fit(self.work.checked_epochs, shuffle=False)]

    def rows(self, count: int) -> None:
        """Make the rows that are predicted."""
        self.predicted = self.work.rows_to_predict(count)

    def outputs(self, job: str) -> list[float]:
        """Return the first outputs; everyone should predict the same."""
        return [float(y) for y in getattr(self.trained, job)(self.predicted).ravel()[:100]]

    def calibrate(self, job: str, seconds: float) -> int:
        """Warm up, and find how many repetitions make a piece of so many seconds."""
        self.counts[job] = 1
        self.timed(job)
        while (taken := self.timed(job)) < seconds / 3:
            self.counts[job] *= 2 if taken > seconds / 100 else 10
        self.counts[job] = max(1, round(self.counts[job] * seconds / taken))
        return self.counts[job]

    def piece(self, job: str) -> float:
        """Return the microseconds of a step, a call or an iteration."""
        taken = self.timed(job)
        units = {TRAIN: self.work.steps, MINIMIZE: self.end.get("iterations")}.get(job, 1)
        return 1e6 * taken / (self.counts[job] * units)

    def timed(self, job: str) -> float:
        """Return the seconds of all repetitions."""
        count = self.counts[job]
        if job == TRAIN:
            return seconds(self.trained.fit, count)
        if job == MINIMIZE:
            return seconds(repeat, self.minimize, ITERATIONS, count)
        return seconds(repeat, getattr(self.trained, job), self.predicted, count)

    def minimize(self, iterations: int) -> None:
        """Minimize from the start."""
        self.end = self.trained.minimize(iterations)

    def ending(self) -> dict[str, Any]:
        """Return how the last minimization ended."""
        return self.end

    def memory(self) -> float | None:
        """Return the peak since `open`, in MB above what library and data held before."""
        return memory.peak_above(self.base)

    def together(self, members: int) -> list[float]:
        """Return the microseconds of a step of one network of mlp, and of many at once."""
        return list(self.trained.together(members))

    def traced(self) -> dict[str, float]:
        """Return what mlp alone can tell of the memory in its ``fit``."""
        return self.trained.traced()


def repeat(function: Callable[[Any], Any], argument: Any, count: int) -> None:
    """Call a function again and again."""
    for _ in range(count):
        function(argument)


def seconds(function: Callable[..., Any], *arguments: Any) -> float:
    """Return how long one call takes."""
    start = time.perf_counter()
    function(*arguments)
    return time.perf_counter() - start


def one_line(error: BaseException) -> str:
    """Return the kind of an error and the first line of its message."""
    lines = str(error).strip().splitlines() or [""]
    return f"{type(error).__name__}: {lines[0]}"[:REASON]


def main() -> None:
    """Answer until the pipe is closed."""
    with os.fdopen(os.dup(1), "w") as answers:
        os.dup2(2, 1)  # what a library prints is no answer
        desk = Desk(CONTENDERS[sys.argv[1]])
        with suppress(Exception):  # `open` will tell
            desk.contender.load()  # early, so that all load side by side
        for line in sys.stdin:
            request = json.loads(line)
            try:
                answer = {"value": getattr(desk, request.pop("do"))(**request)}
            except Exception as error:  # noqa: BLE001 - whatever it is, the parent should hear of it
                answer = {"error": one_line(error)}
            answers.write(json.dumps(answer) + "\n")
            answers.flush()


if __name__ == "__main__":
    main()
