"""Weighted draws as numbers that are uniform exactly where the draws follow the weights.

Each draw owns an interval of the cumulative distribution as long as its weight. A number chosen in
the drawn interval at random is uniform in [0, 1), and independent of the others if the draws are
(the randomised probability integral transform; Brockwell 2007).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Protocol

import numpy as np
import numpy.typing as npt
import torch

import fastsamplers

Indices = npt.NDArray[np.int64]
Reals = npt.NDArray[np.float64]


class Source(Protocol):
    """Draws by weight."""

    name: str

    def __call__(self, weights: Reals, count: int, replacement: bool, seed: int) -> Indices:
        """``count`` indices; without replacement in the order in which they are chosen."""


class Sampler:
    """``WeightedRandomSampler``: the table, or the race where nothing is put back."""

    name = "WeightedRandomSampler"

    def __call__(self, weights: Reals, count: int, replacement: bool, seed: int) -> Indices:
        generator = torch.Generator().manual_seed(seed)
        sampler = fastsamplers.WeightedRandomSampler(
            torch.from_numpy(weights), count, replacement, generator=generator
        )
        return np.concatenate(list(sampler.blocks(2**20)))


class NumPy:
    """``numpy.random.Generator.choice``."""

    name = "numpy"

    def __call__(self, weights: Reals, count: int, replacement: bool, seed: int) -> Indices:
        choose = np.random.default_rng(seed)
        return choose.choice(len(weights), count, replacement, weights / weights.sum())


@dataclass(frozen=True)
class Kind:
    """Weights to draw by: how many, and how they are spread."""

    name: str
    n: int

    def weights(self) -> Reals:
        choose = np.random.default_rng(self.n)
        made: dict[str, Callable[[], Reals]] = {
            "equal": lambda: np.ones(self.n),
            "exponential": lambda: choose.exponential(size=self.n),
            # A few that hold nearly everything, and a long tail.
            "zipf": lambda: choose.permutation(1 / np.arange(1.0, self.n + 1)),
            "half zero": lambda: choose.uniform(size=self.n) * (choose.uniform(size=self.n) < 0.5),
            "wide": lambda: 10 ** choose.uniform(-3, 3, size=self.n),
        }
        return made[self.name]()


def positions(weights: Reals, indices: Indices, noise: np.random.Generator) -> Reals:
    """Where draws with replacement lie in the distribution, in [0, 1]."""
    ends = np.cumsum(weights)
    within = noise.random(len(indices)) * weights[indices]
    return np.asarray((ends[indices] - weights[indices] + within) / ends[-1])


def positions_without(weights: Reals, chosen: Indices, noise: np.random.Generator) -> Reals:
    """The same of a choice without replacement: each in what was left when it was chosen.

    O(k^2) for k chosen.
    """
    own = weights[chosen]
    ends = np.cumsum(weights)
    earlier = np.tril(np.ones((len(chosen), len(chosen))), -1)
    below = earlier * (chosen[None, :] < chosen[:, None]) @ own
    within = noise.random(len(chosen)) * own
    return np.asarray((ends[chosen] - own - below + within) / (ends[-1] - earlier @ own))


def uniform_parts(
    source: Source, kind: Kind, count: int, replacement: bool, passes: int
) -> Iterator[Reals]:
    """The numbers of each pass; seeds 0, 1, 2, ..."""
    weights = kind.weights()
    place = positions if replacement else positions_without
    noise = np.random.default_rng((1, 1))  # not a seed that a source of numpy's draws with
    for seed in range(passes):
        yield place(weights, source(weights, count, replacement, seed), noise)
