"""The runs under DistributedDataParallel, of which each is launched once for all test files."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

WORLDS = (2, 3, 4)


@functools.cache
def launched(launch: Callable[..., list[Any]], processes: int) -> list[Any]:
    """What each rank of a run found; 2 and 3 processes resume what 4 have left."""
    left = () if processes == 4 else (launched(launch, 4)[0]["folder"],)
    return launch("ddp_samplers", processes, *left)


def of_ranks(
    launch: Callable[..., list[Any]], processes: int, subject: str, *keys: str
) -> list[Any]:
    """What each rank found of a subject."""
    found = [rank[subject] for rank in launched(launch, processes)]
    for key in keys:
        found = [rank[key] for rank in found]
    return found


def dealt(items: list[Any], rank: int, world: int) -> list[Any]:
    """torch's rule for one rank's share: padded from the head, then every world-th."""
    short = -len(items) % world
    return (items + (items * (short // len(items) + 1))[:short])[rank::world]


def cut(indices: list[Any], size: int) -> list[list[Any]]:
    """Batches of so many indices."""
    return [indices[start : start + size] for start in range(0, len(indices), size)]


def joined(batches: list[list[int]]) -> list[int]:
    """The indices of batches."""
    return [index for batch in batches for index in batch]
