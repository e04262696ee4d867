"""The run of the Trainer in two processes, which is launched once for all test files."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any


@functools.cache
def _outcome(launch: Callable[..., list[Any]]) -> list[Any] | Exception:
    try:
        return launch("trainer_processes", 2)
    except Exception as error:  # a run that has failed is not launched again by the next test
        return error


def of_ranks(launch: Callable[..., list[Any]], *keys: str) -> list[Any]:
    """What each rank found of a subject."""
    found = _outcome(launch)
    if isinstance(found, Exception):
        raise found
    for key in keys:
        found = [rank[key] for rank in found]
    return found


def joined(*shares: list[list[int]]) -> list[int]:
    """The indices of the batches of several ranks."""
    return [index for share in shares for batch in share for index in batch]


def halves(found: list[Any]) -> list[list[list[list[int]]]]:
    """For each of two epochs, what each rank saw; the ranks have equal steps."""
    (steps,) = {len(rank["seen"]) for rank in found}
    assert steps % 2 == 0
    epochs = slice(0, steps // 2), slice(steps // 2, steps)
    return [[rank["seen"][epoch] for rank in found] for epoch in epochs]
