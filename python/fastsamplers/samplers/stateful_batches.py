"""Batches of samplers whose iterators have a state, where the kernels do not serve."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from typing import Any, NamedTuple

import torch

from fastsamplers import _core, _torch
from fastsamplers.samplers.places import Place
from fastsamplers.samplers.replay import generator_of


class _Begun(NamedTuple):
    """A batch that is being read."""

    number: int
    place: Place


class StatefulBatches(_core.StepIterator):
    """Batches of a sampler whose iterator has a state, which is theirs: no item is read ahead.

    Like torch's generator it asks for that iterator at the first batch, looks at batch_size once
    with drop_last, otherwise at each batch, and an error ends it.
    """

    def __init__(self, sampler: Any, batches: Any, convert: Callable[[Any], Any] | None) -> None:
        self._sampler = sampler
        self._items: Any = None
        self._generator = generator_of(sampler)
        # How it stood when the sampler was asked for its iterator, which may draw.
        self._before: torch.Tensor | None = None
        self._batches = batches
        self._convert = convert
        self._drops_last: bool | None = None  # not looked at yet
        self._size = 0
        self._has_ended = False
        self._begun: _Begun | None = None  # of the last step

    def _step(self) -> Any:
        if self._begun is not None and self._begun.number == self._given:
            raise StopIteration  # the last step has given nothing
        if self._items is None:
            self._begin()
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

    def _begin(self) -> None:
        if self._before is not None:
            raise StopIteration  # it has been asked already, and failed
        self._before = _torch.state_of(self._generator)
        if self._items is None:  # a signal handler may have asked for a state
            self._items = iter(self._sampler)

    def state_dict(self) -> dict[str, Any]:
        """The state of the items, after the last batch that has been given."""
        if self._items is None:
            return self._state_before_items()
        begun = self._begun
        if begun is not None and begun.number == self._given and not self._has_ended:
            return begun.place.state()
        state: dict[str, Any] = self._items.state_dict()
        return state

    def _state_before_items(self) -> dict[str, Any]:
        """The state where the sampler has not been asked for its iterator, or is being asked.

        It is asked for another one; the generator stays where it is.
        """
        stood = _torch.state_of(self._generator)
        before = stood if self._before is None else self._before
        try:
            _torch.put_state(self._generator, before)
            items: Any = iter(self._sampler)
            state: dict[str, Any] = items.state_dict()
            has_drawn = not torch.equal(before, _torch.state_of(self._generator))
        finally:
            _torch.put_state(self._generator, stood)
        if self._before is None and not has_drawn:
            self._items = items  # which may have drawn from elsewhere, once for all
        return state

    def load_state_dict(self, state: object) -> None:
        """Goes on where the items of ``state`` were; ValueError for one that does not fit."""
        self._exclusively(self._load, state)

    def _load(self, state: object) -> None:
        items = self._items
        stood = _torch.state_of(self._generator)
        try:
            if items is None:
                items = iter(self._sampler)
            items.load_state_dict(state)
        except BaseException:
            if self._items is None:
                _torch.put_state(self._generator, stood)
            raise
        self._items = items
        self._has_ended = False
        self._begun = None
