"""A permutation of any size that is computed place by place, not stored. Needs no torch."""

from __future__ import annotations

import operator
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any, overload

import numpy as np
import numpy.typing as npt

from fastsamplers import _core, _threads, _validate

if TYPE_CHECKING:
    import torch

    Integer = int | np.integer[Any]
    # Whatever NumPy makes an array of integers of.
    Integers = npt.NDArray[np.integer[Any]] | torch.Tensor | list[int]


_INT64 = 2**63


class IndexShuffle(Sequence[int]):
    """A random permutation of 0..n-1 by key: a sequence of O(1) memory at any n.

    ``p[i]`` is the index at place i, ``p[a:b:s]`` and ``p[places]`` are int64 arrays of them, and
    ``p.inverse(p[i]) == i``. It iterates, and can be passed on, as any sequence of ints: for
    example as the ``indices`` of a ``torch.utils.data.Subset``.

    The same (n, seed, epoch) give the same permutation on every machine and with every release of
    a major version; others give unrelated ones. It is what the samplers take with
    ``algorithm="feistel"``. There are 2**64 seeds: for n > 20 that is fewer than there are
    permutations, and it is no cipher.

    Args:
        n (int): length, 1 <= n <= 2**62.
        seed (int): in [-2**63, 2**64); -1 is the same as 2**64 - 1, as in ``torch.manual_seed``.
        epoch (int, keyword only): another permutation of the same seed for each; in the range of
            the seed.

    Raises:
        TypeError: an argument is not an int.
        ValueError: an argument is out of its range.

    O(1) work for a place, about a nanosecond in arrays (up to n = 4,096 the permutation is written
    down when it is made: O(n) then, 2 bytes an index). Arrays of 2**18 indices and more are shared
    among ``get_num_threads()`` threads.

    Source: Black and Rogaway, "Ciphers with arbitrary finite domains" (2002), a Feistel network
    with cycle walking; docs/algorithms/index-shuffle.md.
    """

    __slots__ = ("_epoch", "_key", "_n", "_seed", "_shuffle", "_value_at")

    def __init__(self, n: int, seed: int, *, epoch: int = 0) -> None:
        self._n = _validate.shuffled_length(n)
        self._key = _validate.key("seed", seed), _validate.key("epoch", epoch)
        self._seed = seed
        self._epoch = epoch
        self._shuffle = _core.IndexShuffle(self._n, *self._key)
        self._value_at = self._shuffle.value_at

    @property
    def n(self) -> int:
        """Length of the permutation."""
        return self._n

    @property
    def seed(self) -> int:
        """The seed as it was given."""
        return operator.index(self._seed)

    @property
    def epoch(self) -> int:
        """The epoch as it was given."""
        return operator.index(self._epoch)

    def __len__(self) -> int:
        return self._n

    @overload  # type: ignore[override]  # arrays, not sequences, of what it holds
    def __getitem__(self, index: Integer) -> int: ...
    @overload
    def __getitem__(self, index: slice | Integers) -> npt.NDArray[np.int64]: ...
    def __getitem__(self, index: Any) -> int | npt.NDArray[np.int64]:
        """The index at one place, or int64 of those at many.

        Args:
            index (int, slice, or array of integers): places; negative ones count from the end. An
                array may be of any shape, a tensor on the CPU or a list too; the result has its
                shape.

        Raises:
            IndexError: a place is not in [-n, n).
            TypeError: ``index`` is nothing of these.
            MemoryError: before the allocation, when the result cannot fit.
        """
        if type(index) is int and -_INT64 <= index < _INT64:  # first, for those who ask one by one
            return self._value_at(index)
        if isinstance(index, slice):
            places = range(self._n)[index]
            _require_memory(len(places))
            return self._shuffle.values_of_range(places.start, places.step, len(places))
        if _is_array(index):
            values = _int64_copy("index", index, IndexError)
            self._shuffle.values_at(values)
            return values
        return self._value_at(_int64("index", index, IndexError))

    @overload
    def inverse(self, values: Integer) -> int: ...
    @overload
    def inverse(self, values: Integers) -> npt.NDArray[np.int64]: ...
    def inverse(self, values: Any) -> int | npt.NDArray[np.int64]:
        """The places where indices stand: ``p.inverse(p[i]) == i``.

        Args:
            values (int, or array of integers): indices in [0, n), of any shape.

        Returns:
            int, or int64 of the shape of ``values``.

        Raises:
            ValueError: one of the values is not in [0, n).
            TypeError: ``values`` is neither an int nor an array of integers.
            MemoryError: before the allocation, when the result cannot fit.

        O(1) work a value, about a nanosecond in arrays.
        """
        if _is_array(values):
            places = _int64_copy("value", values, ValueError)
            self._shuffle.places_of(places)
            return places
        return self._shuffle.place_of(_int64("value", values, ValueError))

    def __iter__(self) -> Iterator[int]:
        _threads.settle()
        n = self._n
        return _core.IndexIterator((_core.index_shuffle_stream(n, *self._key, n),), None)

    def __contains__(self, value: object) -> bool:
        try:
            return 0 <= operator.index(value) < self._n  # type: ignore[arg-type]
        except TypeError:
            return False

    def __reversed__(self) -> Iterator[int]:
        return map(self.__getitem__, range(self._n - 1, -1, -1))

    def index(self, value: Any, start: int = 0, stop: int | None = None) -> int:
        """The place of ``value``, as of any sequence; ValueError if it is not in [start, stop)."""
        if value in self:
            place = self._shuffle.place_of(int(value))
            if place in range(self._n)[start:stop]:
                return place
        raise ValueError(f"{value!r} is not in the sequence")

    def count(self, value: Any) -> int:
        """1 for a value in [0, n), otherwise 0."""
        return int(value in self)

    def __array__(
        self, dtype: npt.DTypeLike | None = None, copy: bool | None = None
    ) -> npt.NDArray[Any]:
        if copy is False:
            raise ValueError("copy should not be False: the indices are computed, not stored")
        values = self[:]
        return values if dtype is None else values.astype(dtype, copy=False)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, IndexShuffle):
            return NotImplemented
        return self._n == other._n and self._key == other._key

    def __hash__(self) -> int:
        return hash((IndexShuffle, self._n, self._key))

    def __repr__(self) -> str:
        epoch = f", epoch={self.epoch}" if self.epoch else ""
        return f"{type(self).__name__}(n={self._n}, seed={self.seed}{epoch})"

    def __reduce__(self) -> tuple[Any, ...]:
        version = _core.INDEX_SHUFFLE_VERSION
        return _restore, (type(self), version, self._n, self.seed, self.epoch)


