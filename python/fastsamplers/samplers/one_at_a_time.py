"""Iterators that several threads may share: one of them at a time is inside."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any, TypeVar

_Result = TypeVar("_Result")


def one_at_a_time(step: Callable[..., _Result]) -> Callable[..., _Result]:
    """A method that refuses who comes while somebody else is inside, as a generator does."""

    @functools.wraps(step)
    def guarded(self: Any, *arguments: Any) -> _Result:
        if not self._turn.acquire(blocking=False):
            raise ValueError("generator already executing")
        try:
            return step(self, *arguments)
        finally:
            self._turn.release()

    return guarded
