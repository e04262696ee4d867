"""One rank's share of the items of any sampler, read in rounds of one item for each rank."""

from __future__ import annotations

import copy
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

from fastsamplers import _core
from fastsamplers._state import VERSION, State
from fastsamplers.samplers.batch import BatchSampler
from fastsamplers.samplers.places import Place, put_off
from fastsamplers.samplers.planned_pass import PlannedPass
from fastsamplers.samplers.replay import ReplayIterator
from fastsamplers.samplers.replayed import Replayed, Unread
from fastsamplers.samplers.share import Interleaved
from fastsamplers.samplers.stream import StreamSampler

if TYPE_CHECKING:
    from fastsamplers.samplers.wrapper import DistributedSamplerWrapper

_END = object()
# Of a number in a state: what is beyond 2**63 is beyond any sampler.
_MOST_DIGITS = 19


class _Begun(NamedTuple):
    """Where a round began."""

    number: int  # of items that had been given before it
    place: Place
    left_out: int  # items from there on
    in_head: int


class RoundsIterator(_core.StepIterator):
    """Reads the items of any sampler in rounds of one for each rank, and keeps its own.

    After each round all ranks stand at the same place of the sampler, whose iterator's state is
    this one's. What was sought and is not read yet is told beside it, in items: the sampler's own
    place may be counted in anything. A round that an error has cut short is read again: an item may
    be lost where a signal handler raises.

    A sampler of others is asked for its iterator at the first item: some draw all of a pass then,
    and a state before it is one of nothing drawn.
    """

    def __init__(self, wrapper: DistributedSamplerWrapper) -> None:
        self._wrapper = wrapper
        self._rank = wrapper.rank
        self._num_replicas = wrapper.num_replicas
        self._pads = wrapper.padding == "repeat"
        self._sampler = wrapper.sampler
        self._unread: Unread | None = None
        self._items: Any = None  # until there are some
        if isinstance(self._sampler, StreamSampler | BatchSampler):
            self._items = iter(Replayed(self._sampler))
        else:
            self._unread = Unread(self._sampler)
        self._head: list[Any] = []
        self._left_out: int | None = None  # items before the first; None: what is sought, then
        self._begun: _Begun | None = None  # of the last step
        self._has_ended = False

    def _step(self) -> Any:
        if self._has_ended:
            raise StopIteration
        if self._items is None:
            assert self._unread is not None
            self._items = self._unread.begin()
        if self._is_cut_short():
            self._go_back()
        else:
            place = Place.of(self._items)
            self._begun = _Begun(self._given, place, self._coming(), len(self._head))
        if self._left_out is None:
            self._left_out = self._wrapper._take_left_out()
        return self._own(self._read_round())

    def _is_cut_short(self) -> bool:
        """Whether the last round that was begun has not been given."""
        begun = self._begun
        return begun is not None and begun.number == self._given and not self._has_ended

    def _go_back(self) -> None:
        """To where the round began that an error has cut short."""
        assert self._begun is not None
        self._items.load_state_dict(self._begun.place.state())
        self._left_out = self._begun.left_out
        del self._head[self._begun.in_head :]

    def _coming(self) -> int:
        """Items that are left out before the next one."""
        if self._left_out is None:
            return self._wrapper._coming_left_out()
        return self._left_out

    def _read_round(self) -> list[Any]:
        """The items of all ranks; fewer at the end."""
        assert self._left_out is not None
        items: list[Any] = []
        while self._left_out > 0 or len(items) < self._num_replicas:
            item = next(self._items, _END)
            if item is _END:
                self._left_out = 0
                break
            if len(self._head) < self._num_replicas:
                self._head.append(copy.copy(item))
            if self._left_out > 0:
                self._left_out -= 1
            else:
                items.append(item)
        return items

    def _own(self, items: list[Any]) -> Any:
        if self._rank < len(items):
            return items[self._rank]
        if not (items and self._pads):
            self._has_ended = True
            raise StopIteration
        head = self._head or items
        return copy.copy(head[(self._rank - len(items)) % len(head)])

    def state_dict(self) -> dict[str, Any]:
        """The state of the sampler's iterator, which all ranks have read as far.

        ``left_out``, where it is there, are the items from there on that are not given either; of
        a wrapper over a wrapper both have theirs, the outer one first.
        """
        if self._items is None:
            assert self._unread is not None
            state, left_out = self._unread.state_dict(), self._coming()
        elif self._is_cut_short():
            assert self._begun is not None
            state, left_out = self._begun.place.state(), self._begun.left_out
        else:
            state = self._items.state_dict()
            left_out = self._coming()
        if not left_out:
            return state
        within = f",{state['left_out']}" if "left_out" in state else ""
        return {**state, "left_out": f"{left_out}{within}"}

    def load_state_dict(self, state: object) -> None:
        """Goes on where all ranks together were; ValueError for a state that does not fit."""
        self._exclusively(self._load, state)

    def _load(self, state: object) -> None:
        left_out, state = _without_left_out(state)
        if self._unread is not None and self._unread.is_state_of_unread(state):
            self._unread.load_state_dict(state)
            self._items, self._head = None, []
        else:
            self._load_items(state)
        self._left_out = left_out
        self._begun = None
        self._has_ended = False
        self._wrapper._take_left_out()

    def put_off(self) -> None:
        """The next pass of the wrapper will be this one, of which nothing has been read."""
        self._wrapper._put_off(Interleaved(self._coming()), 0)
        put_off(self._items)

    def _load_items(self, state: object) -> None:
        present: Any = self._unread if self._items is None else self._items
        before = Place.of(present)
        if self._items is None:
            assert self._unread is not None
            items = self._unread.opened_at(state)
        else:
            items = self._items
            items.load_state_dict(state)
        source = getattr(items, "_source", items)
        head: list[Any] = []  # where it is out of sight: pads with what comes next
        if isinstance(source, ReplayIterator | PlannedPass):
            try:
                head = source.head(self._num_replicas)
            except BaseException:
                present.load_state_dict(before.state())
                raise
        self._items, self._head = items, head


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
