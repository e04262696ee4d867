"""Loaders around batch samplers by length: ours, torch's and torchdata's, with workers and without.

Named as the other files that fork, so that they come first.
"""

from __future__ import annotations

import itertools
import pickle
from typing import Any

import pytest
import torch
import torch.utils.data
from torchdata.stateful_dataloader import StatefulDataLoader

import fastsamplers
from tests.parity.plans import FEW, PLANNED, Key, some_lengths

# Machines with one processor, and Pythons that warn of a fork beside threads.
pytestmark = [
    pytest.mark.filterwarnings("ignore:This DataLoader will create"),
    pytest.mark.filterwarnings("ignore:'set_vital' is deprecated"),  # torchdata calls it
    pytest.mark.filterwarnings("ignore:This process .* is multi-threaded, use of fork"),
    # One epoch is read more than once here.
    pytest.mark.filterwarnings("ignore:.* for the second time, which gives the order"),
]

LENGTHS = some_lengths(50)
EPOCHS = 3
LOADERS = {
    "ours": fastsamplers.DataLoader,
    "torch": torch.utils.data.DataLoader,
    "torchdata": StatefulDataLoader,
}
STATEFUL = ("ours", "torchdata")


class Items(torch.utils.data.Dataset[Any]):
    """Each item is its index, or what a list of indices, or of bins, is itself."""

    def __len__(self) -> int:
        return len(LENGTHS)

    def __getitem__(self, index: Any) -> Any:
        return index


def values(batch: Any) -> Any:
    if isinstance(batch, torch.Tensor):
        return batch.tolist()
    return [values(item) for item in batch] if isinstance(batch, list | tuple) else batch


def as_given(batch: Any) -> Any:
    return batch


def made(
    kind: str, loader: str, workers: int = 0, own: bool = False, *, seed: int = 1, **options: Any
) -> tuple[Any, Any]:
    """A sampler, and a loader of its batches."""
    generator = torch.Generator().manual_seed(seed) if own else None
    sampler = PLANNED[kind].make(LENGTHS, generator=generator, **options)
    given: dict[str, Any] = {"batch_sampler": sampler, "collate_fn": as_given}
    if workers:
        given |= {"num_workers": workers, "multiprocessing_context": "fork"}
    return sampler, LOADERS[loader](Items(), **given)


def run_pass(sampler: Any, loader: Any, epoch: int) -> list[Any]:
    sampler.set_epoch(epoch)
    return [values(batch) for batch in loader]


def expected_of(kind: str, own: bool = False, **options: Any) -> list[list[Any]]:
    sampler, _ = made(kind, "torch", 0, own, **options)
    outcome = []
    for epoch in range(EPOCHS):
        sampler.set_epoch(epoch)
        outcome.append(list(sampler))
    return outcome


@pytest.mark.parametrize("workers", [0, 2])
@pytest.mark.parametrize("loader", LOADERS)
@pytest.mark.parametrize("kind", FEW)
def test_whole_epochs(kind: str, loader: str, workers: int) -> None:
    for options in ({}, {"num_replicas": 3, "rank": 2, "drop_last": True}):
        expected = expected_of(kind, **options)
        sampler, around = made(kind, loader, workers, **options)
        for epoch in range(EPOCHS):
            assert len(around) == len(expected[epoch])
            assert run_pass(sampler, around, epoch) == expected[epoch]


@pytest.mark.parametrize("loader", LOADERS)
def test_tensors_of_a_batch(loader: str) -> None:
    """The usual collate: each batch becomes a tensor, a batch of one bin, too."""
    for kind in ("buckets", "bins"):
        sampler = PLANNED[kind].make(LENGTHS)
        batches = list(LOADERS[loader](Items(), batch_sampler=sampler))
        assert [batch.tolist() for batch in batches] == list(sampler)


@pytest.mark.parametrize("loader", LOADERS)
def test_as_a_sampler_of_whole_batches(loader: str) -> None:
    """batch_size=None: the dataset is asked for a whole batch at once."""
    sampler = PLANNED["bins"].make(LENGTHS)
    around = LOADERS[loader](Items(), sampler=sampler, batch_size=None)
    assert [values(batch) for batch in around] == list(sampler)


def check_resumed(kind: str, loader: str, saving: int, loading: int, own: bool, place: int) -> None:
    """From a place of the second epoch on; -1 is after its end."""
    options = {"num_replicas": 2, "rank": 1}
    expected = expected_of(kind, own, **options)
    sampler, around = made(kind, loader, saving, own, **options)
    assert run_pass(sampler, around, 0) == expected[0]
    if place < 0:
        assert run_pass(sampler, around, 1) == expected[1]
    else:
        sampler.set_epoch(1)
        iterator = iter(around)
        head = [values(batch) for batch in itertools.islice(iterator, place)]
        assert head == expected[1][:place]
    state = pickle.loads(pickle.dumps(around.state_dict()))
    iterator = None
    fresh, around = made(kind, loader, loading, own, seed=99, **options)
    around.load_state_dict(state)
    if place >= 0:
        assert [values(batch) for batch in around] == expected[1][place:]
        assert own or fresh.epoch == 1
    assert run_pass(fresh, around, 2) == expected[2]


