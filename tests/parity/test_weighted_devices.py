"""Weighted draws under another default device: what torch does there, and no harm elsewhere."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest
import torch
import torch.utils.data

import fastsamplers
import fastsamplers.functional

SAMPLER = {
    "torch": torch.utils.data.WeightedRandomSampler,
    "fastsamplers": fastsamplers.WeightedRandomSampler,
}
MULTINOMIAL = {"torch": torch.multinomial, "fastsamplers": fastsamplers.functional.multinomial}
# (indices, replacement)
DRAWS = [(1, True), (1, False), (2, True), (2, False), (300, True), (300, False)]
N = 300
WEIGHTS: dict[str, Callable[[], Any]] = {
    "float64 tensor": lambda: torch.arange(1, N + 1, dtype=torch.float64, device="cpu"),
    "float32 tensor": lambda: torch.arange(1, N + 1, dtype=torch.float32, device="cpu"),
    "float16 tensor": lambda: torch.arange(1, N + 1, dtype=torch.float16, device="cpu"),
    "int64 tensor": lambda: torch.arange(1, N + 1, device="cpu"),
    "float64 array": lambda: np.arange(1.0, N + 1),
    "float32 array": lambda: np.arange(1, N + 1, dtype=np.float32),
    "list": lambda: [*range(1, N + 1)],
}


@contextlib.contextmanager
def by_default(device: str) -> Iterator[None]:
    torch.set_default_device(device)
    try:
        yield
    finally:
        torch.set_default_device(None)


WAYS = {"set_default_device": by_default, "with device": torch.device}


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("device", ["meta", "cpu"])
@pytest.mark.parametrize("name", WEIGHTS)
def test_a_sampler_made_there(same, trace, name: str, device: str, way: str) -> None:
    def scenario(library):
        generator = torch.Generator("cpu").manual_seed(1)
        outcome = []
        for draw in DRAWS:
            with WAYS[way](device):
                sampler = SAMPLER[library.name](WEIGHTS[name](), *draw, generator)
                outcome.append(trace(lambda s=sampler: s, generator, steps=5))
            outcome.append(trace(lambda s=sampler: s, generator, steps=5))
            outcome.append(str(sampler.weights.device))
        return outcome

    same(scenario)


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("device", ["meta", "cpu"])
@pytest.mark.parametrize("name", WEIGHTS)
def test_a_sampler_made_elsewhere(same, trace, name: str, device: str, way: str) -> None:
    def scenario(library):
        outcome = []
        for draw in DRAWS:
            sampler = SAMPLER[library.name](WEIGHTS[name](), *draw)
            with WAYS[way](device):
                outcome.append(trace(lambda s=sampler: s, steps=5))
                outcome.append(str(sampler.weights.device))
            outcome.append(trace(lambda s=sampler: s, steps=5))
        return outcome

    assert "raised" not in str(same(scenario))


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("device", ["meta", "cpu"])
@pytest.mark.parametrize("name", [name for name in WEIGHTS if "tensor" in name])
def test_the_function(same, attempt, states, name: str, device: str, way: str) -> None:
    weights = WEIGHTS[name]()

    def scenario(library):
        multinomial = MULTINOMIAL[library.name]
        outcome = []
        with WAYS[way](device):
            for draw in DRAWS:
                outcome.append(attempt(lambda d=draw: multinomial(weights, *d)))
                out = torch.empty(draw[0], dtype=torch.int64, device="cpu")
                outcome.append(attempt(lambda d=draw, o=out: multinomial(weights, *d, out=o)))
                outcome.append(attempt(lambda d=draw: multinomial(weights.to(device), *d)))
                outcome.append(states())
        return outcome

    same(scenario)


def test_a_distributed_sampler_draws_on_the_cpu_all_the_same() -> None:
    """Its generator and its draw are its own; nothing of them depends on the default device."""
    for name in ("float64 tensor", "float32 tensor", "float16 tensor", "float32 array"):
        for draw in DRAWS:
            sampler = fastsamplers.DistributedWeightedRandomSampler(WEIGHTS[name](), *draw, 2, 1)
            expected = list(sampler)
            with torch.device("meta"):
                assert list(sampler) == expected
