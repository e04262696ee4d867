"""The same work on one thread, two, and so on up to the CPUs there are."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator

import pytest
import torch

import fastsamplers
from bench.sides import drain, result_tensor
from bench.sizes import THREADS, size
from fastsamplers import functional

MeasurePoint = Callable[..., None]


@pytest.fixture(params=THREADS)
def threads(request: pytest.FixtureRequest) -> Iterator[int]:
    """How many threads our kernels run on."""
    before = fastsamplers.get_num_threads()
    fastsamplers.set_num_threads(request.param)
    yield request.param
    fastsamplers.set_num_threads(before)


@functools.cache
def by_torch(n: int) -> torch.Tensor:
    """A permutation long enough to be shared among threads."""
    return torch.randperm(n, generator=torch.Generator().manual_seed(5))


@pytest.mark.parametrize("n", [size(10_000_000), size(100_000_000)])
def test_randperm(measure_point: MeasurePoint, threads: int, n: int) -> None:
    out = result_tensor(n, torch.int64)
    part = out[: size(10_000_000)]
    functional.randperm(len(part), generator=torch.Generator().manual_seed(5), out=part)
    assert torch.equal(part, by_torch(len(part)))
    measure_point(
        "threads",
        lambda: functional.randperm(n, out=out),
        work="randperm into int64",
        n=n,
        threads=threads,
    )


def test_batches(measure_point: MeasurePoint, threads: int) -> None:
    n = size(8_000_000)
    generator = torch.Generator()
    sampler = fastsamplers.RandomSampler(range(n), generator=generator.manual_seed(5))
    batches = fastsamplers.BatchSampler(sampler, 256, False, output="numpy")
    expected = by_torch(n).numpy()
    assert all((batch == expected[256 * k :][:256]).all() for k, batch in enumerate(batches))
    measure_point(
        "threads",
        lambda: drain(batches),
        work="BatchSampler(RandomSampler, 256, output='numpy')",
        n=n,
        threads=threads,
    )
