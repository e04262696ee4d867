"""A pass over a sampler of others that has not been asked for its iterator, and its state."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import torch

from fastsamplers import _torch
from fastsamplers.samplers.replay import Replayed, ReplayIterator, generator_of


class Unread:
    """A pass of which nothing has been read, nor drawn: some samplers draw all of it at ``iter()``.

    Its state is that of a ``ReplayIterator`` before its first item.
    """

    def __init__(self, sampler: Any) -> None:
        self._sampler = sampler
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
            return iter(Replayed(self._sampler))
        except StopIteration as error:  # which would end the loop, as if there were no items
            raise RuntimeError("generator raised StopIteration") from error

    def state_dict(self) -> dict[str, Any]:
        """The state before the iterator was asked for, whether or not it has been."""
        state = self._replay().state_dict()
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
        present: str = self._replay().state_dict()["algorithm"]
        return algorithm == present and position == 0

    def load_state_dict(self, state: object) -> None:
        """Becomes the pass of such a state; ValueError for one that does not fit."""
        self._replay().load_state_dict(state)
        self._noted = None

    def opened_at(self, state: object) -> Any:
        """The iterator, where it stood when ``state`` was taken.

        ValueError for one that does not fit, and no generator has moved.
        """
        generator = generator_of(self._sampler)
        stood = _torch.state_of(generator)
        try:
            items = iter(Replayed(self._sampler))
            items.load_state_dict(state)  # type: ignore[attr-defined]
        except BaseException:
            _torch.put_state(generator, stood)
            raise
        return items

    def _replay(self) -> ReplayIterator:
        return ReplayIterator(self._sampler, lambda: iter(()))
