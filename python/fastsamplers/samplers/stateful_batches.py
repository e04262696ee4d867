"""Batches of iterators that have a state, where the kernels do not serve."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from typing import Any, NamedTuple

from fastsamplers import _core
from fastsamplers.samplers.places import Place, put_off


class _Begun(NamedTuple):
    """A batch that is being read."""

    number: int
    place: Place


class StatefulBatches(_core.StepIterator):
    """Batches of an iterator that has a state, which is theirs: no item is read ahead.

    Like torch's generator it looks at batch_size once with drop_last, otherwise at each batch, and
    an error ends it.
    """

    def __init__(self, items: Any, batches: Any, convert: Callable[[Any], Any] | None) -> None:
        self._items = items
        self._batches = batches
        self._convert = convert
        self._drops_last: bool | None = None  # not looked at yet
        self._size = 0
        self._has_ended = False
        self._begun: _Begun | None = None  # of the last step

    def _step(self) -> Any:
        if self._begun is not None and self._begun.number == self._given:
            raise StopIteration  # the last step has given nothing
        self._begun = _Begun(self._given, Place.of(self._items))
        if self._drops_last is None:
            self._drops_last = self._batches.drop_last
            self._size = self._batches.batch_size
        elif not self._drops_last:
            self._size = self._batches.batch_size
        batch = list(itertools.islice(self._items, self._size))
        if not batch or (self._drops_last and len(batch) < self._size):
            self._has_ended = True
            raise StopIteration
        return batch if self._convert is None else self._convert(batch)

    def state_dict(self) -> dict[str, Any]:
        """The state of the items, after the last batch that has been given."""
        begun = self._begun
        if begun is not None and begun.number == self._given and not self._has_ended:
            return begun.place.state()
        state: dict[str, Any] = self._items.state_dict()
        return state

    def put_off(self) -> None:
        """The next pass will be this one, of which nothing has been read."""
        put_off(self._items)

    def load_state_dict(self, state: object) -> None:
        """Goes on where the items of ``state`` were; ValueError for one that does not fit."""
        self._exclusively(self._load, state)

    def _load(self, state: object) -> None:
        self._items.load_state_dict(state)
        self._has_ended = False
        self._begun = None
