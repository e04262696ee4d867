"""``torchdata.nodes`` over our samplers: epochs, and a state that goes on in a fresh pipeline."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

pytest.importorskip("torchdata")

import torch
import torch.utils.data

import fastsamplers
from tests.frameworks.runs.torchdata_loaders import (
    BY_LENGTH,
    DEALT,
    DROP_IN,
    OURS,
    N,
    Numbers,
)
from tests.frameworks.runs.torchdata_pipelines import epochs_of, pipeline, resumed

ORDERS = pytest.mark.conformance(
    "torchdata", "`torchdata.nodes`: `SamplerWrapper`, order over epochs", "untouched"
)
STATES = pytest.mark.conformance(
    "torchdata",
    "`torchdata.nodes`: resume with `SamplerWrapper` over samplers that have epochs",
    "untouched",
)
FORGOTTEN = pytest.mark.conformance(
    "torchdata",
    "`torchdata.nodes`: resume with `SamplerWrapper` over samplers that draw from a generator",
    "cannot",
    why="`SamplerWrapper` keeps no generator, with torch's samplers neither: take "
    "`IterableWrapper(fastsamplers.DataLoader(...))`",
)
WRAPPED = pytest.mark.conformance(
    "torchdata",
    "`torchdata.nodes`: resume with `IterableWrapper` over `fastsamplers.DataLoader`",
    "untouched",
)
PLACES = (1, 5, None)


def held(options: dict[str, Any]) -> Any:
    """The sampler or batch sampler of a loader's options."""
    return options.get("batch_sampler", options.get("sampler"))


def drop_in(name: str, library: Any = fastsamplers) -> Callable[[], Any]:
    return lambda: held(DROP_IN[name](library))


# Their epochs are set, and decide the order.
WITH_EPOCHS: dict[str, Callable[[], Any]] = {
    "distributed": drop_in("distributed"),
    **{
        name: lambda name=name: held(OURS[name]())
        for name in ("feistel distributed", "auto_epoch", "contiguous", "distributed weighted")
    },
    **{
        name: lambda name=name: held(BY_LENGTH[name]())
        for name in BY_LENGTH
        if "grouped" not in name and "generator" not in name
    },
    **{
        f"{name}, dealt": lambda name=name: held(DEALT[name]())
        for name in ("buckets", "budget", "packed")
    },
}
DRAWN = ("random", "random, generator", "subset", "weighted")


@pytest.mark.parametrize("name", DROP_IN)
@ORDERS
def test_order(name: str) -> None:
    """That of torch's samplers in the same pipeline."""
    runs = []
    for library in (torch.utils.data, fastsamplers):
        torch.manual_seed(5)
        runs.append(epochs_of(pipeline(drop_in(name, library)()), 3))
    assert runs[0] == runs[1]
    assert (runs[1][0] == runs[1][1]) == (name == "sequential")


@pytest.mark.parametrize("name", WITH_EPOCHS)
@ORDERS
def test_epochs_are_set(name: str) -> None:
    """What the sampler gives by itself with epochs 0, 1, 2."""
    itself = WITH_EPOCHS[name]()
    expected = []
    for epoch in range(3):
        itself.set_epoch(epoch)
        expected.append([*itself])
    found = epochs_of(pipeline(WITH_EPOCHS[name]()), 3)
    assert found == expected
    assert found[0] != found[1] != found[2]


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("epoch", [0, 1])
@pytest.mark.parametrize("name", WITH_EPOCHS)
@STATES
def test_resumed(name: str, epoch: int, place: int | None) -> None:
    found = resumed(WITH_EPOCHS[name], epoch, place)
    assert found["found"] == found["whole"]
    assert found["whole"][0] != found["whole"][1]


@pytest.mark.parametrize("place", [5, None])
@STATES
def test_resumed_with_threads(place: int | None) -> None:
    """That have read ahead."""
    found = resumed(WITH_EPOCHS["buckets"], 1, place, threads=True)
    assert found["found"] == found["whole"]


@pytest.mark.parametrize("library", [torch.utils.data, fastsamplers], ids=["torch", "ours"])
@pytest.mark.parametrize("name", DRAWN)
@FORGOTTEN
def test_draws_are_forgotten(name: str, library: Any) -> None:
    """In epoch 1, whose order is another one afterwards."""
    found = resumed(drop_in(name, library), 1, 5)
    assert len(found["found"][0]) == len(found["whole"][0])
    assert found["found"] != found["whole"]
    assert found["rest"] != found["whole"][0][5:]


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("epoch", [0, 1])
@pytest.mark.parametrize("name", [*DRAWN, "grouped"])
@WRAPPED
def test_resumed_by_our_loader(name: str, epoch: int, place: int | None) -> None:
    """Whatever the sampler is, its generator is in the loader's state."""

    def make() -> Any:
        options = BY_LENGTH[name]() if name in BY_LENGTH else DROP_IN[name](fastsamplers)
        return fastsamplers.DataLoader(Numbers(), collate_fn=list, **options)

    found = resumed(make, epoch, place, wrapper="IterableWrapper")
    assert found["found"] == found["whole"]
    assert found["whole"][0] != found["whole"][1]
    assert {index for batch in found["whole"][0] for index in batch} <= {*range(N)}
