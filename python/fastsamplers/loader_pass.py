"""One pass of a DataLoader: what has been sent to be fetched, and what the loop has been given."""

from __future__ import annotations

import collections
import contextlib
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any, NamedTuple

import torch
from torch.utils.data.dataloader import (
    _BaseDataLoaderIter,
    _MultiProcessingDataLoaderIter,
    _SingleProcessDataLoaderIter,
)

from fastsamplers import _core, _torch
from fastsamplers._state import VERSION
from fastsamplers.samplers.places import source_of
from fastsamplers.samplers.replay import ReplayIterator, generator_of
from fastsamplers.samplers.replayed import Replayed

if TYPE_CHECKING:
    from fastsamplers.loader import DataLoader


class _Task(NamedTuple):
    """A batch on its way."""

    number: int  # of the task, as torch counts
    ordinal: int  # of the batch, among those that the sampler has given since it was opened
    mark: Any  # what the sampler's state after this batch can be made of


class LoaderPass:
    """What is known of a pass beside torch's iterator, which it outlives.

    A state belongs to the last batch before which all others have been given as well. Those that
    were given before their turn (``in_order=False``) are told by their distance from it.
    """

    def __init__(
        self,
        sampler_iter: Any,
        base_seed: int | None,
        received: int = 0,
        early: frozenset[int] = frozenset(),
    ) -> None:
        self._sampler_iter = sampler_iter
        # Whether the loader's own draw came after one of the sampler, whose state is before it.
        is_ours = isinstance(sampler_iter, _core.IndexIterator)
        self._draws_after_sampler = is_ours and sampler_iter._source.is_drawn_at_iter
        self._base_seed = base_seed
        self._received = received
        self._early = early
        self._given_early: set[int] = set()
        self._has_ended = False
        self._has_failed = False  # in the sampler: what comes then is not the end of the pass
        self._sent = 0
        self._taken = 0
        self._tasks: collections.deque[_Task] = collections.deque()
        self._last = _Task(-1, 0, 0)
        # What makes states of marks, once there is one; the iterator itself may hold much memory.
        self._source: Any = None

    def take(self, sampler_iter: Any) -> Any:
        """The next batch of indices to be fetched."""
        if self._sampler_iter is not None:
            self._source = source_of(sampler_iter)
            if self._source is None:
                self._last = self._last._replace(mark=sampler_iter.state_dict())
            elif isinstance(self._source, ReplayIterator):
                self._last = self._last._replace(mark=self._source.position)
            self._sampler_iter = None
        while True:
            try:
                index = next(sampler_iter)
            except StopIteration:
                raise
            except BaseException:
                self._has_failed = True
                raise
            self._taken += 1
            if self._taken not in self._early:
                break
        if self._source is None:
            mark = sampler_iter.state_dict()
        elif isinstance(self._source, ReplayIterator):
            mark = self._source.position
        else:
            mark = sampler_iter._position
        self._tasks.append(_Task(self._sent, self._taken, mark))
        self._sent += 1
        return index

    def sent(self) -> int:
        """How many batches have been sent to be fetched."""
        return self._sent

    def gave(self, received: int, missing: set[int] | None = None) -> None:
        """The loop has been given a batch, and with it all before task ``received``.

        Or all that have been sent but those ``missing``.
        """
        given_early = self._given_early
        if missing is not None:
            received = min(missing, default=self._sent)
            given_early = {
                task.ordinal
                for task in self._tasks
                if task.number > received and task.number not in missing
            }
        last = self._last
        while self._tasks and self._tasks[0].number < received:
            last = self._tasks.popleft()
        # At once: a signal handler may ask for a state.
        self._received, self._last, self._given_early = self._received + 1, last, given_early

    def end(self, sampler_iter: Any) -> None:
        """The loop has ended, and so has the sampler."""
        if self._has_failed:
            return
        self._has_ended = True
        if self._source is None:
            self._last = self._last._replace(mark=sampler_iter.state_dict())
            self._sampler_iter = None

    def state_dict(self, loader: DataLoader) -> dict[str, Any]:
        """The state of the loader."""
        state: dict[str, Any] = {"version": VERSION, "received": self._received}
        if self._has_ended:
            state["ended"] = 1
        elif self._base_seed is None:
            state["begun"] = 0
        if self._base_seed is not None and (loader.persistent_workers or not self._has_ended):
            state["base_seed"] = self._base_seed  # which workers that go on keep
        last = self._last.ordinal
        early = sorted(n - last for n in self._early | self._given_early if n > last)
        if early and not self._has_ended:
            state["early"] = ",".join(map(str, early))
        state["sampler"] = self._sampler_state()
        if has_another_generator(loader):
            state["generator"] = _torch.state_of(loader.generator)
        elif self._base_seed is not None and self._draws_after_sampler:
            state["stood"] = _torch.state_of(loader.generator)
        return state

    def _sampler_state(self) -> dict[str, Any]:
        if isinstance(self._sampler_iter, Replayed):
            return self._sampler_iter.state_between()
        if self._sampler_iter is not None:  # nothing has been read
            state = self._sampler_iter.state_dict()
        elif isinstance(self._source, ReplayIterator):
            return self._source.state_of_loop(self._last.mark, self._has_ended)
        elif self._source is None:
            state = self._last.mark
        else:
            return self._source.state_dict(self._last.mark, self._has_ended)  # type: ignore[no-any-return]
        return {**state, "ended": 1} if self._has_ended else state


