"""Batches of iterators that have a state, where the kernels do not serve."""

from __future__ import annotations

import itertools
import threading
from collections.abc import Callable
from typing import Any

from fastsamplers.samplers.one_at_a_time import one_at_a_time
from fastsamplers.samplers.places import Place


class StatefulBatches:
    """Batches of an iterator that has a state, which is theirs: no item is read ahead.

    Like torch's generator it looks at batch_size once with drop_last, otherwise at each batch, and
    an error ends it.
    """

    def __init__(self, items: Any, batches: Any, convert: Callable[[Any], Any] | None) -> None:
        self._turn = threading.Lock()
        self._items = items
        self._batches = batches
        self._convert = convert
        self._drops_last: bool | None = None  # not looked at yet
        self._size = 0
        self._has_ended = False
        self._place: Place | None = None  # of the batch that is being read

    def __iter__(self) -> StatefulBatches:
        return self

    @one_at_a_time
    def __next__(self) -> Any:
        if self._has_ended:
            raise StopIteration
        self._has_ended = True
        if self._drops_last is None:
            self._drops_last = self._batches.drop_last
            self._size = self._batches.batch_size
        elif not self._drops_last:
            self._size = self._batches.batch_size
        self._place = Place.of(self._items)
        batch = list(itertools.islice(self._items, self._size))
        self._place = None
        if not batch or (self._drops_last and len(batch) < self._size):
            raise StopIteration
        self._has_ended = False
        return batch if self._convert is None else self._convert(batch)

    def state_dict(self) -> dict[str, Any]:
        """The state of the items, at the last batch that was whole."""
        if self._place is not None:
            return self._place.state()
        state: dict[str, Any] = self._items.state_dict()
        return state

    @one_at_a_time
    def load_state_dict(self, state: object) -> None:
        """Goes on where the items of ``state`` were; ValueError for one that does not fit."""
        self._items.load_state_dict(state)
        self._has_ended = False
        self._place = None
