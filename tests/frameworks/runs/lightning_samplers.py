"""Samplers of torch, of ours and of others, that are dealt out without any process."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import torch

from tests.frameworks.runs.lightning_loaders import TORCH, WEIGHTS, Outwards, seeded


class OfEpochs(TORCH.Sampler[int]):
    """A sampler of somebody else whose order depends on the epoch that is set."""

    def __init__(self, n: int) -> None:
        self.n = n
        self.epoch = 0

    def set_epoch(self, epoch: int) -> None:
        self.epoch = epoch

    def __iter__(self) -> Iterator[int]:
        return iter([(index + self.epoch) % self.n for index in range(self.n)])

    def __len__(self) -> int:
        return self.n


class Drawing(TORCH.Sampler[int]):
    """A sampler of somebody else that draws from a generator of its own."""

    def __init__(self, n: int) -> None:
        self.n = n
        self.generator = seeded()

    def __iter__(self) -> Iterator[int]:
        yield from torch.randint(1000, (self.n,), generator=self.generator).tolist()

    def __len__(self) -> int:
        return self.n


# Each takes a module, torch's or ours, and the number of indices.
SAMPLERS: dict[str, Callable[[Any, int], Any]] = {
    "sequential": lambda m, n: m.SequentialSampler(range(n)),
    "random": lambda m, n: m.RandomSampler(range(n)) if n else range(0),
    "random, generator": lambda m, n: (
        m.RandomSampler(range(n), generator=seeded()) if n else range(0)
    ),
    "replacement": lambda m, n: (
        m.RandomSampler(range(9), replacement=True, num_samples=n) if n else range(0)
    ),
    "subset": lambda m, n: m.SubsetRandomSampler(range(100, 100 + n)),
    "subset, generator": lambda m, n: m.SubsetRandomSampler([7, 7, *range(n)][:n], seeded()),
    "weighted": lambda m, n: (
        m.WeightedRandomSampler(WEIGHTS[:30], n, generator=seeded()) if n else range(0)
    ),
    "outwards": lambda m, n: Outwards(n),
    "of epochs": lambda m, n: OfEpochs(n),
    "drawing": lambda m, n: Drawing(n),
    "list": lambda m, n: list(range(5, 5 + n)),
}


def states(sampler: Any) -> list[bytes]:
    """How the generators stand that a sampler may draw from."""
    own = getattr(sampler, "generator", None)
    generators = [torch.get_rng_state()] + ([] if own is None else [own.get_state()])
    return [state.numpy().tobytes() for state in generators]
