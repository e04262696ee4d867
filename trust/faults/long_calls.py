"""Calls that work for seconds without giving anything: what Ctrl-C has to come out of."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch

import fastsamplers
from fastsamplers import functional, planning
from trust.faults.cases import lengths_of


@dataclass(frozen=True)
class LongCall:
    """A call on something that is made once and used again after an interrupt.

    ``size`` is how large it is at scale 1. ``torchs`` gives what torch has for it, where torch has.
    """

    size: int
    make: Callable[[int, torch.Generator], Any]
    call: Callable[[Any, torch.Generator], Any]
    torchs: Callable[[int, torch.Generator], Any] | None = None


def _of_function(
    size: int,
    call: Callable[[int, torch.Generator], Any],
    torchs: Callable[[int, torch.Generator], Any] | None = None,
) -> LongCall:
    return LongCall(size, lambda n, _: n, call, torchs)


def _on_lengths(call: Callable[[Any], Any], torchs: Callable[[Any], Any] | None = None) -> LongCall:
    with_torch = None if torchs is None else lambda n, _: torchs(tiled_lengths(n))
    return LongCall(
        50_000_000, lambda n, _: tiled_lengths(n), lambda made, _: call(made), with_torch
    )


def _first(sampler: Callable[[Any, torch.Generator], Any]) -> LongCall:
    """The first batch of a sampler by length, which has to plan all of them."""
    return LongCall(
        50_000_000,
        lambda n, drawn: sampler(tiled_lengths(n), drawn),
        lambda made, _: next(made.blocks(1000)),
    )


def _at_end(
    size: int,
    sampler: Callable[[Any, int, torch.Generator], Any],
    has_torchs: bool,
) -> LongCall:
    """The last indices of a pass, sought."""

    def last(made: Any, _: torch.Generator) -> Any:
        made.seek(len(made) - 1000)
        return [*made]

    def torchs(n: int, drawn: torch.Generator) -> Any:
        return [*sampler(torch.utils.data, n, drawn)][-1000:]

    return LongCall(
        size,
        lambda n, drawn: sampler(fastsamplers, n, drawn),
        last,
        torchs if has_torchs else None,
    )


def tiled_lengths(n: int) -> np.ndarray[Any, np.dtype[np.int32]]:
    """As many lengths, made in little time."""
    return np.resize(lengths_of(1_000_003), n)


def _weights(n: int) -> torch.Tensor:
    return torch.rand(n, generator=torch.Generator().manual_seed(n)) + 0.01


def _draws(parts: int, replacement: bool) -> LongCall:
    return LongCall(
        100_000_000,
        lambda n, _: _weights(n),
        lambda made, drawn: functional.multinomial(
            made, len(made) // parts, replacement, generator=drawn
        ),
    )


def _pack(algorithm: str) -> LongCall:
    return _on_lengths(lambda made: functional.pack(made, 8192, algorithm=algorithm)[0])


LONG_CALLS: dict[str, LongCall] = {
    "randperm": _of_function(
        1 << 28,
        lambda n, drawn: functional.randperm(n, generator=drawn),
        lambda n, drawn: torch.randperm(n, generator=drawn),
    ),
    "randint": _of_function(
        1 << 28,
        lambda n, drawn: functional.randint(n, (n,), generator=drawn),
        lambda n, drawn: torch.randint(n, (n,), generator=drawn),
    ),
    "multinomial, table": _draws(2, True),
    "multinomial, few draws": _draws(4, True),
    "multinomial, choice": _draws(4, False),
    "bucket_argsort": _on_lengths(
        functional.bucket_argsort, lambda made: torch.from_numpy(made).argsort(stable=True)
    ),
    "bucket_argsort of wide values": _on_lengths(
        lambda made: functional.bucket_argsort(made * np.int64(70_001))
    ),
    "pack, best fit": _pack("bfd"),
    "pack, first fit": _pack("ffd"),
    "pack, sequential": _pack("sequential"),
    "index_shuffle": _of_function(
        200_000_000, lambda n, _: fastsamplers.IndexShuffle(1 << 60, 3)[:n]
    ),
    "buckets": _first(
        lambda made, drawn: fastsamplers.BucketBatchSampler(made, 64, generator=drawn)
    ),
    "buckets, one window": _first(
        lambda made, drawn: fastsamplers.BucketBatchSampler(
            made, 64, window=len(made), generator=drawn
        )
    ),
    "tokens": _first(
        lambda made, drawn: fastsamplers.MaxTokensBatchSampler(made, 8192, generator=drawn)
    ),
    "bins": _first(
        lambda made, drawn: fastsamplers.PackedBatchSampler(made, 8192, generator=drawn)
    ),
    "grouped by length": _first(
        lambda made, drawn: fastsamplers.LengthGroupedSampler(64, lengths=made, generator=drawn)
    ),
    "compare_strategies": _on_lengths(
        lambda made: [figures.padded_tokens for figures in planning.compare_strategies(made)]
    ),
    "end of random": _at_end(
        200_000_000, lambda of, n, drawn: of.RandomSampler(range(n), generator=drawn), False
    ),
    "end of a seeded random": _at_end(
        200_000_000, lambda of, n, _: of.DistributedSampler(range(n), 1, 0, seed=3), False
    ),
    "end of random, with replacement": _at_end(
        1_000_000_000,
        lambda of, n, drawn: of.RandomSampler(range(n), True, generator=drawn), False,
    ),
    "end of infinite": LongCall(
        200_000_000,
        lambda n, _: fastsamplers.InfiniteSampler(n, seed=3, rank=0, num_replicas=1),
        lambda made, _: _sought(made, 3 * made.size),
    ),
    "end of weighted": _at_end(
        100_000_000,
        lambda of, n, drawn: of.WeightedRandomSampler(_weights(n), n, True, drawn), False,
    ),
    "one block": LongCall(
        200_000_000,
        lambda n, drawn: fastsamplers.RandomSampler(range(n), generator=drawn),
        lambda made, _: next(made.blocks(len(made))),
        lambda n, drawn: torch.randperm(n, generator=drawn),
    ),
    "one batch": LongCall(
        50_000_000,
        lambda n, drawn: fastsamplers.BatchSampler(
            fastsamplers.RandomSampler(range(n), generator=drawn), n, False
        ),
        lambda made, _: np.array(next(iter(made))),
        lambda n, drawn: torch.randperm(n, generator=drawn),
    ),
    "one batch of a subset": LongCall(
        100_000_000,
        lambda n, drawn: fastsamplers.BatchSampler(
            fastsamplers.SubsetRandomSampler([*range(n)], drawn), n, False
        ),
        lambda made, _: next(iter(made))[::1000],
    ),
    "one batch in order": LongCall(
        300_000_000,
        lambda n, _: fastsamplers.BatchSampler(
            fastsamplers.SequentialSampler(range(n)), n, False
        ),
        lambda made, _: next(iter(made))[::1000],
    ),
    "one batch of bins": LongCall(
        50_000_000,
        lambda n, _: fastsamplers.PackedBatchSampler(tiled_lengths(n), 8192, batch_size=n),
        lambda made, _: next(iter(made))[0],
    ),
    "ints": LongCall(
        50_000_000,
        lambda n, drawn: fastsamplers.RandomSampler(range(n), generator=drawn),
        lambda made, _: np.array([*made]),
        lambda n, drawn: torch.randperm(n, generator=drawn),
    ),
    "the first of very many": LongCall(
        220_000_000,
        lambda n, drawn: fastsamplers.RandomSampler(range(n), generator=drawn),
        lambda made, _: next(made.blocks(1000)),
        lambda n, drawn: torch.randperm(n, generator=drawn)[:1000],
    ),
    "a subset of a list": LongCall(
        50_000_000,
        lambda n, drawn: fastsamplers.SubsetRandomSampler([*range(n)], drawn),
        lambda made, _: next(made.blocks(1000)),
    ),
}  # fmt: skip


def _sought(made: Any, position: int) -> Any:
    made.seek(position)
    return next(made.blocks(1000))
