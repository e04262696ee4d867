"""Passes that a thread reads ahead: torch's indices, and torch's states at torch's moments."""

from __future__ import annotations

import itertools
from collections.abc import Callable

import numpy as np
import pytest
import torch

import fastsamplers

N = 600_000


@pytest.fixture(autouse=True)
def two_threads(threads: Callable[[int], None]) -> None:
    threads(2)


# Samplers of both libraries.
SAMPLERS = {
    "own": lambda library, _: library.RandomSampler(range(N)),
    "large": lambda library, _: library.RandomSampler(range(3_000_000)),
    "longer": lambda library, _: library.RandomSampler(range(300_000), num_samples=800_000),
    "many turns": lambda library, _: library.RandomSampler(range(999), num_samples=N),
    "shared": lambda library, generator: library.RandomSampler(range(N), generator=generator),
    "shared, longer": lambda library, generator: library.RandomSampler(
        range(300_000), num_samples=800_000, generator=generator
    ),
    "subset": lambda library, _: library.SubsetRandomSampler(range(5, 5 + 3 * N, 3)),
    "shared subset": lambda library, generator: library.SubsetRandomSampler(range(N), generator),
    "rank": lambda library, _: library.DistributedSampler(range(3_000_001), 8, 7, seed=3),
}


@pytest.mark.parametrize("name", SAMPLERS)
def test_a_pass_and_the_states_after_it(same, states, name: str) -> None:
    def scenario(library):
        generator = torch.Generator().manual_seed(4)
        sampler = SAMPLERS[name](library, generator)
        outcome = []
        for epoch in range(2):
            if name == "rank":
                sampler.set_epoch(epoch)
            indices = np.fromiter(sampler, np.int64)
            outcome += [len(indices), indices.tobytes(), states(generator)]
        return outcome

    same(scenario)


@pytest.mark.parametrize("size", [1000, 300_000])
@pytest.mark.parametrize("name", ["own", "longer", "shared", "subset", "rank"])
def test_batches_in_every_output_and_blocks(states, name: str, size: int) -> None:
    def start(library):
        torch.default_generator.manual_seed(5)
        generator = torch.Generator().manual_seed(4)
        return SAMPLERS[name](library, generator), generator

    sampler, generator = start(torch.utils.data.distributed if name == "rank" else torch.utils.data)
    expected = np.fromiter(sampler, np.int64)
    after = states(generator)
    for output in ("list", "numpy", "torch", "blocks"):
        sampler, generator = start(fastsamplers)
        if output == "blocks":
            batches = list(sampler.blocks(size))
        else:
            batches = list(fastsamplers.BatchSampler(sampler, size, False, output=output))
        lengths = {len(batch) for batch in batches[:-1]}
        assert lengths <= {size}
        assert np.array_equal(np.concatenate(batches), expected), output
        assert states(generator) == after, output


@pytest.mark.parametrize("name", ["RandomSampler", "SubsetRandomSampler"])
def test_a_shared_generator_moves_when_torch_moves_it(same, states, name: str) -> None:
    n = 300_000
    stops = sorted(
        {
            *range(0, 2 * n + 6, 50_000),
            *(n * turn + near for turn in (1, 2) for near in (-1, 0, 1)),
            2 * n + 4, 2 * n + 5, 2 * n + 6,
        }
    )  # fmt: skip

    def scenario(library):
        generator = torch.Generator().manual_seed(4)
        if name == "RandomSampler":
            sampler = library.RandomSampler(range(n), num_samples=2 * n + 5, generator=generator)
        else:
            sampler = library.SubsetRandomSampler(range(n), generator=generator)
        iterator = iter(sampler)
        outcome = [states(generator)]
        at = 0
        for stop in stops:
            part = np.fromiter(itertools.islice(iterator, stop - at), np.int64)
            at = stop
            outcome += [part.tobytes(), states(generator)]
        return outcome

    same(scenario)


def test_what_others_draw_from_the_generator_meanwhile(same) -> None:
    """It changes the permutations to come and not the one that is read ahead."""
    n = 300_000

    def scenario(library):
        generator = torch.Generator().manual_seed(4)
        iterator = iter(library.RandomSampler(range(n), num_samples=3 * n, generator=generator))
        outcome = []
        for _ in range(9):
            outcome.append(np.fromiter(itertools.islice(iterator, 100_000), np.int64).tobytes())
            outcome.append(torch.rand(1, generator=generator).item())
        return outcome

    same(scenario)
