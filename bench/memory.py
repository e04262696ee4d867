"""Peak memory of a pass, in a child process of its own.

``python -m bench.memory torch|fastsamplers|nothing N`` prints the peak resident bytes.
"""

from __future__ import annotations

import subprocess
import sys

from examples import memory


def peak(side: str, n: int) -> int:
    """Peak resident bytes of a child that walks over one pass of n indices in batches of 1,024."""
    command = [sys.executable, "-m", "bench.memory", side, str(n)]
    return int(subprocess.run(command, check=True, capture_output=True, text=True).stdout)


def _walk(side: str, n: int) -> None:
    import torch.utils.data

    import fastsamplers

    module = {"torch": torch.utils.data, "fastsamplers": fastsamplers}.get(side)
    # Both sides, and the baseline, load and use the same code.
    for _ in fastsamplers.BatchSampler(fastsamplers.RandomSampler(range(10_000)), 1024, False):
        pass
    if module is not None:
        for _ in module.BatchSampler(module.RandomSampler(range(n)), 1024, False):
            pass


if __name__ == "__main__":
    _walk(sys.argv[1], int(sys.argv[2]))
    print(memory.peak())
