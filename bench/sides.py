"""The two sides of every comparison, the work both are given, and how a pass is read."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterable
from types import ModuleType
from typing import Any

import torch.utils.data

import fastsamplers
from fastsamplers import functional

SIDES: dict[str, ModuleType] = {"torch": torch.utils.data, "fastsamplers": fastsamplers}
FUNCTIONS: dict[str, ModuleType] = {"torch": torch, "fastsamplers": functional}


def drain(pass_: Iterable[Any]) -> None:
    """Walks over a pass as a training loop does."""
    for _ in pass_:
        pass


def equal_on_both_sides(make: Callable[[ModuleType], Any]) -> bool:
    """Whether a pass gives the same on both sides, as lists."""
    passes = []
    for module in SIDES.values():
        torch.manual_seed(3)
        passes.append([getattr(item, "tolist", lambda item=item: item)() for item in make(module)])
    return bool(passes[0] == passes[1])


def equal_permutations(n: int, **options: Any) -> bool:
    """Whether ``randperm`` gives the same on both sides."""
    drawn = []
    for module in FUNCTIONS.values():
        generator = torch.Generator().manual_seed(5)
        drawn.append(module.randperm(n, generator=generator, **options))
    return torch.equal(*drawn)


@functools.lru_cache(maxsize=1)
def result_tensor(n: int, dtype: torch.dtype) -> torch.Tensor:
    """The one tensor that both sides write into; its pages are there before either is timed."""
    return torch.ones(n, dtype=dtype)
