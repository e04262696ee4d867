"""The functions on tensors."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import torch

from bench.sides import FUNCTIONS, equal_permutations, result_tensor
from bench.sizes import size

Measure = Callable[..., None]
# Long enough for the threads to share it, as what is timed is.
SHARED = size(5_000_000)


@pytest.mark.parametrize(
    ("dtype", "n", "floor", "aim", "rounds"),
    [(torch.int32, 20_000_000, 6.0, 12.0, 6), (torch.int64, 100_000_000, 10.0, 20.0, 2)],
    ids=["int32", "int64"],
)
def test_randperm(
    measure: Measure, side: str, dtype: torch.dtype, n: int, floor: float, aim: float, rounds: int
) -> None:
    n = size(n)
    out = result_tensor(n, dtype)
    part = out[:SHARED]
    assert equal_permutations(len(part), out=part)
    measure(
        f"randperm into {str(dtype).removeprefix('torch.')}, n = {n:,}",
        lambda: FUNCTIONS[side].randperm(n, out=out),
        indices=n,
        floor=floor,
        aim=aim,
        rounds=rounds,
    )


@pytest.mark.parametrize("dtype", [torch.int64, torch.int32], ids=["int64", "int32"])
def test_fresh_randperm(measure: Measure, side: str, dtype: torch.dtype) -> None:
    assert equal_permutations(SHARED, dtype=dtype)
    n = size(20_000_000)
    measure(
        f"randperm into a new {str(dtype).removeprefix('torch.')} tensor, n = {n:,}",
        lambda: FUNCTIONS[side].randperm(n, dtype=dtype),
        indices=n,
    )


@pytest.mark.parametrize("high", [10**6, 2**40], ids=["1e6", "2**40"])
def test_randint(measure: Measure, side: str, high: int) -> None:
    drawn = []
    for module in FUNCTIONS.values():
        generator = torch.Generator().manual_seed(5)
        drawn.append(module.randint(high, (70_001,), generator=generator))
    assert torch.equal(*drawn)
    count = size(10_000_000)
    measure(
        f"randint({'1e6' if high == 10**6 else '2**40'}, ({count:,},))",
        lambda: FUNCTIONS[side].randint(high, (count,)),
        indices=count,
    )
