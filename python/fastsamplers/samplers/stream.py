"""What every sampler of indices here has in common: it is read through streams."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any, TypeGuard

import numpy as np
import numpy.typing as npt

from fastsamplers import _core, _threads, _validate
from fastsamplers.samplers.blocks import Blocks
from fastsamplers.samplers.replay import ReplayIterator
from fastsamplers.samplers.sampler_pass import Pass

if TYPE_CHECKING:
    from fastsamplers._core import _BatchPlan
    from fastsamplers._state import State


class StreamSampler:
    """Mixin before a torch sampler class: passes are read through streams and can be resumed.

    A subclass says what a pass is made of. What a pass draws, and when, is torch's: streams are
    made one after another, as they are asked for.
    """

    # Items that the next pass leaves out.
    _start = 0

    def _pass_streams(self, run: Pass) -> Iterable[_core.IndexStream]:
        """The streams of one pass from ``run.start`` on, drawn as they are asked for."""
        raise NotImplementedError

    def _pass_array_streams(self, run: Pass) -> Iterable[_core.IndexStream]:
        """The same pass where integers are needed; another one for subsets alone."""
        return self._pass_streams(run)

    def _pass_subset(self) -> StreamSampler | None:
        """``self``, if what is yielded is ``self.indices[i]`` for each index of the streams."""
        return None

    def _pass_is_served(self) -> bool:
        """Whether the kernels serve this configuration; otherwise torch's own code does."""
        return True

    def _new_pass(self, arrays: bool = False) -> Pass:
        """A pass for which nothing has been drawn."""
        return Pass(self, arrays)

    def _pass_at_iter(self, arrays: bool = False) -> Pass:
        """A pass as ``iter()`` leaves it."""
        run = self._new_pass(arrays)
        self._draw_at_iter(run)
        return run

    def _draw_at_iter(self, run: Pass) -> None:
        """Draws for a pass, in samplers that do so when ``iter()`` is called."""

    def _pass_length(self) -> int:
        """Items of a whole pass."""
        return len(self)  # type: ignore[arg-type]

    def _pass_draws(self) -> bool:
        """Whether a pass draws from the user's generator, or the global one."""
        return hasattr(self, "generator")

    def _pass_depends_on_draws(self) -> bool:
        """Whether the order is unknown before the first item."""
        return self._pass_draws()

    def _pass_draws_seed(self) -> bool:
        """Whether all that it draws there is one seed."""
        return False

    def _state_fields(self, run: Pass) -> dict[str, int | str]:
        """What a state must agree in: the algorithm, n, and what else decides the order."""
        raise NotImplementedError

    def _pass_fingerprint(self, run: Pass) -> str | None:
        """The same for content: a digest of it, as it was when the pass began."""
        return run.fingerprint

    def _check_fingerprint(self, given: State) -> None:
        """Refuses the state of a pass over other content."""

    def _repr_fields(self) -> dict[str, Any]:
        """What ``repr`` shows."""
        raise NotImplementedError

    def __iter__(self) -> Iterator[Any]:
        _threads.settle()
        if not self._pass_is_served():
            return self._other_iterator()
        return _core.IndexIterator(self._pass_at_iter(), self._pass_subset())

    def _other_iterator(self) -> Iterator[Any]:
        """What iterates where the kernels do not serve: torch's own code."""
        return ReplayIterator(self, super().__iter__)  # type: ignore[misc]

    def seek(self, position: int) -> None:
        """The next pass starts at ``position`` of the pass it would have been.

        It draws what it would have drawn; the passes after it are whole.

        Args:
            position (int): items to leave out, in [0, length of a pass]; 0 takes it back.

        Raises:
            TypeError, ValueError: ``position`` is no such int; nothing has changed.

        O(1) now. The first index then waits for the words in between (about 0.1 ns each) where
        indices are drawn independently, for the steps of the shuffle (1-20 ns each) where a
        permutation is drawn, and for nothing in all other orders.
        """
        self._start = _validate.position(position, self._pass_length())

    def _take_start(self) -> int:
        start = self._start
        if start:
            self._start = 0
        return start

    def blocks(self, size: int = 65536) -> Iterator[npt.NDArray[np.int64]]:
        """Iterates over the same pass as int64 arrays of ``size`` indices, the last one shorter.

        Each array is the caller's: no later one overwrites it. Draws what a pass of ints draws, and
        when it does; with replacement from the user's generator, a whole block at a time.

        Raises:
            ValueError: ``size`` is not a positive int.
            TypeError: at the first block, if the indices are not integers.
            MemoryError: at a block that does not fit; it comes when there is room.
        """
        _validate.positive_int("size", size)
        _threads.settle()
        if type(self).__iter__ is not StreamSampler.__iter__ or not self._pass_is_served():
            return Blocks(self, size)
        size = min(size, sys.maxsize)
        plan: _BatchPlan = (self._pass_at_iter(arrays=True), None, size, None, False, "numpy")
        return _core.BatchIterator(lambda: plan)

    def __repr__(self) -> str:
        try:
            given = self._repr_fields()
        except AttributeError:  # a subclass that has not called __init__
            return super().__repr__()
        fields = ", ".join(f"{name}={value!r}" for name, value in given.items())
        return f"{type(self).__name__}({fields})"


def iterates_with_state(sampler: object) -> TypeGuard[StreamSampler]:
    """Whether ``iter(sampler)`` is what this package makes of it, served by the kernels or not."""
    return isinstance(sampler, StreamSampler) and type(sampler).__iter__ is StreamSampler.__iter__


def is_read_through_streams(sampler: object) -> TypeGuard[StreamSampler]:
    """Whether reading ``sampler`` through its streams gives what iterating over it gives."""
    return iterates_with_state(sampler) and sampler._pass_is_served()


def length_of(source: object) -> int | str:
    """``len(source)`` for a repr, which must not fail whatever ``__len__`` does."""
    try:
        return len(source)  # type: ignore[arg-type]
    except Exception:
        return "unknown"
