"""Under DistributedDataParallel our DistributedSampler trains the same model as torch's."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tests.frameworks.runs.ddp_launches import WORLDS, launched, of_ranks
from tests.frameworks.runs.ddp_samplers import OPTIONS, SIZES

Launch = Callable[..., list[Any]]

pytestmark = pytest.mark.conformance(
    "PyTorch DDP",
    "`DistributedSampler`, with `sampler=`, with our `BatchSampler` and `DataLoader`: the indices, "
    "losses and parameters of torch's",
    "untouched",
)


@pytest.fixture(params=[f"{n} {name}" for n in SIZES for name in OPTIONS])
def case(request: pytest.FixtureRequest) -> str:
    return request.param  # type: ignore[no-any-return]


@pytest.mark.parametrize("world", WORLDS)
@pytest.mark.parametrize("way", ["sampler", "batch_sampler", "DataLoader"])
def test_same_indices_losses_and_parameters(
    launch: Launch, world: int, case: str, way: str
) -> None:
    for found in of_ranks(launch, world, "as torch", case):
        assert found[way] == found["torch"]


@pytest.mark.parametrize("world", WORLDS)
def test_what_is_compared_is_a_training_of_several_ranks(
    launch: Launch, world: int, case: str
) -> None:
    trained = of_ranks(launch, world, "as torch", case, "torch")
    assert len(trained) == world
    # Gradients were averaged: ranks that saw different samples have learned the same.
    assert all(rank["parameters"] == trained[0]["parameters"] for rank in trained)
    n = int(case.split()[0])
    if n > world:
        assert trained[0]["seen"] != trained[1]["seen"]
        assert trained[0]["losses"] != trained[1]["losses"]
        assert ("order" in case) == (trained[0]["seen"][0] == trained[0]["seen"][1])
    elif "drop_last" in case and n < world:
        assert trained[0]["seen"] == [[], []]


@pytest.mark.parametrize("world", WORLDS)
def test_options_give_different_trainings(launch: Launch, world: int) -> None:
    found = launched(launch, world)[0]["as torch"]
    seen = [str(found[f"23 {name}"]["torch"]["seen"]) for name in OPTIONS]
    assert len(set(seen)) == len(seen)
