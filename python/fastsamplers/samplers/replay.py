"""Resuming what only Python iterates over: by doing it again up to where it was."""

from __future__ import annotations

import collections
import itertools
from collections.abc import Callable, Iterator
from typing import Any

import torch

from fastsamplers import _core, _torch
from fastsamplers._state import VERSION, State

_NOTHING = object()


class ReplayIterator(_core.StepIterator):
    """An iterator with a state, over code that is not ours and that keeps none.

    The state holds how the generator stood before the pass, and how many items have been handed
    out. Loading it starts a pass of its own from there and leaves these items out: the work of
    drawing them. What the code draws from other sources than that generator is not covered.

    An error ends it, as it ends a generator; but an item that has been read comes again, where only
    ``convert``, which all items go through, has failed, or a signal handler.
    """

    def __init__(
        self,
        owner: Any,
        make: Callable[[], Iterator[Any]],
        convert: Callable[[Any], Any] | None = None,
    ) -> None:
        self._owner = owner
        self._make = make
        self._convert = convert
        self._generator = generator_of(owner)
        self._before = _torch.state_of(self._generator)
        self._items = iter(make())
        # What has drawn now will not draw at the first item.
        self._has_drawn = not torch.equal(self._before, _torch.state_of(self._generator))
        self._has_begun = False
        self._has_ended = False
        self._is_loaded = False
        self._tried: int | None = None  # the number of items before that of the last step
        self._item: Any = _NOTHING  # which that step has read
        self._left_out = 0
        with_epoch = _epoch_of(owner)
        self._epoch = None if with_epoch is None else with_epoch[1]
        self._sought = 0  # by a sampler of ours within, once the pass has begun

    @property
    def position(self) -> int:
        """Items of the pass that have been read or left out, or will be before the first."""
        position = self._left_out + self._given
        return position if self._has_begun else position + self._coming_start()

    def _step(self) -> Any:
        if self._tried != self._given:
            self._item = _NOTHING
            self._tried = self._given
            if not self._has_begun:
                self._begin()
            item = next(self._items, _NOTHING)
            if item is _NOTHING:
                self._has_ended = True
            self._item = item
        if self._item is _NOTHING:
            raise StopIteration
        return self._item if self._convert is None else self._convert(self._item)

    def stateful_items(self) -> Iterator[Any] | None:
        """What is iterated over, if that has a state itself and nothing has been read."""
        items: Any = self._items
        has_state = hasattr(items, "state_dict") and hasattr(items, "load_state_dict")
        return items if has_state else None

    def _begin(self) -> None:
        before, epoch = self._before, self._epoch
        if not self._has_drawn:
            before = _torch.state_of(self._generator)
            with_epoch = _epoch_of(self._owner)
            epoch = None if with_epoch is None else with_epoch[1]
        within = _sought_within(self._owner)
        sought = 0 if within is None else within._start
        start = self._coming_start()
        # Nothing comes in between: a state is of a pass that has begun, or of one that has not.
        self._before, self._epoch, self._sought = before, epoch, sought
        self._left_out, self._has_begun = self._left_out + start, True
        if start:
            self._owner._start = 0
            collections.deque(itertools.islice(self._items, start), maxlen=0)

    def _coming_start(self) -> int:
        """Where the pass will begin: a loaded one where it was, any other where was sought."""
        start: int = 0 if self._is_loaded else getattr(self._owner, "_start", 0)
        return start

    def state_dict(self) -> dict[str, Any]:
        """How the generator stood before the pass, and how many items have been handed out."""
        state: dict[str, Any] = {"version": VERSION, **fields_of(self._owner)}
        if self._epoch is not None:
            state["epoch"] = self._epoch
        state["position"] = self.position
        within = None if self._has_begun else _sought_within(self._owner)
        sought = self._sought if within is None else within._start
        if sought:
            state["sought"] = sought
        if self._has_ended:
            state["ended"] = 1
        if self._has_ended or not (self._has_begun or self._has_drawn):
            state["generator"] = _torch.state_of(self._generator)
        else:
            state["generator"] = self._before.clone()
            if self._has_drawn:  # and others may have, between that and the first item
                state["stood"] = _torch.state_of(self._generator)
        return state

    def put_off(self) -> None:
        """The next pass of the owner will be this one, of which nothing has been read."""
        if hasattr(self._owner, "_start"):
            self._owner._start = self.position
        part = _seekable_within(self._owner)
        if part is not None and self._sought:
            part._start = self._sought

    def state_of_loop(self, position: int, ended: bool) -> dict[str, Any]:
        """The state of a loop that has been given ``position`` items, maybe fewer than were read.

        Where they are as many, the loop's own draws from the same generator are known, too.
        """
        state = self.state_dict()
        if not ended:
            state.pop("ended", None)
            if self._has_begun or self._has_drawn:
                state["generator"] = self._before.clone()
            # What draws at its first item has not drawn before it.
            if self._has_drawn or (self._has_begun and 0 < position == self.position):
                state["stood"] = _torch.state_of(self._generator)
        state["position"] = position
        return state

    def head(self, count: int) -> list[Any]:
        """The first items of the pass again; the generator stays where it is."""
        stood = _torch.state_of(self._generator)
        try:
            _torch.put_state(self._generator, self._before)
            items = list(itertools.islice(self._make(), count))
        finally:
            _torch.put_state(self._generator, stood)
        return items if self._convert is None else [self._convert(item) for item in items]

    def load_state_dict(self, state: object) -> None:
        """Goes on where the pass of ``state`` was; ValueError for one that does not fit."""
        self._exclusively(self._load, state)

    def _load(self, state: object) -> None:
        given = State(state)
        given.require(fields_of(self._owner))
        position = given.integer("position", 0, 2**63 - 1)
        has_ended = given.flag("ended")
        generator_state = _torch.checked_state(given.field("generator"), self._generator)
        stood = None
        if "stood" in given:
            stood = _torch.checked_state(given.field("stood"), self._generator, "stood")
        present = _torch.state_of(self._generator)
        has_drawn = False
        with_epoch = _epoch_of(self._owner)
        epoch = None
        if with_epoch is not None:
            epoch = given.integer("epoch", -(2**63), 2**64 - 1)
        sought = given.integer("sought", 1, 2**63 - 1) if "sought" in given else 0
        part = _seekable_within(self._owner)
        if sought and part is None:
            raise ValueError(
                "state should have no place that a sampler within has sought, but got "
                f"sought={sought}"
            )
        stood_at = 0 if part is None else part._start
        try:
            if part is not None:
                part._start = 0 if has_ended else sought
            if with_epoch is not None:
                with_epoch[0].set_epoch(epoch)
            _torch.put_state(self._generator, generator_state)
            items = iter(()) if has_ended else iter(self._make())
            has_drawn = not torch.equal(generator_state, _torch.state_of(self._generator))
            if not has_ended:
                left_out = sum(1 for _ in itertools.islice(items, position))
                if left_out < position:
                    raise ValueError(
                        f"position of the state should be in [0, {left_out}], as many items as "
                        f"there are, but got position={position}"
                    )
        except BaseException:
            _torch.put_state(self._generator, present)
            if part is not None:
                part._start = stood_at
            if with_epoch is not None:
                with_epoch[0].set_epoch(with_epoch[1])
            raise
        self._epoch = epoch
        if stood is not None:
            _torch.put_state(self._generator, stood)
        self._items = items
        self._before = generator_state
        self._has_drawn = has_drawn
        # Before its first item a pass draws from the generator as that will stand.
        self._has_begun = position > 0 or has_ended
        self._is_loaded = True
        self._has_ended = has_ended
        self._tried, self._item = None, _NOTHING
        self._left_out = position - self._given
        self._sought = sought
        if hasattr(self._owner, "_start"):
            self._owner._start = 0


