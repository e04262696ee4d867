"""DistributedSampler's own options: padding, layout, auto_epoch; and its warning."""

from __future__ import annotations

import contextlib
import copy
import itertools
import pickle
import warnings
from collections.abc import Iterator
from typing import Any

import pytest
import torch
import torch.utils.data
from hypothesis import example, given
from hypothesis import strategies as st
from torch.utils.data import DataLoader

import fastsamplers
from fastsamplers import DistributedSampler

TorchSampler = torch.utils.data.DistributedSampler

# Machines with one processor, Pythons that warn of a fork beside threads, epochs read again.
pytestmark = [
    pytest.mark.filterwarnings("ignore:.* for the second time, which gives the order"),
    pytest.mark.filterwarnings("ignore:This DataLoader will create"),
    pytest.mark.filterwarnings("ignore:This process .* is multi-threaded, use of fork"),
]


def order_of(n: int, shuffle: bool, algorithm: str, seed: int, epoch: int) -> list[int]:
    if not shuffle or n == 0:
        return list(range(n))
    if algorithm == "feistel":
        return fastsamplers.IndexShuffle(n, seed, epoch=epoch)[:].tolist()
    return torch.randperm(n, generator=torch.Generator().manual_seed(seed + epoch)).tolist()


def places_of(n: int, world: int, padding: str, layout: str, drop_last: bool) -> list[list[int]]:
    """Each rank's places of the order, those from n on being repetitions of its head."""
    total = n
    if drop_last:
        total = n // world * world
    elif padding == "repeat":
        total = -(-n // world) * world
    places = list(range(total))
    if layout == "interleaved":
        return [places[rank::world] for rank in range(world)]
    each, more = divmod(total, world)
    bounds = [rank * each + min(rank, more) for rank in range(world + 1)]
    return [places[first:end] for first, end in itertools.pairwise(bounds)]


@pytest.mark.parametrize("drop_last", [False, True])
@pytest.mark.parametrize("layout", ["interleaved", "contiguous"])
@pytest.mark.parametrize("padding", ["repeat", "none"])
@given(
    n=st.integers(0, 12) | st.integers(0, 300),
    world=st.integers(1, 12) | st.integers(1, 100),
    order=st.sampled_from(["torch", "feistel", "unshuffled"]),
    seed=st.integers(0, 2**40),
    epoch=st.integers(0, 100),
)
@example(n=10, world=4, order="torch", seed=0, epoch=0)
@example(n=3, world=10, order="feistel", seed=0, epoch=1)
def test_every_rank_has_its_places(
    padding: str,
    layout: str,
    drop_last: bool,
    n: int,
    world: int,
    order: str,
    seed: int,
    epoch: int,
) -> None:
    shuffle, algorithm = order != "unshuffled", "feistel" if order == "feistel" else "torch"
    whole = order_of(n, shuffle, algorithm, seed, epoch)
    shares = places_of(n, world, padding, layout, drop_last)
    for rank in {0, 1, world // 2, world - 2, world - 1} & {*range(world)}:
        sampler = DistributedSampler(
            range(n),
            world,
            rank,
            shuffle,
            seed,
            drop_last,
            algorithm=algorithm,
            padding=padding,
            layout=layout,
        )
        sampler.set_epoch(epoch)
        assert len(sampler) == sampler.num_samples == len(shares[rank])
        assert sampler.total_size == sum(map(len, shares))
        assert sampler.num_padding == sum(place >= n for place in shares[rank])
        valid = sampler.valid
        assert valid.dtype is torch.bool
        assert valid.tolist() == [place < n for place in shares[rank]]
        assert list(sampler) == [whole[place % n] for place in shares[rank]]
        blocks = [index for block in sampler.blocks(7) for index in block.tolist()]
        assert blocks == [whole[place % n] for place in shares[rank]]


@pytest.mark.parametrize("layout", ["interleaved", "contiguous"])
@pytest.mark.parametrize("algorithm", ["torch", "feistel"])
def test_without_padding_every_index_comes_once(algorithm: str, layout: str) -> None:
    for n, world in ((0, 1), (0, 3), (1, 3), (10, 3), (11, 4), (100, 7), (5, 5), (5, 9)):
        shares = [
            list(
                DistributedSampler(
                    range(n), world, rank, padding="none", layout=layout, algorithm=algorithm
                )
            )
            for rank in range(world)
        ]
        assert sorted(itertools.chain(*shares)) == list(range(n))
        assert max(map(len, shares)) - min(map(len, shares)) <= 1


def test_what_is_valid_comes_once_on_torchs_shares_too() -> None:
    for n, world in itertools.product((1, 2, 5, 10, 33), (1, 2, 3, 4, 8, 40)):
        valid = []
        for rank in range(world):
            sampler = DistributedSampler(range(n), world, rank)
            indices = torch.tensor(list(TorchSampler(range(n), world, rank)))
            valid += indices[sampler.valid].tolist()
        assert sorted(valid) == list(range(n))


@pytest.mark.parametrize("padding", ["repeat", "none"])
@pytest.mark.parametrize("layout", ["interleaved", "contiguous"])
def test_a_dataset_whose_length_changes(padding: str, layout: str) -> None:
    data = list(range(20))
    sampler = DistributedSampler(data, 3, 1, padding=padding, layout=layout)
    data += range(10)
    with pytest.raises(AssertionError, match="does not match total_size"):
        iter(sampler)


@pytest.mark.parametrize("name", ["padding", "layout", "algorithm"])
@pytest.mark.parametrize("value", ["", "Repeat", "other", None, 0, True, b"none"])
def test_unknown_options(name: str, value: object) -> None:
    with pytest.raises(ValueError, match=f"{name} should be one of .*{name}={value!r}"):
        DistributedSampler(range(10), 2, 0, **{name: value})  # type: ignore[arg-type]


@pytest.mark.parametrize("name", ["auto_epoch", "node_shared"])
@pytest.mark.parametrize("value", [0, 1, None, "yes"])
def test_flags_that_are_no_bools(name: str, value: object) -> None:
    with pytest.raises(ValueError, match=f"{name} should be a boolean value, .*{name}={value}"):
        DistributedSampler(range(10), 2, 0, **{name: value})  # type: ignore[arg-type]


def test_options_are_keyword_only_and_shown() -> None:
    with pytest.raises(TypeError):
        DistributedSampler(range(10), 2, 0, True, 0, False, "torch")  # type: ignore[misc]
    sampler = DistributedSampler(
        range(10), 2, 0, padding="none", layout="contiguous", auto_epoch=True
    )
    for text in ("padding='none'", "layout='contiguous'", "auto_epoch=True"):
        assert text in repr(sampler)
    for carried in (pickle.loads(pickle.dumps(sampler)), copy.deepcopy(sampler)):
        assert repr(carried) == repr(sampler)
        assert list(carried) == list(
            DistributedSampler(range(10), 2, 0, padding="none", layout="contiguous")
        )


# auto_epoch


def torchs_epochs(n: int, epochs: Any, **options: Any) -> list[list[int]]:
    sampler: Any = TorchSampler(range(n), 3, 1, **options)
    passes = []
    for epoch in epochs:
        sampler.set_epoch(epoch)
        passes.append(list(sampler))
    return passes


def test_passes_are_those_of_epochs_0_1_and_so_on() -> None:
    sampler = DistributedSampler(range(20), 3, 1, seed=9, auto_epoch=True)
    assert sampler.epoch == 0
    passes = [list(sampler) for _ in range(4)]
    assert passes == torchs_epochs(20, range(4), seed=9)
    assert sampler.epoch == 3
    assert list(map(len, passes)) == [7] * 4


def test_set_epoch_begins_there() -> None:
    sampler = DistributedSampler(range(20), 3, 1, auto_epoch=True)
    sampler.set_epoch(5)
    passes = [list(sampler) for _ in range(3)]
    sampler.set_epoch(2)
    passes += [list(sampler) for _ in range(2)]
    sampler.set_epoch(3)  # the present one
    passes += [list(sampler) for _ in range(2)]
    assert passes == torchs_epochs(20, [5, 6, 7, 2, 3, 3, 4])


def test_a_pass_that_is_left_early_counts() -> None:
    sampler = DistributedSampler(range(20), 3, 1, auto_epoch=True)
    expected = torchs_epochs(20, range(3))
    iter(sampler)  # nothing is asked of it: no pass
    assert next(iter(sampler)) == expected[0][0]
    assert list(sampler) == expected[1]
    batches = fastsamplers.BatchSampler(sampler, 4, False)
    assert next(iter(batches)) == expected[2][:4]


def test_it_may_be_turned_off() -> None:
    sampler = DistributedSampler(range(20), 3, 1, auto_epoch=True)
    list(sampler)
    sampler.auto_epoch = False
    assert [list(sampler), list(sampler)] == torchs_epochs(20, [0, 0])


@pytest.mark.parametrize(("workers", "persistent"), [(0, False), (2, False), (2, True)])
@pytest.mark.parametrize("batched", [False, True])
def test_in_a_data_loader(workers: int, persistent: bool, batched: bool) -> None:
    sampler = DistributedSampler(range(20), 3, 1, auto_epoch=True)
    options: dict[str, Any] = {"num_workers": workers, "persistent_workers": persistent}
    if batched:
        options["batch_sampler"] = fastsamplers.BatchSampler(sampler, 4, False)
    else:
        options |= {"sampler": sampler, "batch_size": 4}
    loader: Any = DataLoader(range(20), **options)  # type: ignore[arg-type]
    passes = [torch.cat(list(loader)).tolist() for _ in range(4)]
    assert passes == torchs_epochs(20, range(4))


@pytest.mark.parametrize("place", [0, 1, 4, 7])
def test_a_resumed_epoch_is_followed_by_the_next(place: int) -> None:
    expected = torchs_epochs(20, range(5))
    sampler = DistributedSampler(range(20), 3, 1, auto_epoch=True)
    for _ in range(2):
        list(sampler)
    iterator = iter(sampler)
    had = list(itertools.islice(iterator, place))
    fresh = DistributedSampler(range(20), 3, 1, auto_epoch=True)
    resumed = iter(fresh)
    resumed.load_state_dict(iterator.state_dict())
    assert had + list(resumed) == expected[2]
    assert [list(fresh), list(fresh)] == expected[3:]


def test_a_pass_that_has_ended_is_followed_by_the_next() -> None:
    sampler = DistributedSampler(range(20), 3, 1, auto_epoch=True)
    iterator = iter(sampler)
    list(iterator)
    for carried in (pickle.loads(pickle.dumps(sampler)), copy.deepcopy(sampler)):
        assert list(carried) == torchs_epochs(20, [1])[0]
    fresh = DistributedSampler(range(20), 3, 1, auto_epoch=True)
    resumed = iter(fresh)
    resumed.load_state_dict(iterator.state_dict())
    assert list(resumed) == []
    assert list(fresh) == torchs_epochs(20, [1])[0]


# The warning.


@contextlib.contextmanager
def recorded() -> Iterator[list[warnings.WarningMessage]]:
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        yield caught


@pytest.mark.parametrize("algorithm", ["torch", "feistel"])
def test_the_same_order_a_second_time_is_told_once(algorithm: str) -> None:
    sampler = DistributedSampler(range(20), 2, 0, seed=7, algorithm=algorithm)
    sampler.set_epoch(3)
    with recorded() as caught:
        list(sampler)
        assert caught == []
        list(sampler)  # this line
        assert len(caught) == 1
        list(sampler)
        sampler.set_epoch(4)
        list(sampler)
        list(sampler)
    assert len(caught) == 1
    assert caught[0].category is UserWarning
    text = str(caught[0].message)
    assert "seed=7, epoch=3 for the second time" in text
    assert "set_epoch" in text
    assert "auto_epoch=True" in text
    assert caught[0].filename == __file__
    with open(__file__, encoding="utf-8") as source:
        assert source.read().split("\n")[caught[0].lineno - 1].endswith("# this line")


def test_it_points_to_a_loop_over_batches_too() -> None:
    batches = fastsamplers.BatchSampler(DistributedSampler(range(20), 2, 0), 4, False)
    with recorded() as caught:
        for _ in range(3):
            list(batches)
    assert [(entry.filename, entry.category) for entry in caught] == [(__file__, UserWarning)]


QUIET = {
    "one rank": lambda: DistributedSampler(range(20), 1, 0),
    "not shuffled": lambda: DistributedSampler(range(20), 2, 0, shuffle=False),
    "auto_epoch": lambda: DistributedSampler(range(20), 2, 0, auto_epoch=True),
    "one rank, feistel": lambda: DistributedSampler(range(20), 1, 0, algorithm="feistel"),
}


@pytest.mark.parametrize("name", QUIET)
def test_where_there_is_nothing_to_tell(name: str) -> None:
    sampler = QUIET[name]()
    with recorded() as caught:
        for _ in range(3):
            list(sampler)
    assert caught == []


def test_other_epochs_and_unfinished_passes_are_no_second_time() -> None:
    sampler = DistributedSampler(range(20), 2, 0)
    with recorded() as caught:
        for epoch in range(4):
            sampler.set_epoch(epoch)
            list(sampler)
        sampler.set_epoch(9)
        for _ in range(3):
            next(iter(sampler))  # looked at, not read
        list(itertools.islice(sampler, 5))
        list(sampler)
        sampler.seed = 5
        list(sampler)
        len(sampler)
        iter(sampler)
    assert caught == []


def test_a_resumed_pass_is_no_second_time() -> None:
    sampler = DistributedSampler(range(20), 2, 0)
    iterator = iter(sampler)
    next(iterator)
    with recorded() as caught:
        resumed = iter(sampler)
        resumed.load_state_dict(iterator.state_dict())
        list(resumed)
    assert caught == []


def test_a_copy_warns_by_itself() -> None:
    sampler = DistributedSampler(range(20), 2, 0)
    with recorded() as caught:
        list(sampler)
        carried = pickle.loads(pickle.dumps(sampler))
        list(carried)
        assert caught == []
        list(carried)
        list(sampler)
    assert len(caught) == 2
