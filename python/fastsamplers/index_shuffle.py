"""A permutation of any size that is computed place by place, not stored. Needs no torch."""

from __future__ import annotations

import operator
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any, overload

import numpy as np
import numpy.typing as npt

from fastsamplers import _core, _threads, _validate
from fastsamplers._state import VERSION, State

if TYPE_CHECKING:
    import torch

    Integer = int | np.integer[Any]
    # Whatever NumPy makes an array of integers of.
    Integers = npt.NDArray[np.integer[Any]] | torch.Tensor | list[int]


_INT64 = 2**63
# Arrays of so many indices are shared among threads; smaller ones need no thought of memory either.
_SHARED_FROM = 2**18


class IndexShuffle(Sequence[int]):
    """A random permutation of 0..n-1 by key: a sequence of O(1) memory at any n.

    ``p[i]`` is the index at place i, ``p[a:b:s]`` and ``p[places]`` are int64 arrays of them, and
    ``p.inverse(p[i]) == i``. It iterates, and can be passed on, as any sequence of ints: for
    example as the ``indices`` of a ``torch.utils.data.Subset``.

    The same (n, seed, epoch) give the same permutation on every machine and with every release of
    a major version; others give unrelated ones. It is what the samplers take with
    ``algorithm="feistel"``. There are 2**128 keys, fewer than permutations of n > 34, and it is no
    cipher.

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

    __slots__ = ("__weakref__", "_epoch", "_key", "_n", "_seed", "_shuffle", "_value_at")

    def __init__(self, n: int, seed: int, *, epoch: int = 0) -> None:
        self._n = _validate.shuffled_length(n)
        self._key = _validate.key("seed", seed), _validate.key("epoch", epoch)
        self._seed = operator.index(seed)
        self._epoch = operator.index(epoch)
        self._shuffle = _core.IndexShuffle(self._n, *self._key)
        self._value_at = self._shuffle.value_at

    @property
    def n(self) -> int:
        """Length of the permutation."""
        return self._n

    @property
    def seed(self) -> int:
        """The seed as it was given."""
        return self._seed

    @property
    def epoch(self) -> int:
        """The epoch as it was given."""
        return self._epoch

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
            count = len(places)
            _require_memory(count)
            step = places.step if count > 1 else 1  # which no int64 may hold
            return self._shuffle.values_of_range(places.start, step, count)
        if _is_array(index):
            values = _INDEX.int64_copy(index)
            self._shuffle.values_at(values)
            return values
        return self._value_at(_INDEX.int64(index))

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

        O(1) work a value, about a nanosecond in arrays; for n <= 4,096 O(n) a call beside that.
        """
        if _is_array(values):
            places = _VALUE.int64_copy(values)
            self._shuffle.places_of(places)
            return places
        return self._shuffle.place_of(_VALUE.int64(values))

    def __iter__(self) -> Iterator[int]:
        _threads.settle()
        return _core.IndexIterator(_Walk(self._n, *self._key))

    def __contains__(self, value: object) -> bool:
        if isinstance(value, float) and value.is_integer():
            value = int(value)
        try:
            return 0 <= operator.index(value) < self._n  # type: ignore[arg-type]
        except TypeError:
            return False

    def __reversed__(self) -> Iterator[int]:
        return map(self.__getitem__, range(self._n - 1, -1, -1))

    def index(self, value: Any, start: int = 0, stop: int | None = None) -> int:
        """The place of ``value``, as of any sequence.

        Args:
            value (int): an index in [0, n).
            start, stop (int, optional): the places that are looked at, as in ``list.index``.

        Raises:
            ValueError: ``value`` stands at none of these places.

        O(1) work; for n <= 4,096 O(n).
        """
        if value in self:
            place = self._shuffle.place_of(int(value))
            if place in range(self._n)[start:stop]:
                return place
        raise ValueError(f"{value!r} is not in the sequence")

    def count(self, value: Any) -> int:
        """1 for a ``value`` in [0, n), otherwise 0."""
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
        epoch = f", epoch={self._epoch}" if self._epoch else ""
        return f"{type(self).__name__}(n={self._n}, seed={self._seed}{epoch})"

    def __reduce__(self) -> tuple[Any, ...]:
        version = _core.INDEX_SHUFFLE_VERSION
        arguments = type(self), version, self._n, self._seed, self._epoch
        return _restore, arguments, getattr(self, "__dict__", None)  # of a subclass


