"""The passes that both sides are given: each one's batches over n samples."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from types import ModuleType
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
import torch.utils.data

import fastsamplers
from fastsamplers import _core

BATCH_SIZE = 256
SIDES = ("torch", "fastsamplers")
_TORCH_MOST_WEIGHTS = 2**24
_BYTES_OF_WEIGHT = 8
# Of a pass that begins at once, as many indices tell the time of one as well as all would.
_MOST_INDICES = 10**9

# Bytes for each sample that a pass holds at its peak. torch: a permutation of int64, then a list of
# ints of 32 bytes each; without replacement a quotient, a pair of value and index, and the choice.
_NOTHING = {"torch": 0, "fastsamplers": 0}
_PERMUTATION = {"torch": 48, "fastsamplers": 4}
_INDEX_SHUFFLE = {"torch": 48, "fastsamplers": 0}
_DRAWS = {"torch": 48, "fastsamplers": 8}
_CHOICE = {"torch": 26, "fastsamplers": 0}


@dataclass(frozen=True)
class Work:
    """A pass over samplers that both sides have.

    Attributes:
        name: what users call it.
        make: from (the side's module, n, weights), what gives the batches.
        holds: bytes for each sample that a pass of a side holds, at least.
        is_weighted: whether it needs weights; torch has no more than 2^24 of them.
    """

    name: str
    make: Callable[..., Iterable[Any]]
    holds: Mapping[str, int]
    is_weighted: bool = False

    def serves(self, side: str, n: int) -> bool:
        """Whether a side can do this at all: within torch's limit, and in the memory available."""
        if self.is_weighted and side == "torch" and n > _TORCH_MOST_WEIGHTS:
            return False
        weight = _BYTES_OF_WEIGHT if self.is_weighted else 0
        return (self.holds[side] + weight) * n <= _core.available_memory()

    def most_indices(self, side: str, n: int) -> int:
        """How many indices of a pass are read: all, where it prepares anything for all of them."""
        return n if self.holds[side] or self.is_weighted else min(n, _MOST_INDICES)

    def weights(self, n: int) -> npt.NDArray[np.float64] | None:
        """float64[n], or None: what exists before the samplers."""
        if not self.is_weighted:
            return None
        drawn = np.random.default_rng(1).random(n)
        drawn += 0.01
        return drawn

    def batches(self, side: str, n: int, weights: Any) -> Iterable[Any]:
        """A pass of one side, each time it is iterated over."""
        module = torch.utils.data if side == "torch" else fastsamplers
        return self.make(module, n) if weights is None else self.make(module, n, weights)


def _generator() -> torch.Generator:
    return torch.Generator().manual_seed(1)


def _batches(module: Any, sampler: Any, **options: str) -> Iterable[Any]:
    made: Iterable[Any] = module.BatchSampler(sampler, BATCH_SIZE, drop_last=False, **options)
    return made


def _is_ours(module: ModuleType) -> bool:
    return module is not torch.utils.data


def _sequential(module: Any, n: int) -> Iterable[Any]:
    return _batches(module, module.SequentialSampler(range(n)))


def _random(module: Any, n: int) -> Iterable[Any]:
    return _batches(module, module.RandomSampler(range(n), generator=_generator()))


def _tensors(module: Any, n: int) -> Iterable[Any]:
    options = {"output": "torch"} if _is_ours(module) else {}
    return _batches(module, module.RandomSampler(range(n), generator=_generator()), **options)


def _feistel(module: Any, n: int) -> Iterable[Any]:
    options = {"algorithm": "feistel"} if _is_ours(module) else {}
    sampler = module.RandomSampler(range(n), generator=_generator(), **options)
    return _batches(module, sampler)


def _replacement(module: Any, n: int) -> Iterable[Any]:
    return _batches(module, module.RandomSampler(range(n), True, n, _generator()))


def _distributed(module: Any, n: int) -> Iterable[Any]:
    return _batches(module, module.DistributedSampler(range(n), 8, 3))


def _weighted(module: Any, n: int, weights: Any) -> Iterable[Any]:
    return _batches(module, module.WeightedRandomSampler(weights, n, True, _generator()))


def _choice(module: Any, n: int, weights: Any) -> Iterable[Any]:
    count = max(1, n // 10)
    sampler = module.WeightedRandomSampler(weights, count, False, _generator())
    return _batches(module, sampler)


WORKS = (
    Work("RandomSampler", _random, _PERMUTATION),
    Work('RandomSampler, batches with output="torch"', _tensors, _PERMUTATION),
    Work('RandomSampler, algorithm="feistel"', _feistel, _INDEX_SHUFFLE),
    Work("RandomSampler with replacement", _replacement, _NOTHING),
    Work("DistributedSampler, 8 ranks", _distributed, _PERMUTATION),
    Work("WeightedRandomSampler", _weighted, _DRAWS, is_weighted=True),
    Work("WeightedRandomSampler, n/10 without replacement", _choice, _CHOICE, is_weighted=True),
    Work("SequentialSampler", _sequential, _NOTHING),
)
