"""torchdata's StatefulDataLoader over batches by length, and over ranks' shares of them."""

from __future__ import annotations

import pickle
from collections.abc import Callable
from typing import Any

import pytest

pytest.importorskip("torchdata")

import torch.utils.data
from torchdata.stateful_dataloader import StatefulDataLoader

import fastsamplers
from fastsamplers import (
    BatchSampler,
    BucketBatchSampler,
    DistributedSampler,
    DistributedSamplerWrapper,
    MaxTokensBatchSampler,
    PackedBatchSampler,
)
from tests.frameworks.runs.torchdata_loaders import (
    BUDGET,
    BY_LENGTH,
    DEALT,
    LENGTHS,
    N,
    epochs_of,
    loader_of,
    resumed,
    seeded,
    set_epoch,
    some_of,
)

pytestmark = pytest.mark.filterwarnings("ignore:'set_vital' is deprecated")  # torchdata calls it
PLANNED = pytest.mark.conformance(
    "torchdata", "`StatefulDataLoader` over batches by length: `state_dict`", "untouched"
)
SHARED = pytest.mark.conformance(
    "torchdata", "`StatefulDataLoader` over `DistributedSamplerWrapper`", "untouched"
)
ELASTIC = pytest.mark.conformance(
    "torchdata", "`StatefulDataLoader`: a state loaded on another number of ranks", "untouched"
)
EAGER = pytest.mark.conformance(
    "torchdata",
    "`LengthGroupedSampler` as `sampler=` of a `StatefulDataLoader`: the order of torch's loader",
    "cannot",
    why="it draws when a pass begins, as Hugging Face's does, which torchdata does at another "
    "moment: take `batch_sampler=`",
)
PLACES = ("one", "middle", "last", "end")
WORKERS = {"num_workers": 2, "snapshot_every_n_steps": 3}
# Each takes num_replicas and rank.
RANKED: dict[str, Callable[[int, int], Any]] = {
    "distributed": lambda w, r: BatchSampler(DistributedSampler(range(N), w, r), 4, False),
    "buckets": lambda w, r: BucketBatchSampler(LENGTHS, 4, num_replicas=w, rank=r),
    "budget": lambda w, r: MaxTokensBatchSampler(LENGTHS, BUDGET, num_replicas=w, rank=r),
    "packed": lambda w, r: PackedBatchSampler(LENGTHS, BUDGET, num_replicas=w, rank=r),
    "dealt": lambda w, r: DistributedSamplerWrapper(
        BucketBatchSampler(LENGTHS, 4), num_replicas=w, rank=r
    ),
}


def require_continued(found: dict[str, Any]) -> None:
    """Every epoch of the interrupted run is that of the other, and no two are the same."""
    assert found["found"] == found["whole"]
    assert found["whole"][0] != found["whole"][1]


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("epoch", [0, 1])
@pytest.mark.parametrize("name", BY_LENGTH)
@PLANNED
def test_by_length(name: str, epoch: int, place: str) -> None:
    require_continued(resumed(BY_LENGTH[name], place, epoch))


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("name", ["buckets", "budget, ranks", "packed rows"])
@PLANNED
def test_the_epoch_is_in_the_state(name: str, place: str) -> None:
    """A rest that nobody has set the epoch of."""
    require_continued(resumed(BY_LENGTH[name], place, forget=True))


@pytest.mark.parametrize("name", BY_LENGTH)
@PLANNED
def test_by_length_with_workers(name: str) -> None:
    require_continued(resumed(BY_LENGTH[name], "middle", **WORKERS))


@pytest.mark.parametrize("place", PLACES)
@PLANNED
def test_every_place_with_workers(place: str) -> None:
    require_continued(resumed(BY_LENGTH["budget"], place, num_workers=2))


@PLANNED
def test_length() -> None:
    """The loader's is the sampler's, and that of an epoch."""
    for make in BY_LENGTH.values():
        loader = loader_of(make, StatefulDataLoader, 5)
        assert len(loader) == len(loader.batch_sampler) == len([*loader])


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("name", DEALT)
@SHARED
def test_shares(name: str, place: str) -> None:
    require_continued(resumed(DEALT[name], place))


