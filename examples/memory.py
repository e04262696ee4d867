"""How much memory a process holds, in bytes."""

from __future__ import annotations

import os
import resource
import sys
from pathlib import Path

PAGE = os.sysconf("SC_PAGE_SIZE")


def resident(process: int | None = None) -> int | None:
    """What ``process`` (default: this one) holds now; None where the system does not say."""
    try:
        fields = Path(f"/proc/{process or 'self'}/statm").read_text().split()
    except OSError:
        return None
    return int(fields[1]) * PAGE


def peak() -> int:
    """The most that this process has held.

    ``ru_maxrss`` alone would not do on Linux: a child starts with its parent's figure.
    """
    try:
        status = Path("/proc/self/status").read_text()
    except OSError:
        most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        return most if sys.platform == "darwin" else most * 1024
    return next(
        int(line.split()[1]) * 1024 for line in status.splitlines() if line.startswith("VmHWM:")
    )


def installed() -> int:
    """The memory of this machine."""
    return os.sysconf("SC_PHYS_PAGES") * PAGE
