"""Samplers of others: their iterators with a state, and states where none has been asked for."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import torch

from fastsamplers import _torch
from fastsamplers._state import State
from fastsamplers.samplers.replay import ReplayIterator, fields_of, generator_of


class Replayed:
    """A sampler that is not ours, whose iterators have a state nevertheless."""

    def __init__(self, sampler: Any) -> None:
        self.sampler = sampler

    def __len__(self) -> int:
        return len(self.sampler)

    def __iter__(self) -> Iterator[Any]:
        replay = ReplayIterator(self.sampler, lambda: iter(self.sampler))
        return replay.stateful_items() or replay

    def unread(self) -> ReplayIterator:
        """What stands for an iterator that has not been asked for: some draw all of a pass then."""
        return ReplayIterator(self.sampler, lambda: iter(()))

    def state_between(self) -> dict[str, Any]:
        """The state where no pass is under way."""
        return self.unread().state_dict()

    def load_between(self, state: object) -> None:
        """Becomes what it was between two passes; ValueError for a state that does not fit."""
        algorithm = state.get("algorithm") if isinstance(state, Mapping) else None
        if not (isinstance(algorithm, str) and algorithm.startswith("replay of ")):
            # Of an iterator that has a state itself, which holds more than a generator's.
            items: Any = iter(self)
            items.load_state_dict(state)
            return
        given = State(state)
        start = 0
        if hasattr(self.sampler, "_start") and not given.flag("ended"):
            start = given.integer("position", 0, max(0, int(fields_of(self.sampler)["n"])))
            state = {**given.fields, "position": 0}
        self.unread().load_state_dict(state)
        if start:
            self.sampler._start = start


class Unread:
    """A pass over a sampler of others of which nothing has been read, nor drawn.

    Its state is that of a ``ReplayIterator`` before its first item.
    """

    def __init__(self, sampler: Any) -> None:
        self._sampler = Replayed(sampler)
        # The generator, and how it stood when the iterator was first asked for.
        self._noted: tuple[torch.Generator | None, torch.Tensor] | None = None

    def begin(self) -> Any:
        """The iterator, which has a state; after a failure it is asked for as it was then."""
        if self._noted is None:
            generator = generator_of(self._sampler)
            self._noted = generator, _torch.state_of(generator)
        else:
            _torch.put_state(*self._noted)
        try:
            return iter(self._sampler)
        except StopIteration as error:  # which would end the loop, as if there were no items
            raise RuntimeError("generator raised StopIteration") from error

    def state_dict(self) -> dict[str, Any]:
        """The state before the iterator was asked for, whether or not it has been."""
        state = self._sampler.state_between()
        if self._noted is not None:
            state["generator"] = self._noted[1].clone()
        return state

    def is_state_of_unread(self, state: object) -> bool:
        """Whether ``state`` says that nothing has been read or drawn of such a pass."""
        if not isinstance(state, Mapping) or "stood" in state or "ended" in state:
            return False
        algorithm, position = state.get("algorithm"), state.get("position")
        if type(algorithm) is not str or type(position) is not int:
            return False
        present: str = self._sampler.state_between()["algorithm"]
        return algorithm == present and position == 0

    def load_state_dict(self, state: object) -> None:
        """Becomes the pass of such a state; ValueError for one that does not fit."""
        self._sampler.unread().load_state_dict(state)
        self._noted = None

    def opened_at(self, state: object) -> Any:
        """The iterator, where it stood when ``state`` was taken.

        ValueError for one that does not fit, and no generator has moved.
        """
        generator = generator_of(self._sampler)
        stood = _torch.state_of(generator)
        try:
            items: Any = iter(self._sampler)
            items.load_state_dict(state)
        except BaseException:
            _torch.put_state(generator, stood)
            raise
        return items
