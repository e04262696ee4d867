"""The functions on tensors."""

from __future__ import annotations

from collections.abc import Callable
from types import ModuleType

import pytest
import torch

from fastsamplers import functional

Measure = Callable[..., None]
SIDES: dict[str, ModuleType] = {"torch": torch, "fastsamplers": functional}


@pytest.mark.parametrize("dtype", [torch.int64, torch.int32], ids=["int64", "int32"])
def test_randperm(measure: Measure, side: str, dtype: torch.dtype) -> None:
    generators = [torch.Generator().manual_seed(5) for _ in SIDES]
    drawn = [
        module.randperm(70_001, generator=generator, dtype=dtype)
        for module, generator in zip(SIDES.values(), generators, strict=True)
    ]
    assert torch.equal(*drawn)
    n = 20_000_000
    measure(
        f"randperm into {str(dtype).removeprefix('torch.')}, n = {n:,}",
        lambda: SIDES[side].randperm(n, dtype=dtype),
        indices=n,
        floor=1.0,
    )


@pytest.mark.parametrize("high", [10**6, 2**40], ids=["1e6", "2**40"])
def test_randint(measure: Measure, side: str, high: int) -> None:
    count = 10_000_000
    measure(
        f"randint({'1e6' if high == 10**6 else '2**40'}, ({count:,},))",
        lambda: SIDES[side].randint(high, (count,)),
        indices=count,
    )
