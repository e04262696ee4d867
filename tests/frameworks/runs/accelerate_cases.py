"""Samplers of torch or of ours, by a name, and what a shard of their batches gives."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

import accelerate.data_loader
import torch
import torch.utils.data

TORCH = torch.utils.data


def seeded(seed: int = 11) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def _weights(n: int) -> list[float]:
    return [1.0 + index % 3 for index in range(n)]


# Each takes a module, torch.utils.data or fastsamplers, and n.
KINDS: dict[str, Callable[[Any, int], Any]] = {
    "sequential": lambda m, n: m.SequentialSampler(range(n)),
    "random": lambda m, n: m.RandomSampler(range(n)),
    "random, generator": lambda m, n: m.RandomSampler(range(n), generator=seeded()),
    "replacement": lambda m, n: m.RandomSampler(range(n), True, n + 40),
    "replacement, generator": lambda m, n: m.RandomSampler(range(n), True, n, seeded()),
    "permutations": lambda m, n: m.RandomSampler(range(n), num_samples=2 * n + 1),
    "permutations, generator": lambda m, n: m.RandomSampler(range(n), False, 3 * n, seeded()),
    "subset": lambda m, n: m.SubsetRandomSampler(range(0, 3 * n, 3)),
    "subset, generator": lambda m, n: m.SubsetRandomSampler([7, *range(1, n)][:n], seeded()),
    "weighted": lambda m, n: m.WeightedRandomSampler(_weights(n), n),
    "weighted, generator": lambda m, n: m.WeightedRandomSampler(
        _weights(n), n, replacement=False, generator=seeded()
    ),
    "distributed, one rank": lambda m, n: _distributed(m, n),
}
# torch's other samplers refuse to be empty.
MAY_BE_EMPTY = ("sequential", "subset", "subset, generator", "distributed, one rank")


def _distributed(module: Any, n: int) -> Any:
    sampler = getattr(module, "DistributedSampler", TORCH.DistributedSampler)
    if module is TORCH:
        sampler = TORCH.distributed.DistributedSampler
    return sampler(range(n), num_replicas=1, rank=0, seed=2)


class Deal(NamedTuple):
    """How batches are dealt out."""

    batch_size: int
    drop_last: bool
    processes: int
    split_batches: bool
    even_batches: bool


def deals(processes: int) -> Iterator[Deal]:
    """All options with sizes that they allow."""
    for split in (False, True):
        for size in (processes, 2 * processes) if split else (1, 3):
            for even in (False, True):
                for drop in (False, True):
                    yield Deal(size, drop, processes, split, even)


def sizes(kind: str, deal: Deal) -> list[int]:
    """Tiny ones, and those around a round of all processes."""
    size = deal.batch_size
    whole = size if deal.split_batches else size * deal.processes
    around = {1, size, size + 1, whole - 1, whole, whole + 1, 3 * whole, 3 * whole + size + 1}
    least = 0 if kind in MAY_BE_EMPTY else 1
    return sorted(n for n in around | {0} if n >= least)


class Found(NamedTuple):
    """What a process sees of its shard in two passes."""

    length: int
    passes: list[list[list[int]]]
    states: list[bytes]


def states_of(sampler: Any) -> list[bytes]:
    """How the generators stand that a sampler may draw from."""
    own = getattr(sampler, "generator", None)
    states = [torch.get_rng_state()] + ([] if own is None else [own.get_state()])
    return [state.numpy().tobytes() for state in states]


def shard_of(deal: Deal, rank: int, batches: Any, kind: type[Any]) -> Any:
    options = {"split_batches": deal.split_batches, "even_batches": deal.even_batches}
    return kind(batches, deal.processes, rank, **options)


def found(
    deal: Deal, rank: int, sampler: Any, batch_sampler: type[Any], shard: type[Any], **options: Any
) -> Found:
    """Two passes with the global generator in a known state."""
    torch.default_generator.manual_seed(3)  # torch.manual_seed keeps a stack trace for each device
    batches = batch_sampler(sampler, deal.batch_size, deal.drop_last, **options)
    own = shard_of(deal, rank, batches, shard)
    passes = []
    for epoch in range(2):
        if hasattr(sampler, "set_epoch"):
            sampler.set_epoch(epoch)
        passes.append([[int(index) for index in batch] for batch in own])
    return Found(len(own), passes, states_of(sampler))


@functools.cache
def expected(kind: str, n: int, deal: Deal, rank: int) -> Found:
    """Accelerate's shard of torch's batches of torch's indices."""
    sampler = KINDS[kind](TORCH, n)
    return found(deal, rank, sampler, TORCH.BatchSampler, accelerate.data_loader.BatchSamplerShard)
