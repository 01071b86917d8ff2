"""What one run is to measure, and how long."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass

from benchmarks.timing import Pace


@dataclass(frozen=True)
class Plan:
    """The options of a run."""

    contenders: tuple[str, ...]
    only: frozenset[str]  # workloads; all of them if empty
    pace: Pace
    quick: bool = False
    say: Callable[[str], None] = print  # told what is going on

    @property
    def threads(self) -> list[int]:
        """The numbers of threads that are tried."""
        cores = os.cpu_count() or 1
        return [1] if self.quick else sorted({1, min(2, cores), cores})

    def wants(self, work: str) -> bool:
        """Whether a workload is to be measured."""
        return not self.only or work in self.only
