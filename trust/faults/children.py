"""Runs a module of this folder in a process of its own, which may hang or die."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

_ROOT = Path(__file__).parents[2]


def lines_of(module: str, *arguments: object, patience: float = 300) -> list[str]:
    """The lines that ``python -m trust.faults.MODULE`` prints.

    Raises:
        RuntimeError: it failed, or took longer than ``patience`` seconds; it has been killed then,
            with all its children.
    """
    child = subprocess.Popen(
        [sys.executable, "-m", f"trust.faults.{module}", *map(str, arguments)],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, cwd=_ROOT,
        start_new_session=True,
    )  # fmt: skip
    try:
        output, errors = child.communicate(timeout=patience)
    except subprocess.TimeoutExpired:
        os.killpg(child.pid, signal.SIGKILL)
        output, errors = child.communicate()
        raise RuntimeError(f"{module} {arguments} hangs after {output[-500:]!r}") from None
    if child.returncode != 0:
        raise RuntimeError(f"{module} {arguments} ended with {child.returncode}: {errors[-2000:]}")
    return output.splitlines()
