"""What states of a release are kept of: each kind of order of each class that has states.

A call is plain JSON, so that states can be loaded when this file has long been another one:
``{"class": name, "arguments": {...}}``, where ``{"range": n}``, ``{"generator": seed}`` and
``{"tensor": values, "dtype": name}`` stand for what JSON has no words for. A name with dots is that
of another package. ``"seek"`` beside them are the items that the pass leaves out.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

_Options = dict[str, Any]
_N = {"range": 50}
_OWN = {"generator": 6}
_FEISTEL: _Options = {"algorithm": "feistel"}
_INDICES = [3 * k - 7 for k in range(40)]
_WEIGHTS = [0.25 * (1 + k % 7) for k in range(45)]
_FLOAT32 = {"tensor": _WEIGHTS, "dtype": "float32"}
_LENGTHS = [1 + k * 7 % 23 for k in range(60)]
_RANKS: _Options = {"num_replicas": 3, "rank": 1}


def call(name: str, **arguments: Any) -> dict[str, Any]:
    """The call that makes one sampler."""
    return {"class": name, "arguments": arguments}


def _with_generators(name: str, **arguments: Any) -> Iterator[dict[str, Any]]:
    """Drawing from the global generator, and from one of its own."""
    yield call(name, **arguments)
    yield call(name, **arguments, generator=_OWN)


_RANDOM: tuple[_Options, ...] = (
    {},
    {"num_samples": 30},
    {"num_samples": 120},
    {"replacement": True},
    {"replacement": True, "num_samples": 120},
    _FEISTEL,
    {**_FEISTEL, "num_samples": 120},
)
_DISTRIBUTED: tuple[_Options, ...] = (
    {},
    {"shuffle": False},
    {"seed": -5, "drop_last": True},
    {"padding": "none"},
    {"layout": "contiguous"},
    {"auto_epoch": True},
    _FEISTEL,
    {**_FEISTEL, "padding": "none", "layout": "contiguous"},
)
_INFINITE: tuple[_Options, ...] = ({}, {"shuffle": False}, _FEISTEL, _RANKS)
_PLANNED: tuple[tuple[str, _Options], ...] = (
    ("BucketBatchSampler", {"batch_size": 4}),
    ("BucketBatchSampler", {"batch_size": 4, "window": 2, "drop_last": True}),
    ("MaxTokensBatchSampler", {"max_tokens": 60}),
    ("MaxTokensBatchSampler", {"max_tokens": 60, "cost": "sum", "max_samples": 5}),
    ("PackedBatchSampler", {"capacity": 30}),
    ("PackedBatchSampler", {"capacity": 30, "algorithm": "ffd", "batch_size": 2}),
    ("PackedBatchSampler", {"capacity": 30, "algorithm": "sequential"}),
)


def _drop_in() -> Iterator[dict[str, Any]]:
    yield call("SequentialSampler", data_source=_N)
    for options in _RANDOM:
        yield from _with_generators("RandomSampler", data_source=_N, **options)
    for options in _RANDOM[0], _FEISTEL:
        yield from _with_generators("SubsetRandomSampler", indices=_INDICES, **options)
    for weights in (_WEIGHTS, _FLOAT32):
        for number, replacement in ((60, True), (4, True), (30, False)):
            drawn = {"num_samples": number, "replacement": replacement}
            yield from _with_generators("WeightedRandomSampler", weights=weights, **drawn)
    for options in _DISTRIBUTED:
        yield call("DistributedSampler", dataset=_N, **_RANKS, **options)


def _ours() -> Iterator[dict[str, Any]]:
    for options in _INFINITE:
        yield call("InfiniteSampler", size=50, **options)
    for replacement in (True, False):
        drawn = {"num_samples": 40, "replacement": replacement}
        yield call("DistributedWeightedRandomSampler", weights=_WEIGHTS, **drawn, **_RANKS)
    random = call("RandomSampler", data_source=_N, generator=_OWN)
    batches = call("BatchSampler", sampler=random, batch_size=3, drop_last=False)
    theirs = call("torch.utils.data.RandomSampler", data_source=_N, generator=_OWN)
    ranked = call("DistributedSampler", dataset={"range": 48}, num_replicas=2, rank=0)
    grouped = call("LengthGroupedSampler", batch_size=4, lengths=_LENGTHS, generator=_OWN)
    buckets = call("BucketBatchSampler", lengths=_LENGTHS, batch_size=2)
    for sampler in (random, batches, theirs, ranked, grouped, buckets):
        for layout in ("interleaved", "contiguous"):
            given = {"sampler": sampler, "layout": layout, **_RANKS}
            yield call("DistributedSamplerWrapper", **given)
            given["padding"] = "none"
            yield {**call("DistributedSamplerWrapper", **given), "seek": 2}
    yield from _with_generators("LengthGroupedSampler", batch_size=4, lengths=_LENGTHS)
    for name, options in _PLANNED:
        yield from _with_generators(name, lengths=_LENGTHS, **options)
        yield call(name, lengths=_LENGTHS, shuffle=False, **options)
        yield call(name, lengths=_LENGTHS, seed=7, **options, **_RANKS)


def _batches_and_loaders() -> Iterator[dict[str, Any]]:
    random = call("RandomSampler", data_source=_N, generator=_OWN)
    weighted = call("WeightedRandomSampler", weights=_WEIGHTS, num_samples=40)
    ranked = call("DistributedSampler", dataset=_N, num_replicas=2, rank=1)
    theirs = call("torch.utils.data.RandomSampler", data_source=_N, generator=_OWN)
    buckets = call("BucketBatchSampler", lengths=_LENGTHS, batch_size=4)
    for sampler in (random, weighted, ranked, theirs, {"range": 20}):
        for drop_last, output in ((False, "list"), (True, "numpy")):
            given = {"batch_size": 3, "drop_last": drop_last, "output": output}
            yield call("BatchSampler", sampler=sampler, **given)
    for options in (
        {"batch_size": 4},
        {"batch_size": 4, "shuffle": True},
        {"batch_size": 4, "shuffle": True, "generator": _OWN},
        {"batch_size": None, "shuffle": True},
        {"batch_size": 4, "sampler": random},
        {"batch_size": 4, "sampler": weighted, "drop_last": True},
        {"batch_size": 4, "sampler": ranked},
        {"batch_size": 4, "sampler": theirs},
        {"batch_sampler": call("BatchSampler", sampler=random, batch_size=3, drop_last=False)},
        {"batch_sampler": buckets},
    ):
        yield call("DataLoader", dataset={"range": 60}, **options)


def calls() -> Iterator[dict[str, Any]]:
    """One for each kind of state."""
    yield from _drop_in()
    yield from _ours()
    yield from _batches_and_loaders()
