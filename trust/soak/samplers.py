"""Random configurations of each drop-in sampler."""

from __future__ import annotations

import random
import sys
from collections.abc import Callable
from typing import Any

import torch

from trust.soak import values
from trust.soak.passes import Setup, watch
from trust.soak.run import Run


class Sized:
    """A data source of which nothing but the length is known."""

    def __init__(self, n: int) -> None:
        self._n = n

    def __len__(self) -> int:
        return self._n


def _source(choices: random.Random, n: int) -> Any:
    return choices.choice((range(n), Sized(n), [0] * min(n, 5000) if n <= 5000 else range(n)))


def whose(generator: torch.Generator | None) -> str:
    """A generator in words."""
    return "the global generator" if generator is None else "a generator of its own"


def sequential(run: Run, most: int = 10**7) -> Setup:
    n = values.length(run.choices, most)
    source = _source(run.choices, n)
    make = run.library.SequentialSampler
    return Setup(f"SequentialSampler n={n}", lambda: make(source), draws=False)


def uniform(run: Run, most: int = 10**7) -> Setup:
    """RandomSampler."""
    choices = run.choices
    n = values.length(choices, most)
    replacement = choices.random() < 0.4
    some = choices.choice((1, 2, 31, 32, 33, choices.randrange(1, n + 2), n, n + 1))
    more = min(2 * n, 10**6 + n) + choices.choice((0, 1, choices.randrange(n + 1)))
    num_samples = choices.choice((None, None, some, more, 3 * more if n < 1000 else more))
    generator = run.generator()
    source = _source(choices, n)
    make = run.library.RandomSampler
    about = (
        f"RandomSampler {n=}, {replacement=}, {num_samples=}, own generator {generator is not None}"
    )
    return Setup(about, lambda: make(source, replacement, num_samples, generator), generator)


def subset(run: Run, most: int = 10**6) -> Setup:
    """SubsetRandomSampler."""
    kind, indices = values.container(run.choices, values.length(run.choices, most))
    generator = run.generator()
    make = run.library.SubsetRandomSampler
    about = f"SubsetRandomSampler {kind} of {len(indices)}, {whose(generator)}"
    return Setup(about, lambda: make(indices, generator), generator)


def weighted(run: Run, most: int = 10**6) -> Setup:
    """WeightedRandomSampler."""
    choices = run.choices
    n = values.length(choices, most)
    kind, weights = values.weights(choices, n)
    replacement = choices.random() < 0.5
    few = choices.choice((1, 2, 3, n // 64 + 1, n // 8 + 1, n // 2 + 1))
    num_samples = choices.choice((few, few, max(n, 1), choices.choice((n + 1, 2 * n + 1))))
    generator = run.generator()
    make = run.library.WeightedRandomSampler
    about = (
        f"WeightedRandomSampler {n=}, {kind}, {num_samples=}, {replacement=}, {whose(generator)}"
    )
    return Setup(about, lambda: make(weights, num_samples, replacement, generator), generator)


def distributed(run: Run, most: int = 10**7) -> Setup:
    """DistributedSampler."""
    choices = run.choices
    n = values.length(choices, most)
    replicas = choices.choice((1, 2, 3, 4, 7, 8, 64, choices.randrange(1, 1000), n + 1))
    rank = choices.choice(
        (0, replicas - 1, choices.randrange(replicas), choices.randrange(-1, replicas + 1))
    )
    options: dict[str, Any] = {
        "shuffle": choices.random() < 0.8,
        "seed": values.seed(choices),
        "drop_last": choices.random() < 0.5,
    }
    source = _source(choices, n)
    make = run.library.DistributedSampler
    about = f"DistributedSampler {n=}, {replicas=}, {rank=}, {options}"
    arguments = (source, replicas, rank)
    return Setup(about, lambda: make(*arguments, **options), draws=False, has_epochs=True)


_HUGE = (2**20 - 1, 2**20, 2**20 + 1, 2**40, sys.maxsize)

KINDS: tuple[Callable[[Run, int], Setup], ...] = (
    sequential,
    uniform,
    subset,
    weighted,
    distributed,
)


def batches(run: Run, most: int = 10**6) -> Setup:
    """BatchSampler over each of them: of the same side, or torch's under ours."""
    choices = run.choices
    of = choices.choice(KINDS)(run, most)
    drop_last = choices.random() < 0.5
    size = choices.choice((1, 2, 3, 4, 7, 32, 100, 256, 1000, choices.randrange(1, 5000)))
    if (
        choices.random() < 0.1
    ):  # whose memory is asked for first; torch lists so many with drop_last
        size = 2**20 + choices.choice((-1, 0, 1)) if drop_last else choices.choice(_HUGE)
    make = run.library.BatchSampler
    about = f"BatchSampler {size=}, {drop_last=} over {of.about}"
    return Setup(
        about,
        lambda: make(of.make(), size, drop_last),
        of.generator,
        of.draws,
        gives_batches=True,
    )


CASES: dict[str, Callable[[Run], None]] = {
    "SequentialSampler": lambda run: watch(run, sequential(run)),
    "RandomSampler": lambda run: watch(run, uniform(run)),
    "SubsetRandomSampler": lambda run: watch(run, subset(run)),
    "WeightedRandomSampler": lambda run: watch(run, weighted(run)),
    "DistributedSampler": lambda run: watch(run, distributed(run)),
    "BatchSampler": lambda run: watch(run, batches(run)),
}
