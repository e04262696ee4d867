"""The passes that both sides are given: each one's batches over n samples."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from types import ModuleType
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
import torch.utils.data

import fastsamplers

BATCH_SIZE = 256
SIDES = ("torch", "fastsamplers")
_TORCH_MOST_WEIGHTS = 2**24


@dataclass(frozen=True)
class Work:
    """A pass over samplers that both sides have.

    Attributes:
        name: what users call it.
        make: from (the side's module, n, weights), what gives the batches.
        is_weighted: whether it needs weights; torch has no more than 2^24 of them.
    """

    name: str
    make: Callable[..., Iterable[Any]]
    is_weighted: bool = False

    def serves(self, side: str, n: int) -> bool:
        """Whether a side can do this at all."""
        return side != "torch" or not self.is_weighted or n <= _TORCH_MOST_WEIGHTS

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
    Work("RandomSampler", _random),
    Work('RandomSampler, batches with output="torch"', _tensors),
    Work('RandomSampler, algorithm="feistel"', _feistel),
    Work("RandomSampler with replacement", _replacement),
    Work("DistributedSampler, 8 ranks", _distributed),
    Work("WeightedRandomSampler", _weighted, is_weighted=True),
    Work("WeightedRandomSampler, n/10 without replacement", _choice, is_weighted=True),
    Work("SequentialSampler", _sequential),
)
