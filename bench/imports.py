"""What importing the package adds to importing torch, which its users do anyway."""

from __future__ import annotations

import subprocess
import sys
import time
from typing import Any

ROUNDS = 7
STATEMENTS = {
    "torch": "import torch",
    # The name is what loads the samplers.
    "fastsamplers": "import torch, fastsamplers; fastsamplers.RandomSampler",
}


def row() -> dict[str, Any]:
    """A row of the table: the least time of each import, in processes that take turns."""
    seconds = dict.fromkeys(STATEMENTS, float("inf"))
    for _ in range(ROUNDS):
        for side, statement in STATEMENTS.items():
            seconds[side] = min(seconds[side], _child(statement))
    return {
        "work": "importing torch; importing torch and fastsamplers",
        "indices": 0,
        "floor": 0.9,
        "aim": 0.98,
        **seconds,
    }


def _child(statement: str) -> float:
    start = time.perf_counter()
    subprocess.run([sys.executable, "-c", statement], check=True)
    return time.perf_counter() - start