@pytest.mark.parametrize("own", [False, True], ids=["seed", "generator"])
@pytest.mark.parametrize("loader", STATEFUL)
@pytest.mark.parametrize("kind", FEW)
def test_resumed_without_workers(kind: str, loader: str, own: bool) -> None:
    length = len(expected_of(kind, num_replicas=2, rank=1)[0])
    for place in (1, length // 2, length - 1, -1):
        check_resumed(kind, loader, 0, 0, own, place)


@pytest.mark.parametrize("kind", FEW)
def test_resumed_with_workers(kind: str) -> None:
    """What workers have fetched ahead has not been given."""
    for saving, loading, own, place in ((2, 2, True, 1), (2, 0, False, 2), (0, 2, False, -1)):
        check_resumed(kind, "ours", saving, loading, own, place)


def test_resumed_with_torchdatas_workers() -> None:
    for own, place in ((False, 2), (True, 1), (False, -1)):
        check_resumed("buckets", "torchdata", 2, 2, own, place)


@pytest.mark.parametrize("own", [False, True], ids=["seed", "generator"])
def test_ours_before_the_first_batch_and_after_the_last(own: bool) -> None:
    """Nothing read, and everything read but the end not noticed."""
    expected = expected_of("buckets", own)
    for place in (0, len(expected[0])):
        _, around = made("buckets", "ours", own=own)
        iterator = iter(around)
        head = [values(batch) for batch in itertools.islice(iterator, place)]
        assert head == expected[0][:place]
        fresh, again = made("buckets", "ours", own=own, seed=99)
        again.load_state_dict(around.state_dict())
        assert [values(batch) for batch in again] == expected[0][place:]
        assert run_pass(fresh, again, 1) == expected[1]


@pytest.mark.parametrize("own", [False, True], ids=["seed", "generator"])
@pytest.mark.parametrize("seek", [0, 3])
def test_a_state_before_any_pass(seek: int, own: bool) -> None:
    """Also where the first batches are to be left out."""
    options = {"num_replicas": 2, "rank": 1}
    expected = expected_of("buckets", own, **options)
    sampler, around = made("buckets", "ours", own=own, **options)
    if not own:
        sampler.set_epoch(1)
        expected = expected[1:]
    sampler.seek(seek)
    state = around.state_dict()
    fresh, again = made("buckets", "ours", own=own, seed=99, **options)
    again.load_state_dict(state)
    for loader in (around, again):
        assert [values(batch) for batch in loader] == expected[0][seek:]
    assert run_pass(fresh, again, 2 - own) == expected[1]


@pytest.mark.parametrize("kind", FEW)
def test_on_other_numbers_of_ranks(kind: str) -> None:
    """Two ranks save, three go on."""
    states = []
    for rank in range(2):
        sampler, around = made(kind, "ours", num_replicas=2, rank=rank)
        sampler.set_epoch(1)
        iterator = iter(around)
        for _ in range(2):
            next(iterator)
        states.append(around.state_dict()["sampler"])
        state = around.state_dict()
    assert states[0] == states[1]
    expected = PLANNED[kind].steps(LENGTHS, Key(epoch=1), 3, [(2, 2)])
    for rank in range(3):
        _, around = made(kind, "ours", num_replicas=3, rank=rank)
        around.load_state_dict(state)
        assert [values(batch) for batch in around] == [step[rank] for step in expected]


def test_a_state_that_is_refused_changes_nothing(states) -> None:
    expected = expected_of("buckets", True)
    sampler, around = made("buckets", "ours", own=True)
    state = around.state_dict()
    wrong = {**state, "sampler": {**state["sampler"], "window": 99}}
    before = states(sampler.generator)
    with pytest.raises(ValueError, match="window of the state"):
        around.load_state_dict(wrong)
    assert states(sampler.generator) == before
    assert [values(batch) for batch in around] == expected[0]


def test_a_generator_shared_with_the_loader() -> None:
    """The loader draws the seed of its workers first, then the sampler its own."""
    outcomes = []
    for library in (torch.utils.data, fastsamplers):
        generator = torch.Generator().manual_seed(4)
        sampler = fastsamplers.BucketBatchSampler(LENGTHS, 4, generator=generator)
        around = library.DataLoader(Items(), batch_sampler=sampler, generator=generator)
        passes = [[batch.tolist() for batch in around] for _ in range(2)]
        outcomes.append([passes, generator.get_state().tolist()])
    assert outcomes[0] == outcomes[1]


# DistributedSamplerWrapper


@pytest.mark.parametrize("kind", PLANNED)
@pytest.mark.parametrize("world", [1, 3])
def test_the_wrapper_around_a_plan(kind: str, world: int, read) -> None:
    """It deals out the batches of a plan for one rank, as of any other batch sampler."""
    for epoch in (0, 2):
        whole = PLANNED[kind].batches(LENGTHS, epoch=epoch)
        for rank in range(world):
            wrapper = fastsamplers.DistributedSamplerWrapper(
                PLANNED[kind].make(LENGTHS), world, rank
            )
            wrapper.set_epoch(epoch)
            padded = whole + whole[: -len(whole) % world]
            expected = padded[rank::world]
            assert len(wrapper) == len(expected)
            assert list(wrapper) == expected
            iterator = iter(wrapper)
            read(iterator, 1)
            fresh = fastsamplers.DistributedSamplerWrapper(PLANNED[kind].make(LENGTHS), world, rank)
            resumed = iter(fresh)
            resumed.load_state_dict(iterator.state_dict())
            full = len(whole) // world  # rounds that need no padding
            assert read(resumed, full - 1) == expected[1:full]
