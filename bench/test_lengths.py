"""Samplers by length: beside transformers', beside NumPy's sort, beside packing in Python."""

from __future__ import annotations

import functools
from collections.abc import Callable
from types import ModuleType
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
import torch

import fastsamplers
from bench.sides import drain
from bench.sizes import size
from bench.textbook import best_fit_decreasing
from fastsamplers import (
    BucketBatchSampler,
    MaxTokensBatchSampler,
    PackedBatchSampler,
    _core,
    functional,
)
from fastsamplers.samplers.planned import PlannedBatchSampler

Measure = Callable[..., None]
CAPACITY = 4096
BATCH_SIZE = 32


@functools.lru_cache(maxsize=2)
def lognormal(n: int) -> npt.NDArray[np.int32]:
    """int32[n]: lengths of texts, the middle one of 400 tokens, none above 4,096."""
    drawn = np.random.default_rng(0).lognormal(6.0, 0.8, n)
    return np.clip(drawn, 1, CAPACITY).astype(np.int32)


def grouped(side: str, lengths: list[int]) -> Any:
    """transformers' sampler, or ours, with a generator of its own."""
    module: ModuleType = pytest.importorskip("transformers.trainer_pt_utils")
    kind = fastsamplers if side == "fastsamplers" else module
    generator = torch.Generator().manual_seed(0)
    return kind.LengthGroupedSampler(BATCH_SIZE, lengths=lengths, generator=generator)


@functools.lru_cache(maxsize=1)
def equal_groups(n: int) -> bool:
    lengths = lognormal(n).tolist()
    return list(grouped("torch", lengths)) == list(grouped("fastsamplers", lengths))


@pytest.mark.parametrize("form", ["ints", f"batches of {BATCH_SIZE} as lists", "a list"])
def test_length_grouped(measure: Measure, side: str, samplers: ModuleType, form: str) -> None:
    n = size(300_000)
    sampler = grouped(side, lognormal(n).tolist())
    assert equal_groups(n)
    runs: dict[str, tuple[Callable[[], object], dict[str, float]]] = {
        "ints": (lambda: drain(sampler), {"floor": 15.0, "aim": 40.0}),
        "a list": (lambda: list(sampler), {}),
    }
    batches = samplers.BatchSampler(sampler, BATCH_SIZE, False)
    run, asked = runs.get(form, (lambda: drain(batches), {}))
    work = f"LengthGroupedSampler as {form}, n = {n:,} (torch: transformers)"
    measure(work.replace("as batches", "in batches"), run, indices=n, **asked)


@pytest.mark.parametrize("kind", ["lognormal int32", "uniform uint16", "uniform int64"])
def test_bucket_argsort(measure: Measure, side: str, kind: str) -> None:
    n = size(10_000_000)
    lengths: npt.NDArray[Any] = lognormal(n)
    if kind != "lognormal int32":
        dtype = np.dtype(kind.split()[1])
        lengths = np.random.default_rng(0).integers(0, np.iinfo(dtype).max, n, dtype)

    def ours() -> object:
        return functional.bucket_argsort(lengths)

    def numpys() -> object:
        return np.argsort(lengths, kind="stable")

    head = lengths[:100_000]
    assert np.array_equal(functional.bucket_argsort(head).numpy(), np.argsort(head, kind="stable"))
    asked = {"floor": 8.0, "aim": 15.0} if kind == "lognormal int32" else {}
    work = f'bucket_argsort, {kind}, n = {n:,} (torch: numpy.argsort(kind="stable"))'
    measure(work, ours if side == "fastsamplers" else numpys, indices=n, **asked)


def test_pack(measure: Measure, side: str) -> None:
    n = size(200_000)
    lengths = lognormal(n)
    as_list = lengths.tolist()
    indices, offsets = functional.pack(lengths, CAPACITY)
    bins = np.split(indices.numpy(), offsets.numpy()[1:-1])
    assert [bin_.tolist() for bin_ in bins] == best_fit_decreasing(as_list, CAPACITY)
    measure(
        f"pack, best-fit decreasing, capacity {CAPACITY:,}, n = {n:,} (torch: bisect in Python)",
        (lambda: functional.pack(lengths, CAPACITY))
        if side == "fastsamplers"
        else (lambda: best_fit_decreasing(as_list, CAPACITY)),
        indices=n,
        floor=20.0,
        aim=100.0,
        rounds=4,
    )


@pytest.mark.parametrize("algorithm", ["bfd", "ffd", "sequential"])
def test_packing(measure_point: Measure, algorithm: str) -> None:
    n = size(10_000_000)
    lengths = lognormal(n)
    sampler = PackedBatchSampler(lengths, CAPACITY, algorithm=algorithm)
    work = f'pack(lengths, {CAPACITY:,}, algorithm="{algorithm}"), n = {n:,}'
    run = functools.partial(functional.pack, lengths, CAPACITY, algorithm=algorithm)
    measure_point("plans", run, n=n, work=work, waste=waste_of(sampler))


SAMPLERS: dict[str, Callable[[Any], PlannedBatchSampler]] = {
    "random batches of 64": lambda given: BucketBatchSampler(given, 64, window=1),
    "BucketBatchSampler(lengths, 64)": lambda given: BucketBatchSampler(given, 64),
    "MaxTokensBatchSampler(lengths, 65_536)": lambda lengths: MaxTokensBatchSampler(
        lengths, 65_536
    ),
    "PackedBatchSampler(lengths, 4_096)": lambda given: PackedBatchSampler(given, CAPACITY),
}


@pytest.mark.parametrize("name", SAMPLERS)
def test_passes(measure_point: Measure, name: str) -> None:
    """A whole epoch as lists; what is planned once for all epochs is left out."""
    n = size(10_000_000)
    sampler = SAMPLERS[name](lognormal(n))
    work = f"an epoch of {name}, n = {n:,}"
    measure_point("plans", lambda: drain(sampler), n=n, work=work, waste=waste_of(sampler))


def waste_of(sampler: PlannedBatchSampler) -> float:
    """The part of the model's work that is padding."""
    if isinstance(sampler, PackedBatchSampler):
        return round(1 - sampler.efficiency, 5)
    samples, longest, sums = _core.batch_costs(sampler._plan(0, 0), sampler._survey())
    return round(1 - int(sums.sum()) / int((samples * longest).sum()), 5)
