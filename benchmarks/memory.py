"""How much memory this process holds, as Linux tells it."""

from __future__ import annotations

from pathlib import Path

STATUS, CLEAR = Path("/proc/self/status"), Path("/proc/self/clear_refs")
RESET_PEAK = "5"


def resident(line: str) -> float | None:
    """Return ``VmRSS``, what is held now, or ``VmHWM``, the peak, in MB; None on other systems."""
    if not STATUS.exists():
        return None
    kilobytes = next(text.split()[1] for text in STATUS.read_text().splitlines() if text.startswith(line))
    return int(kilobytes) / 1024


def begin_peak() -> float | None:
    """Forget the peak so far and return what is held now, in MB."""
    if CLEAR.exists():
        CLEAR.write_text(RESET_PEAK)
    return resident("VmRSS")


def peak_above(base: float | None) -> float | None:
    """Return how far the peak is above what was held, in MB."""
    return None if base is None else resident("VmHWM") - base