class _Walk:
    """What an iterator over an index shuffle reads, and its state."""

    def __init__(self, n: int, seed: int, epoch: int) -> None:
        self._key = n, seed, epoch
        self._start = 0

    def __iter__(self) -> Iterator[_core.IndexStream]:
        stream = _core.index_shuffle_stream(*self._key, self._key[0])
        stream.seek(self._start)
        return iter((stream,))

    def _fields(self) -> dict[str, int | str]:
        n, seed, epoch = self._key
        algorithm = f"{_core.INDEX_SHUFFLE_VERSION}, one epoch"
        return {"algorithm": algorithm, "n": n, "seed": seed, "epoch": epoch}

    def state_dict(self, position: int, ended: bool) -> dict[str, int | str]:
        """The state with ``position`` indices handed out; past the end there is nothing to tell."""
        del ended
        return {"version": VERSION, **self._fields(), "position": self._start + position}

    def load_state_dict(self, state: object) -> Iterator[_core.IndexStream]:
        """The stream of the rest; ValueError for a state that does not fit."""
        given = State(state)
        given.require(self._fields())
        self._start = given.integer("position", 0, self._key[0])
        return iter(self)


def _restore(kind: type[IndexShuffle], version: str, n: int, seed: int, epoch: int) -> IndexShuffle:
    """What a pickle calls; another version's permutation would be another one."""
    _validate.one_of("version", version, (_core.INDEX_SHUFFLE_VERSION,))
    shuffle = kind.__new__(kind)  # whatever the arguments of a subclass are
    IndexShuffle.__init__(shuffle, n, seed, epoch=epoch)
    return shuffle


def _is_array(index: object) -> bool:
    return isinstance(index, list) or getattr(index, "ndim", 0) > 0


class _Integers:
    """Checks of what ``__getitem__`` or ``inverse`` are given, and their errors."""

    def __init__(self, name: str, kinds: str, error: type[Exception]) -> None:
        self._name = name
        self._kinds = kinds
        self._error = error  # of an integer that no place is as large as

    def int64(self, value: Any) -> int:
        """``value`` as an int that int64 holds."""
        try:
            if isinstance(value, np.bool_):  # which older NumPys take for an integer
                raise TypeError
            number = operator.index(value)
        except TypeError:
            raise self._refused(f"{self._name}={value!r}") from None
        if not -_INT64 <= number < _INT64:
            raise self._error(f"{self._name} should fit int64, but got {self._name}={number}")
        return number

    def int64_copy(self, values: Any) -> npt.NDArray[np.int64]:
        """A fresh C-ordered int64 array of ``values``."""
        if isinstance(values, np.ma.MaskedArray):
            raise self._refused("a masked array")
        given = np.asarray(values)
        _require_memory(given.size)
        if given.dtype == object or (isinstance(values, list) and given.dtype.kind == "f"):
            # An empty list, or ints that no one integer dtype holds.
            items = np.array(values, dtype=object)
            numbers = [self.int64(item) for item in items.flat]
            return np.array(numbers, dtype=np.int64).reshape(items.shape)
        if given.dtype.kind not in "iu":
            raise self._refused(f"an array of {given.dtype}")
        if given.dtype.kind == "u" and given.itemsize == 8 and given.size:
            self.int64(given.max())
        return np.array(given, dtype=np.int64, order="C")

    def _refused(self, what: str) -> TypeError:
        return TypeError(f"{self._name} should be {self._kinds}, but got {what}")


_INDEX = _Integers("index", "an int, a slice or an array of integers", IndexError)
_VALUE = _Integers("value", "an int or an array of integers", ValueError)


def _require_memory(count: int) -> None:
    if count < _SHARED_FROM:
        return
    _threads.settle()
    size = 8 * count
    if size >= 2**64:
        raise MemoryError(
            f"an array of {count} indices needs {size} bytes, but only "
            f"{_core.available_memory()} are available; take it in parts"
        )
    _core.require_memory(size, f"an array of {count} indices", "take it in parts")