class _Counting(_BaseDataLoaderIter):
    """Between torch's iterators and their base: counts, and takes up what is resumed."""

    def __init__(self, loader: DataLoader) -> None:
        resumed = loader._resumed
        with generators_kept(loader, resumed is not None):
            super().__init__(loader)
        if resumed is not None:
            self._base_seed = resumed.base_seed
            if self._num_workers == 0 and not resumed.has_rest:  # others do it at their _reset
                self._sampler_iter = iter(self._index_sampler)
        self._open(loader)

    def _reset(self, loader: DataLoader, first_iter: bool = False) -> None:
        resumed = loader._resumed
        with generators_kept(loader, resumed is not None and resumed.has_rest):
            super()._reset(loader, first_iter)
        self._open(loader)

    def _open(self, loader: DataLoader) -> None:
        if loader._resumed is not None and loader._resumed.has_rest:
            self._sampler_iter, self._pass = loader._resumed.open()
        else:
            self._pass = LoaderPass(self._sampler_iter, int(self._base_seed))
        loader._present = self._pass

    def _next_index(self) -> Any:
        return self._pass.take(self._sampler_iter)

    def __next__(self) -> Any:
        try:
            data = super().__next__()
        except StopIteration:
            self._pass.end(self._sampler_iter)
            raise
        self._count()
        return data

    def _count(self) -> None:
        raise NotImplementedError


class SingleProcessIter(_SingleProcessDataLoaderIter, _Counting):
    """torch's iterator without workers."""

    def _count(self) -> None:
        self._pass.gave(self._pass.sent())


class MultiProcessingIter(_MultiProcessingDataLoaderIter, _Counting):
    """torch's iterator with workers."""

    def _count(self) -> None:
        self._pass.gave(self._rcvd_idx, None if self._in_order else set(self._task_info))


@contextlib.contextmanager
def generators_kept(loader: DataLoader, is_needed: bool = True) -> Iterator[None]:
    """Puts the generators that an ``iter()`` may draw from back to where they stood."""
    put_back = _present_states(loader, is_needed)
    try:
        yield
    finally:
        put_back()


@contextlib.contextmanager
def generators_put_back_on_error(loader: DataLoader) -> Iterator[None]:
    """The same where the block is left by an exception."""
    put_back = _present_states(loader, True)
    try:
        yield
    except BaseException:
        put_back()
        raise


def _present_states(loader: DataLoader, is_needed: bool) -> Callable[[], None]:
    """What puts the generators back to where they stand now."""
    generators: list[torch.Generator | None] = []
    if is_needed:
        generators = [None, loader.generator, generator_of(loader._index_sampler)]
    states = [_torch.state_of(generator) for generator in generators]

    def put_back() -> None:
        for generator, state in zip(generators, states, strict=True):
            _torch.put_state(generator, state)

    return put_back


def has_another_generator(loader: DataLoader) -> bool:
    """Whether the loader's generator is one of its own, which no state of the sampler holds."""
    generator = loader.generator
    return isinstance(generator, torch.Generator) and (
        generator is not generator_of(loader._index_sampler)
    )
