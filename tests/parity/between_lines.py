"""What a signal handler may do between any two lines of Python, line by line."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from types import FrameType
from typing import Any


class Between:
    """Calls a function before the k-th line of Python that runs, and before no other."""

    def __init__(self, k: int, call: Callable[[], None]) -> None:
        self._left = k
        self._call = call

    @property
    def is_over(self) -> bool:
        return self._left < 0

    def _trace(self, frame: FrameType, event: str, argument: Any) -> Any:
        if event == "line":
            self._left -= 1
            if self._left == -1:
                self._call()
        return self._trace

    def read(self, iterator: Iterator[Any], got: list[Any]) -> None:
        """Extends ``got`` in C, where nothing lies between an item's coming and its place."""
        before = sys.gettrace()
        sys.settrace(self._trace)
        try:
            got.extend(iterator)
        finally:
            sys.settrace(before)


def read_and_ask(
    iterator: Iterator[Any], k: int, state_dict: Callable[[], Any]
) -> tuple[list[Any], list[tuple[int, Any]]]:
    """All items; and how many there were when a state was asked for before the k-th line, and it.

    None of the latter where there are fewer lines.
    """
    got: list[Any] = []
    states: list[tuple[int, Any]] = []
    Between(k, lambda: states.append((len(got), state_dict()))).read(iterator, got)
    return got, states