@pytest.mark.parametrize("name", DEALT)
@SHARED
def test_shares_with_workers(name: str) -> None:
    require_continued(resumed(DEALT[name], "middle", **WORKERS))


def loader_on(name: str, ranks: int, rank: int, workers: int) -> Any:
    def make() -> dict[str, Any]:
        return {"batch_sampler": RANKED[name](ranks, rank)}

    return loader_of(make, StatefulDataLoader, 5, num_workers=workers)


def joined(shares: list[list[list[int]]]) -> list[int]:
    return [index for share in shares for batch in share for index in batch]


@pytest.mark.parametrize("workers", [0, 1])
@pytest.mark.parametrize("ranks", [1, 3])
@pytest.mark.parametrize("name", RANKED)
@ELASTIC
def test_other_numbers_of_ranks(name: str, ranks: int, workers: int) -> None:
    """Two ranks have left off; the rest is dealt out anew, and filled up at its end alone."""
    loaders = [loader_on(name, 2, rank, workers) for rank in range(2)]
    started = [some_of(loader, 1, 3) for loader in loaders]
    state = pickle.loads(pickle.dumps(loaders[0].state_dict()))
    given = [share for share, _ in started]
    fresh = [loader_on(name, ranks, rank, workers) for rank in range(ranks)]
    rest = []
    for loader in fresh:
        loader.load_state_dict(state)
        set_epoch(loader, 1)
        rest.append([*loader])
    assert len({len(share) for share in rest}) == 1
    assert sorted({*joined(given), *joined(rest)}) == [*range(N)]
    before = joined(given) + joined([share[:-1] for share in rest])
    assert len({*before}) == len(before)
    if ranks == 1:
        assert sorted(joined(given) + joined(rest)) == [*range(N)]
    # Then whole epochs again.
    for rank, loader in enumerate(fresh):
        whole = epochs_of(loader_on(name, ranks, rank, 0), range(2, 3))
        assert epochs_of(loader, range(2, 3)) == whole


@pytest.mark.parametrize("workers", [0, 2])
@EAGER
def test_grouped_as_a_sampler(workers: int) -> None:
    """Its order is Hugging Face's in the same loader, where it resumes; torch's loader differs."""
    trainer_pt_utils = pytest.importorskip("transformers.trainer_pt_utils")

    def made_of(kind: Any, own: bool) -> Callable[[], dict[str, Any]]:
        return lambda: {
            "sampler": kind(4, lengths=LENGTHS, generator=seeded() if own else None),
            "batch_size": 4,
        }

    def run(library: Any, own: bool) -> Any:
        make = made_of(library.LengthGroupedSampler, own)
        return epochs_of(loader_of(make, StatefulDataLoader, 5, num_workers=workers), range(2))

    for own in (False, True):
        assert run(fastsamplers, own) == run(trainer_pt_utils, own)
    make = made_of(fastsamplers.LengthGroupedSampler, False)
    torchs = epochs_of(loader_of(make, torch.utils.data.DataLoader, 5), range(2))
    assert run(fastsamplers, False) != torchs


@pytest.mark.parametrize("place", PLACES)
@PLANNED
def test_grouped_as_a_sampler_resumes(place: str) -> None:
    """With a generator of its own, also where torchdata makes the batches."""

    def make() -> dict[str, Any]:
        sampler = fastsamplers.LengthGroupedSampler(4, lengths=LENGTHS, generator=seeded())
        return {"sampler": sampler, "batch_size": 4}

    require_continued(resumed(make, place, reference=StatefulDataLoader))


@EAGER
def test_grouped_as_a_sampler_without_a_generator() -> None:
    """The rest of an epoch is right, those after it are not."""

    def make() -> dict[str, Any]:
        sampler = fastsamplers.LengthGroupedSampler(4, lengths=LENGTHS)
        return {"sampler": sampler, "batch_size": 4}

    run = resumed(make, "middle", reference=StatefulDataLoader)
    assert run["found"][:2] == run["whole"][:2]
    assert run["found"][2] != run["whole"][2]
