"""The contenders of a measurement, each with the number of threads that suits it best."""

from __future__ import annotations

from collections.abc import Iterable
from functools import partial
from typing import Any, NamedTuple, Self

import numpy as np

from benchmarks.contenders import CONTENDERS, OURS
from benchmarks.timing import Pace, spread, take_turns
from benchmarks.workers import Worker, WorkerError

TRIALS = 3  # pieces for each number of threads, to see which is better


class Entry(NamedTuple):
    """Who runs: a contender, in one of its ways, with so many threads."""

    contender: str
    job: str
    threads: int


class Team:
    """A worker for each contender and each number of threads, and the reasons why some gave up."""

    def __init__(self, names: Iterable[str], threads: Iterable[int]) -> None:
        self.workers = [Worker(CONTENDERS[name], n) for name in names for n in threads]
        self.failures: dict[str, str] = {}
        self.notes: dict[str, str] = {}
        self.comparable: dict[str, bool] = {}

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exception: object) -> None:
        for worker in self.workers:
            worker.close()

    def drop(self, worker: Worker, reason: object) -> None:
        """Let a worker go that failed."""
        self.failures[worker.contender.name] = str(reason)
        self.workers.remove(worker)
        worker.close()

    def able(self, job: str) -> list[Worker]:
        """Return those who can do a job."""
        return [worker for worker in self.workers if job in worker.contender.jobs]

    def everyone(
        self, do: str, workers: Iterable[Worker] | None = None, **arguments: Any
    ) -> dict[Worker, Any]:
        """Ask one after the other and collect the answers; those who fail are let go."""
        answers = {}
        for worker in list(self.workers if workers is None else workers):
            try:
                answers[worker] = worker.ask(do, **arguments)
            except WorkerError as error:
                self.drop(worker, error)
        return answers

    def open(self, work: str) -> None:
        """Have the network of a workload made."""
        for worker, answer in self.everyone("open", work=work).items():
            if answer["note"]:
                self.notes[worker.contender.name] = answer["note"]
            self.comparable[worker.contender.name] = answer["comparable"]

    def race(self, jobs: Iterable[str], pace: Pace) -> list[dict[str, Any]]:
        """Let everyone run in turns, each with its better number of threads; return a row for each entry."""
        entries = {}
        for job in jobs:
            ready = self.everyone("calibrate", self.able(job), job=job, seconds=pace.piece)
            entries |= {Entry(worker.contender.name, job, worker.threads): worker for worker in ready}
        if len({entry[:2] for entry in entries}) < len(entries):
            trials = self.in_turns(entries, Pace(pace.piece, 0, TRIALS))
            entries = {entry: entries[entry] for entry in better(trials)}
        return [row(entry, times) for entry, times in self.in_turns(entries, pace).items()]

    def in_turns(self, entries: dict[Entry, Worker], pace: Pace) -> dict[Entry, list[float]]:
        """Return the microseconds of each round; where somebody fails, the others begin anew."""
        while True:
            entries = {entry: worker for entry, worker in entries.items() if worker in self.workers}
            pieces = {entry: partial(w.ask, "piece", job=entry.job) for entry, w in entries.items()}
            try:
                return take_turns(pieces, pace)
            except WorkerError as error:
                self.drop(error.worker, error)


def better(trials: dict[Entry, list[float]]) -> list[Entry]:
    """Return each contender's entry with the number of threads that was faster, in the order of the table."""
    best: dict[tuple[str, str], Entry] = {}
    for entry, times in trials.items():
        rival = best.get(entry[:2])
        if rival is None or np.median(times) < np.median(trials[rival]):
            best[entry[:2]] = entry
    return list(best.values())


def row(entry: Entry, times: list[float]) -> dict[str, Any]:
    """Return what is written down of an entry, with the microseconds of each round."""
    middle, low, high = spread(times)
    rounds = [float(f"{t:.5g}") for t in times]
    return {**entry._asdict(), "us": middle, "low": low, "high": high, "rounds": rounds}


def find(
    rows: Iterable[dict[str, Any]], contender: str = OURS, job: str | None = None
) -> dict[str, Any] | None:
    """Return the row of a contender."""
    return next((r for r in rows if r["contender"] == contender and job in (None, r["job"])), None)
