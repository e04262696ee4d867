"""Loaders of torchdata over our samplers, run in epochs as users do."""

from __future__ import annotations

import itertools
import pickle
from collections.abc import Callable, Iterator
from typing import Any

import torch
import torch.utils.data
from torchdata.stateful_dataloader import StatefulDataLoader

import fastsamplers
from fastsamplers import (
    BatchSampler,
    BucketBatchSampler,
    DistributedSampler,
    DistributedSamplerWrapper,
    LengthGroupedSampler,
    MaxTokensBatchSampler,
    PackedBatchSampler,
)

N = 46
LENGTHS = [1 + 7 * index % 31 for index in range(N)]
WEIGHTS = [1.0 + index % 3 for index in range(N)]
BUDGET = 60
RANKS = {"num_replicas": 2, "rank": 1}
Make = Callable[[], dict[str, Any]]


class Numbers(torch.utils.data.Dataset[Any]):
    """Each sample is its index; a row of packed samples is a list of them."""

    def __len__(self) -> int:
        return N

    def __getitem__(self, index: Any) -> Any:
        return index


def seeded() -> torch.Generator:
    return torch.Generator().manual_seed(11)


def _dealt(sampler: Any, **options: Any) -> Any:
    return DistributedSamplerWrapper(sampler, **RANKS, **options)


def _in_batches(sampler: Any) -> dict[str, Any]:
    return {"batch_sampler": BatchSampler(sampler, 4, False)}


# Samplers that torch has as well.
DROP_IN: dict[str, Callable[[Any], dict[str, Any]]] = {
    "sequential": lambda m: {"sampler": m.SequentialSampler(range(N)), "batch_size": 4},
    "random": lambda m: {"sampler": m.RandomSampler(range(N)), "batch_size": 4},
    "random, generator": lambda m: {
        "batch_sampler": m.BatchSampler(m.RandomSampler(range(N), generator=seeded()), 4, True)
    },
    "subset": lambda m: {"sampler": m.SubsetRandomSampler(range(0, N, 2)), "batch_size": 4},
    "weighted": lambda m: {"sampler": m.WeightedRandomSampler(WEIGHTS, N), "batch_size": 4},
    "distributed": lambda m: {
        "sampler": getattr(m, "DistributedSampler", torch.utils.data.DistributedSampler)(
            range(N), **RANKS
        ),
        "batch_size": 4,
    },
}
BY_LENGTH: dict[str, Make] = {
    "buckets": lambda: {"batch_sampler": BucketBatchSampler(LENGTHS, 4, seed=3)},
    "buckets, drop_last": lambda: {"batch_sampler": BucketBatchSampler(LENGTHS, 4, drop_last=True)},
    "buckets, generator": lambda: {
        "batch_sampler": BucketBatchSampler(LENGTHS, 4, generator=seeded())
    },
    "buckets, ranks": lambda: {"batch_sampler": BucketBatchSampler(LENGTHS, 4, **RANKS)},
    "budget": lambda: {"batch_sampler": MaxTokensBatchSampler(LENGTHS, BUDGET)},
    "budget, ranks": lambda: {"batch_sampler": MaxTokensBatchSampler(LENGTHS, BUDGET, **RANKS)},
    "packed": lambda: {"batch_sampler": PackedBatchSampler(LENGTHS, BUDGET)},
    "packed rows": lambda: {
        "batch_sampler": PackedBatchSampler(LENGTHS, BUDGET, batch_size=2),
    },
    "packed, ranks": lambda: {"batch_sampler": PackedBatchSampler(LENGTHS, BUDGET, **RANKS)},
    "grouped": lambda: _in_batches(LengthGroupedSampler(4, lengths=LENGTHS)),
    "grouped, generator": lambda: {
        "batch_sampler": BatchSampler(
            LengthGroupedSampler(4, lengths=LENGTHS, generator=seeded()), 4, False
        ),
    },
}
DEALT: dict[str, Make] = {
    "buckets": lambda: {"batch_sampler": _dealt(BucketBatchSampler(LENGTHS, 4))},
    "budget": lambda: {"batch_sampler": _dealt(MaxTokensBatchSampler(LENGTHS, BUDGET))},
    "packed": lambda: {"batch_sampler": _dealt(PackedBatchSampler(LENGTHS, BUDGET))},
    "grouped": lambda: _in_batches(_dealt(LengthGroupedSampler(4, lengths=LENGTHS))),
    "batches": lambda: {
        "batch_sampler": _dealt(
            BatchSampler(fastsamplers.RandomSampler(range(N), generator=seeded()), 4, False)
        )
    },
    "random": lambda: _in_batches(
        _dealt(fastsamplers.RandomSampler(range(N), generator=seeded()), padding="none")
    ),
    "contiguous": lambda: _in_batches(
        _dealt(fastsamplers.RandomSampler(range(N)), layout="contiguous")
    ),
    "torch's": lambda: _in_batches(
        _dealt(torch.utils.data.RandomSampler(range(N), generator=seeded()))
    ),
}
OURS: dict[str, Make] = {
    "feistel": lambda: _in_batches(fastsamplers.RandomSampler(range(N), algorithm="feistel")),
    "feistel distributed": lambda: _in_batches(
        DistributedSampler(range(N), algorithm="feistel", **RANKS)
    ),
    "auto_epoch": lambda: _in_batches(DistributedSampler(range(N), auto_epoch=True, **RANKS)),
    "contiguous": lambda: _in_batches(
        DistributedSampler(range(N), layout="contiguous", padding="none", **RANKS)
    ),
    "distributed weighted": lambda: _in_batches(
        fastsamplers.DistributedWeightedRandomSampler(WEIGHTS, 60, **RANKS)
    ),
    "arrays": lambda: {
        "batch_sampler": BatchSampler(
            fastsamplers.RandomSampler(range(N)), 4, False, output="numpy"
        )
    },
}


