"""What is tested: permutations by (n, seed, epoch), of which parts can be asked for."""

from __future__ import annotations

from typing import Protocol

import numpy as np
import numpy.typing as npt

from fastsamplers import _core

Values = npt.NDArray[np.int64]


class Permutation(Protocol):
    """One permutation of 0..n-1."""

    def values_of_range(self, first: int, step: int, count: int) -> Values:
        """The values at ``count`` places from ``first`` on."""


class Source(Protocol):
    """Where the permutations of a key come from."""

    name: str

    def __call__(self, n: int, seed: int, epoch: int = 0) -> Permutation:
        """The permutation of this key."""


class IndexShuffle:
    """The index shuffle, as it is or with another number of rounds."""

    def __init__(self, rounds: int | None = None) -> None:
        self._rounds = rounds
        self.name = "index shuffle" if rounds is None else f"{rounds} rounds"

    def __call__(self, n: int, seed: int, epoch: int = 0) -> Permutation:
        if self._rounds is None:
            return _core.IndexShuffle(n, seed, epoch)
        return _core.IndexShuffle.with_rounds(n, seed, epoch, self._rounds)


class NumPy:
    """``numpy.random.Generator.permutation``, for n that fit into memory."""

    name = "numpy"

    def __call__(self, n: int, seed: int, epoch: int = 0) -> Permutation:
        return stored(np.random.default_rng((seed, epoch)).permutation(n))


def stored(values: Values) -> Permutation:
    """A permutation that is written down."""
    return _Stored(values)


class _Stored:
    def __init__(self, values: Values) -> None:
        self._values = values

    def values_of_range(self, first: int, step: int, count: int) -> Values:
        return self._values[first : first + step * count : step]
