"""The indices of any items as int64 arrays of one size: ``.blocks()``."""

from __future__ import annotations

import itertools
import operator
import sys
from collections.abc import Collection, Iterable
from typing import Any

import numpy as np
import numpy.typing as npt
import torch

from fastsamplers import _core

# Single indices that are collected before they become an array.
_MOST_AT_A_TIME = 65536
# Indices from which on a look at the memory that is left costs nothing beside them.
_LARGE = 1 << 16
_END = object()


class Blocks(_core.StepIterator):
    """Iterates over the indices of ``items`` in int64 arrays of ``size``, the last one shorter.

    Items are indices, batches of them (arrays, tensors, lists), or batches of bins; with ``fresh``
    int64 arrays that nobody else has. A block that does not fit into memory (MemoryError) comes
    when there is room; any other error is the end.
    """

    def __init__(self, items: Iterable[Any], size: int, *, fresh: bool = False) -> None:
        self._items = iter(items)
        self._is_fresh = fresh
        self._size = min(size, sys.maxsize)
        self._parts: list[npt.NDArray[np.int64]] = []
        self._count = 0  # indices in these
        self._item: Any = _END  # that is no part yet
        self._has_ended = False

    def _step(self) -> npt.NDArray[np.int64]:
        if self._has_ended:
            raise StopIteration
        self._has_ended = True  # as an error ends a generator, wherever it comes
        try:
            block, left = self._read()
        except MemoryError:
            # Lost is only what a list of single items has taken.
            self._has_ended = self._item is not _END and not (
                self._is_fresh or is_batch(self._item)
            )
            raise
        if len(block) == 0:
            raise StopIteration
        self._parts = left
        self._count -= len(block)
        self._has_ended = False
        return block

    def _read(self) -> tuple[npt.NDArray[np.int64], list[npt.NDArray[np.int64]]]:
        """The next block, and what of the parts is left; nothing of them is lost before."""
        while self._count < self._size:
            if self._item is _END:
                self._item = next(self._items, _END)
            if self._item is _END:
                break
            part = self._part(self._item)
            if len(part) > 0:
                self._parts.append(part)
                self._count += len(part)
            self._item = _END
        if self._count > 0:
            first = self._parts[0]
            if len(first) == min(self._count, self._size) and first.base is None:
                return first, self._parts[1:]
        return self._joined()

    def _part(self, item: Any) -> npt.NDArray[np.int64]:
        if self._is_fresh:
            part: npt.NDArray[np.int64] = item
            return part
        if is_batch(item):
            return flat(item)
        most = min(self._size - self._count, _MOST_AT_A_TIME)
        return integers([item, *itertools.islice(self._items, most - 1)])

    def _joined(self) -> tuple[npt.NDArray[np.int64], list[npt.NDArray[np.int64]]]:
        """A block of memory of its own, and what of the parts is left."""
        size = min(self._count, self._size)
        _core.require_memory(8 * size, f"a block of {size} indices", "smaller blocks need less")
        block = np.empty(size, np.int64)
        place = 0
        left = []
        for part in self._parts:
            head = part[: size - place]
            block[place : place + len(head)] = head
            place += len(head)
            if len(head) < len(part):
                left.append(part[len(head) :])
        return block, left


def is_batch(item: Any) -> bool:
    """Whether an item has indices in it, and is none itself."""
    if isinstance(item, np.ndarray | torch.Tensor):
        return item.ndim > 0
    return isinstance(item, list | tuple)


def flat(batch: Any) -> npt.NDArray[np.int64]:
    """The indices of a batch, or of its bins."""
    if len(batch) > 0 and is_batch(batch[0]):
        return integers([index for part in batch for index in part])
    return integers(batch)


def integers(values: Collection[Any]) -> npt.NDArray[np.int64]:
    """int64[len(values)] of a collection of integers; TypeError for anything else among them."""
    if len(values) >= _LARGE:
        what = f"an array of {len(values)} indices"
        _core.require_memory(8 * len(values), what, "smaller batches or blocks need less")
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
