"""What the figures were measured on."""

from __future__ import annotations

import datetime
import os
import platform
from pathlib import Path

import numpy as np

CPUINFO = Path("/proc/cpuinfo")


def describe() -> dict[str, str]:
    """Return the date, the machine and the versions beneath all contenders."""
    lines = CPUINFO.read_text().splitlines() if CPUINFO.exists() else []
    models = [line.partition(": ")[2] for line in lines if line.startswith("model name")]
    blas = np.show_config(mode="dicts")["Build Dependencies"]["blas"]
    return {
        "date": str(datetime.datetime.now(tz=datetime.UTC).date()),
        "processor": f"{models[0] if models else platform.machine()}, {os.cpu_count()} cores",
        "system": f"{platform.system()} on {platform.machine()}",
        "python": platform.python_version(),
        "numpy": f"{np.__version__} with {blas['name']} {blas['version']}",
    }
