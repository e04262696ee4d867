"""torchdata's StatefulDataLoader over drop-in samplers and over those that only we have.

The parity tests interrupt it at every place; here are epochs as users run them.
"""

from __future__ import annotations

import itertools
import pickle
from collections.abc import Callable
from typing import Any

import pytest

pytest.importorskip("torchdata")

import torch.utils.data
from torchdata.stateful_dataloader import StatefulDataLoader

import fastsamplers
from fastsamplers import BatchSampler, InfiniteSampler
from tests.frameworks.runs.torchdata_loaders import (
    DROP_IN,
    OURS,
    RANKS,
    N,
    epochs_of,
    loader_of,
    resumed,
)

pytestmark = pytest.mark.filterwarnings("ignore:'set_vital' is deprecated")  # torchdata calls it
DROPPED_IN = pytest.mark.conformance(
    "torchdata", "`StatefulDataLoader` over drop-in samplers: order, `state_dict`", "untouched"
)
ADDED = pytest.mark.conformance(
    "torchdata",
    "`StatefulDataLoader` over feistel, distributed weighted and infinite samplers",
    "untouched",
)
PLACES = ("one", "middle", "last", "end")
WORKERS = {"num_workers": 2}
LIBRARIES = {"torch": torch.utils.data, "ours": fastsamplers}


def ours(name: str) -> Callable[[], dict[str, Any]]:
    return lambda: DROP_IN[name](fastsamplers)


def require_continued(found: dict[str, Any]) -> None:
    """Every epoch of the interrupted run is that of the other."""
    assert found["found"] == found["whole"]


@pytest.mark.parametrize("name", DROP_IN)
@DROPPED_IN
def test_order(name: str) -> None:
    """That of torch's samplers in the same loader, with workers and without."""
    runs = [
        epochs_of(
            loader_of(lambda library=library: DROP_IN[name](library), StatefulDataLoader, 5, **how),
            range(3),
        )
        for library in LIBRARIES.values()
        for how in ({}, WORKERS)
    ]
    assert runs[0] == runs[2]
    assert runs[1] == runs[3]
    assert (runs[0][0] == runs[0][1]) == (name == "sequential")


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("epoch", [0, 1])
@pytest.mark.parametrize("name", DROP_IN)
@DROPPED_IN
def test_resumed(name: str, epoch: int, place: str) -> None:
    require_continued(resumed(ours(name), place, epoch))


@pytest.mark.parametrize("every", [1, 3])
@pytest.mark.parametrize("name", DROP_IN)
@DROPPED_IN
def test_resumed_with_workers(name: str, every: int) -> None:
    options = {**WORKERS, "snapshot_every_n_steps": every}
    require_continued(resumed(ours(name), "middle", **options))


@DROPPED_IN
def test_resumed_with_persistent_workers() -> None:
    require_continued(resumed(
        ours("random, generator"), "middle", **WORKERS, persistent_workers=True, prefetch_factor=3
    ))  # fmt: skip


@pytest.mark.parametrize("place", PLACES)
@DROPPED_IN
def test_the_epoch_is_in_the_state(place: str) -> None:
    """A rest that nobody has set the epoch of."""
    require_continued(resumed(ours("distributed"), place, forget=True))


@DROPPED_IN
def test_resumed_twice() -> None:
    """A state of a loader that went on from a state."""
    (whole,) = epochs_of(loader_of(ours("random"), torch.utils.data.DataLoader, 5), range(1))
    given: list[Any] = []
    state = None
    for seed in (5, 77, 1234):
        loader = loader_of(ours("random"), StatefulDataLoader, seed)
        if state is not None:
            loader.load_state_dict(state)
        iterator = iter(loader)
        given += itertools.islice(iterator, 3)
        state = pickle.loads(pickle.dumps(loader.state_dict()))
    assert given == whole[:9]


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("name", OURS)
@ADDED
def test_samplers_of_ours(name: str, place: str) -> None:
    require_continued(resumed(OURS[name], place))


@pytest.mark.parametrize("name", OURS)
@ADDED
def test_samplers_of_ours_with_workers(name: str) -> None:
    require_continued(resumed(OURS[name], "middle", **WORKERS, snapshot_every_n_steps=3))


@pytest.mark.parametrize("workers", [0, 2])
@pytest.mark.parametrize("form", ["sampler", "batch_sampler"])
@pytest.mark.parametrize("algorithm", ["torch", "feistel"])
@ADDED
def test_without_an_end(algorithm: str, form: str, workers: int) -> None:
    """Slices of a stream that has no epochs; it is interrupted in its second permutation."""

    def make() -> dict[str, Any]:
        sampler = InfiniteSampler(N, seed=3, algorithm=algorithm, **RANKS)
        if form == "sampler":
            return {"sampler": sampler, "batch_size": 4}
        return {"batch_sampler": BatchSampler(sampler, 4, False)}

    whole = [*itertools.islice(loader_of(make, torch.utils.data.DataLoader, 5), 30)]
    loader = loader_of(make, StatefulDataLoader, 5, num_workers=workers)
    iterator = iter(loader)
    given = [*itertools.islice(iterator, 9)]
    state = pickle.loads(pickle.dumps(loader.state_dict()))
    del iterator
    fresh = loader_of(make, StatefulDataLoader, 1234, num_workers=workers)
    fresh.load_state_dict(state)
    assert [*given, *itertools.islice(fresh, 21)] == whole
    assert [*itertools.islice(fresh, 5)] == whole[:5]
