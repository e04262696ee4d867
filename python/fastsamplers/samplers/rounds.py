"""One rank's share of the items of any sampler, read in rounds of one item for each rank."""

from __future__ import annotations

import copy
import threading
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from fastsamplers._state import VERSION, State
from fastsamplers.samplers.one_at_a_time import one_at_a_time
from fastsamplers.samplers.places import Place
from fastsamplers.samplers.planned_pass import PlannedPass
from fastsamplers.samplers.replay import ArrayIterator, Replayed, ReplayIterator

if TYPE_CHECKING:
    from fastsamplers.samplers.wrapper import DistributedSamplerWrapper

_END = object()
# Of a number in a state: what is beyond 2**63 is beyond any sampler.
_MOST_DIGITS = 19


class RoundsIterator:
    """Reads the items of any sampler in rounds of one for each rank, and keeps its own.

    After each round all ranks stand at the same place of the sampler, whose iterator's state is
    this one's. What was sought and is not read yet is told beside it, in items: the sampler's own
    place may be counted in anything.
    """

    def __init__(self, wrapper: DistributedSamplerWrapper) -> None:
        self._turn = threading.Lock()
        self._wrapper = wrapper
        self._rank = wrapper.rank
        self._num_replicas = wrapper.num_replicas
        self._pads = wrapper.padding == "repeat"
        self._items: Any = iter(Replayed(wrapper.sampler))
        self._head: list[Any] | None = []
        self._left_out: int | None = None  # items before the first; None: what is sought, then
        self._round: list[Any] = []
        # Where the round that is being read began, and what was left out from there on.
        self._begun: tuple[Place, int] | None = None

    def __iter__(self) -> RoundsIterator:
        return self

    @one_at_a_time
    def __next__(self) -> Any:
        if self._begun is None:
            self._begun = Place.of(self._items), self._coming()
            if self._left_out is None:
                self._left_out = self._wrapper._take_start() * self._num_replicas
        self._read_round()
        items, self._round = self._round, []
        self._begun = None
        return self._own(items)

    def _coming(self) -> int:
        """Items that are left out before the next one."""
        if self._left_out is None:
            return self._wrapper._start * self._num_replicas
        return self._left_out

    def _read_round(self) -> None:
        """Item by item, so that a round that an error has cut short can go on."""
        assert self._left_out is not None
        while self._left_out > 0 or len(self._round) < self._num_replicas:
            item = next(self._items, _END)
            if item is _END:
                self._left_out = 0
                break
            if self._head is not None and len(self._head) < self._num_replicas:
                self._head.append(copy.copy(item))
            if self._left_out > 0:
                self._left_out -= 1
            else:
                self._round.append(item)

    def _own(self, items: list[Any]) -> Any:
        if self._rank < len(items):
            return items[self._rank]
        if not (items and self._pads):
            raise StopIteration
        head = self._head or items
        return copy.copy(head[(self._rank - len(items)) % len(head)])

    def state_dict(self) -> dict[str, Any]:
        """The state of the sampler's iterator, which all ranks have read as far.

        ``left_out``, where it is there, are the items from there on that are not given either; of
        a wrapper over a wrapper both have theirs, the outer one first.
        """
        begun = self._begun
        if begun is None:
            state: dict[str, Any] = self._items.state_dict()
            left_out = self._coming()
        else:  # of this round nothing has been given
            state, left_out = begun[0].state(), begun[1]
        if not left_out:
            return state
        within = f",{state['left_out']}" if "left_out" in state else ""
        return {**state, "left_out": f"{left_out}{within}"}

    @one_at_a_time
    def load_state_dict(self, state: object) -> None:
        """Goes on where all ranks together were; ValueError for a state that does not fit."""
        left_out, state = _without_left_out(state)
        self._items.load_state_dict(state)
        self._left_out = left_out
        self._round = []
        self._begun = None
        self._wrapper._start = 0
        source = getattr(self._items, "_source", self._items)
        if isinstance(source, ReplayIterator | ArrayIterator | PlannedPass):
            self._head = source.head(self._num_replicas)
        else:  # pads with what comes next: the first items are out of its sight
            self._head = []


def _without_left_out(state: object) -> tuple[int, object]:
    """What the wrapper's own part of a state says, and the state of what is wrapped."""
    if not isinstance(state, Mapping) or "left_out" not in state:
        return 0, state
    # That of an iterator of others need not have our version.
    text = State({"version": VERSION, **state}, has_left_out=True).text("left_out")
    own, comma, within = text.partition(",")
    is_number = own.isascii() and own.isdecimal() and len(own) <= _MOST_DIGITS
    if not is_number or (comma and not within):
        raise ValueError(
            f"left_out of the state should be numbers of items, comma by comma, but got "
            f"left_out={text!r}"
        )
    rest = {name: value for name, value in state.items() if name != "left_out"}
    return int(own), {**rest, "left_out": within} if within else rest