def loader_of(make: Make, kind: type[Any], seed: int, **options: Any) -> Any:
    """A loader with samplers of its own; the global generator is at ``seed``."""
    torch.manual_seed(seed)
    if options.get("num_workers"):
        options["multiprocessing_context"] = "fork"
    return kind(Numbers(), collate_fn=_plain, **make(), **options)


def _plain(samples: list[Any]) -> Any:
    """What the model would be given, as lists."""
    return [sample.tolist() if hasattr(sample, "tolist") else sample for sample in samples]


def set_epoch(loader: Any, epoch: int) -> None:
    """As users do: of the sampler that has epochs."""
    for sampler in (loader.sampler, loader.batch_sampler):
        if hasattr(sampler, "set_epoch"):
            sampler.set_epoch(epoch)


def epochs_of(loader: Any, epochs: range) -> list[list[Any]]:
    found = []
    for epoch in epochs:
        set_epoch(loader, epoch)
        found.append([*loader])
    return found


def some_of(loader: Any, epoch: int, count: int) -> tuple[list[Any], Iterator[Any]]:
    """The first batches of an epoch, and the loop that has been given them."""
    set_epoch(loader, epoch)
    iterator = iter(loader)
    return [*itertools.islice(iterator, count)], iterator


def resumed(
    make: Make,
    place: str,
    epoch: int = 1,
    forget: bool = False,
    reference: type[Any] = torch.utils.data.DataLoader,
    **options: Any,
) -> dict[str, Any]:
    """A run of torch's loader that nothing interrupts, and one of torchdata's that is interrupted.

    The state is taken in ``epoch`` after one batch, in the middle, after the last batch but inside
    the loop, or after the loop. With ``forget`` the epoch is not set before the rest.
    """
    whole = epochs_of(loader_of(make, reference, 5), range(epoch + 3))
    loader = loader_of(make, StatefulDataLoader, 5, **options)
    before = epochs_of(loader, range(epoch))
    batches = len(whole[epoch])
    count = {"one": 1, "middle": batches // 2, "last": batches, "end": batches}[place]
    given, iterator = some_of(loader, epoch, count)
    if place == "end":
        assert next(iterator, None) is None
    state = pickle.loads(pickle.dumps(loader.state_dict()))
    del iterator
    fresh = loader_of(make, StatefulDataLoader, 1234, **options)
    fresh.load_state_dict(state)
    rest: list[Any] = []
    if place != "end":
        if not forget:
            set_epoch(fresh, epoch)
        rest = [*fresh]
    after = epochs_of(fresh, range(epoch + 1, epoch + 3))
    return {"whole": whole, "found": [*before, given + rest, *after]}