def fields_of(owner: Any) -> dict[str, int | str]:
    """What a state must agree in."""
    kinds = " of ".join(type(part).__qualname__ for part in _chain(owner))
    fields: dict[str, int | str] = {"algorithm": f"replay of {kinds}"}
    for name in ("batch_size", "drop_last"):
        value = getattr(owner, name, None)
        if isinstance(value, int):
            fields[name] = int(value)
    try:
        fields["n"] = len(owner)
    except (TypeError, NotImplementedError):  # it has no end, or does not know it
        fields["n"] = -1
    return fields


def _chain(owner: Any) -> Iterator[Any]:
    """``owner``, its sampler, the sampler of that, and so on."""
    for _ in range(8):  # no more, lest it go in a circle
        yield owner
        owner = getattr(owner, "sampler", None)
        if owner is None:
            return


def _seekable_within(owner: Any) -> Any:
    """What within ``owner`` is a sampler of this package, whose next pass can begin elsewhere."""
    parts = itertools.islice(_chain(owner), 1, None)
    return next((part for part in parts if getattr(type(part), "_start", None) == 0), None)


def _sought_within(owner: Any) -> Any:
    """The same, if its next pass will begin elsewhere."""
    part = _seekable_within(owner)
    return part if part is not None and part._start else None


def _epoch_of(owner: Any) -> tuple[Any, int] | None:
    """What within ``owner`` has an epoch that can be set, and the epoch."""
    for part in _chain(owner):
        epoch = getattr(part, "epoch", None)
        if type(epoch) is int and hasattr(part, "set_epoch"):
            return part, epoch
    return None


def generator_of(owner: Any) -> torch.Generator | None:
    """The generator that iterating over ``owner`` uses, as far as it says so."""
    for part in _chain(owner):
        generator = getattr(part, "generator", None)
        if isinstance(generator, torch.Generator):
            return generator
    return None
