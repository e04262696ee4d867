"""What every sampler of indices here has in common: it is read through streams."""

from __future__ import annotations

import itertools
import operator
import sys
from collections.abc import Collection, Iterable, Iterator
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
import torch

from fastsamplers import _core, _threads, _validate

if TYPE_CHECKING:
    from fastsamplers._core import _BatchPlan


class StreamSampler:
    """Mixin before a torch sampler class: serves ``__iter__`` and ``blocks`` from streams.

    A subclass says what a pass is made of. When the streams are asked for is when torch's class
    would draw: a generator function draws at the first ``next()``, a plain method at ``iter()``.
    """

    def _pass_streams(self) -> Iterable[_core.IndexStream]:
        """The streams of one pass, one after another, drawn as they are asked for."""
        raise NotImplementedError

    def _pass_array_streams(self) -> Iterable[_core.IndexStream]:
        """The same pass where integers are needed; another one for subsets alone."""
        return self._pass_streams()

    def _pass_subset(self) -> StreamSampler | None:
        """``self``, if what is yielded is ``self.indices[i]`` for each index of the streams."""
        return None

    def _pass_is_served(self) -> bool:
        """Whether the kernels serve this configuration; otherwise torch's own code does."""
        return True

    def _repr_fields(self) -> dict[str, Any]:
        """What ``repr`` shows."""
        raise NotImplementedError

    def __iter__(self) -> Iterator[Any]:
        _threads.settle()
        if not self._pass_is_served():
            return super().__iter__()  # type: ignore[misc, no-any-return]
        return _core.IndexIterator(self._pass_streams(), self._pass_subset())

    def blocks(self, size: int = 65536) -> Iterator[npt.NDArray[np.int64]]:
        """Iterates over the same pass as int64 arrays of ``size`` indices, the last one shorter.

        Each array is the caller's: no later one overwrites it. Draws what a pass of ints draws, and
        when it does; with replacement from the user's generator, a whole block at a time.

        Raises:
            ValueError: ``size`` is not a positive int.
            TypeError: at the first block, if the indices are not integers.
        """
        _validate.positive_int("size", size)
        _threads.settle()
        if type(self).__iter__ is not StreamSampler.__iter__ or not self._pass_is_served():
            return _chunks(iter(self), size)
        size = min(size, sys.maxsize)
        plan: _BatchPlan = (self._pass_array_streams(), None, size, None, False, "numpy")
        return _core.BatchIterator(lambda: plan)

    def __repr__(self) -> str:
        try:
            given = self._repr_fields()
        except AttributeError:  # a subclass that has not called __init__
            return super().__repr__()
        fields = ", ".join(f"{name}={value!r}" for name, value in given.items())
        return f"{type(self).__name__}({fields})"


def is_read_through_streams(sampler: object) -> bool:
    """Whether reading ``sampler`` through its streams gives what iterating over it gives."""
    return (
        isinstance(sampler, StreamSampler)
        and type(sampler).__iter__ is StreamSampler.__iter__
        and sampler._pass_is_served()
    )


def length_of(source: object) -> int | str:
    """``len(source)`` for a repr, which must not fail whatever ``__len__`` does."""
    try:
        return len(source)  # type: ignore[arg-type]
    except Exception:
        return "unknown"


def _chunks(indices: Iterator[Any], size: int) -> Iterator[npt.NDArray[np.int64]]:
    while chunk := list(itertools.islice(indices, size)):
        yield integers(chunk)


def integers(values: Collection[Any]) -> npt.NDArray[np.int64]:
    """int64[len(values)] of a collection of integers; TypeError for anything else among them."""
    try:
        return np.fromiter(map(operator.index, values), dtype=np.int64, count=len(values))
    except TypeError:
        for value in values:
            if not isinstance(value, int | np.integer | torch.Tensor):
                raise TypeError(f"indices should be integers, but got {value!r}") from None
        raise
    except OverflowError:
        large = next(value for value in values if not -(2**63) <= operator.index(value) < 2**63)
        raise ValueError(f"indices should fit int64, but got {large!r}") from None