def _restore(kind: type[IndexShuffle], version: str, n: int, seed: int, epoch: int) -> IndexShuffle:
    """What a pickle calls; another version's permutation would be another one."""
    _validate.one_of("version", version, (_core.INDEX_SHUFFLE_VERSION,))
    return kind(n, seed, epoch=epoch)


def _is_array(index: object) -> bool:
    return isinstance(index, list) or getattr(index, "ndim", 0) > 0


def _int64(name: str, value: Any, error: type[Exception]) -> int:
    """``value`` as an int; ``error`` where no int64 holds it, which no place is as large as."""
    try:
        value = operator.index(value)
    except TypeError:
        raise TypeError(
            f"{name} should be an int, a slice or an array of integers, but got {name}={value!r}"
        ) from None
    if not -_INT64 <= value < _INT64:
        raise error(f"{name} should fit int64, but got {name}={value}")
    return value  # type: ignore[no-any-return]


def _int64_copy(name: str, values: Any, error: type[Exception]) -> npt.NDArray[np.int64]:
    """A fresh C-ordered int64 array of ``values``."""
    given = np.asarray(values)
    if given.dtype == object or (given.dtype.kind == "f" and isinstance(values, list)):
        # Python ints that no integer dtype holds, or an empty list.
        items = [_int64(name, value, error) for value in given.flat]
        given = np.array(items, dtype=np.int64).reshape(given.shape)
    if given.dtype.kind not in "iu":
        raise TypeError(
            f"{name} should be an int, a slice or an array of integers, but got an array of "
            f"{given.dtype}"
        )
    if given.dtype == np.uint64 and given.size:
        _int64(name, int(given.max()), error)
    _require_memory(given.size)
    return np.array(given, dtype=np.int64, order="C")


def _require_memory(count: int) -> None:
    if count >= 2**18:
        _threads.settle()
        size = min(8 * count, 2**64 - 1)
        _core.require_memory(size, f"an array of {count} indices", "take it in parts")
