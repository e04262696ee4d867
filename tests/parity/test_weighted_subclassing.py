"""Subclasses of the weighted samplers that have weights of their own."""

from __future__ import annotations

from types import ModuleType
from typing import Any

import pytest
import torch
import torch.utils.data

import fastsamplers

SIDES = (torch.utils.data, fastsamplers)
GIVEN = torch.rand(500, dtype=torch.float64, generator=torch.Generator().manual_seed(1))


def squared(module: ModuleType) -> type[Any]:
    class Squared(module.WeightedRandomSampler):  # type: ignore[name-defined, misc]
        @property
        def weights(self) -> torch.Tensor:
            return self.base**2

        @weights.setter
        def weights(self, weights: torch.Tensor) -> None:
            self.base = weights

    return Squared


@pytest.mark.parametrize("dtype", [torch.float64, torch.float32])
@pytest.mark.parametrize(("count", "replacement"), [(1, True), (9, True), (300, True), (20, False)])
def test_weights_that_are_computed(dtype: torch.dtype, count: int, replacement: bool) -> None:
    drawn = []
    for module in SIDES:
        generator = torch.Generator().manual_seed(2)
        sampler = squared(module)(GIVEN.to(dtype), count, replacement, generator)
        drawn.append((list(sampler), list(sampler), generator.get_state().tolist()))
    assert drawn[0] == drawn[1]


def test_the_tensor_of_float32_weights_can_be_resized() -> None:
    sizes = []
    for module in SIDES:
        weights = module.WeightedRandomSampler(GIVEN.float(), 3).weights
        sizes.append(weights.resize_(600).shape)
    assert sizes[0] == sizes[1]
