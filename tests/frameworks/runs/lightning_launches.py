"""The run under Lightning's DDP strategy, which is launched once for all test files."""

from __future__ import annotations

import functools
import tempfile
from collections.abc import Callable
from typing import Any

from tests.frameworks.runs.lightning_ddp_batches import RESUMED_N, even_loader
from tests.frameworks.runs.lightning_loaders import BATCH
from tests.frameworks.runs.lightning_resume import gone_on

WORLD = 2
# Batches of one process, before the checkpoint that two processes go on from.
GIVEN_BY_ONE = 4
assert RESUMED_N % (WORLD * BATCH) == 0


@functools.cache
def _outcome(launch: Callable[..., list[Any]]) -> list[Any] | BaseException:
    try:
        with tempfile.TemporaryDirectory() as folder:
            alone = gone_on(
                lambda trainer: even_loader(num_replicas=1, rank=0), folder, GIVEN_BY_ONE
            )
            return [*launch("lightning_ddp", WORLD, folder), alone]
    except Exception as error:  # a run that has failed is not launched again by the next test
        return error


def launched(launch: Callable[..., list[Any]]) -> list[Any]:
    """What each rank found, and what the process found that had left a checkpoint."""
    outcome = _outcome(launch)
    if isinstance(outcome, BaseException):
        raise outcome
    return outcome


def of_ranks(launch: Callable[..., list[Any]], *keys: str) -> list[Any]:
    """What each rank found of a subject."""
    found = launched(launch)[:WORLD]
    for key in keys:
        found = [rank[key] for rank in found]
    return found


def joined(batches: list[list[int]]) -> list[int]:
    """The indices of batches."""
    return [index for batch in batches for index in batch]


def cut(indices: list[int], size: int = BATCH) -> list[list[int]]:
    """Batches of so many indices."""
    return [indices[start : start + size] for start in range(0, len(indices), size)]
