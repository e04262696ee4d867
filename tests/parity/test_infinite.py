"""InfiniteSampler: the stream of detectron2's TrainingSampler, dealt out to ranks."""

from __future__ import annotations

import copy
import itertools
import pickle
from collections.abc import Iterator

import numpy as np
import pytest
import torch

import fastsamplers
from fastsamplers import IndexShuffle, InfiniteSampler

SIZES = (1, 2, 10, 623, 624, 625, 5000)


def stream(n: int, shuffle: bool, seed: int) -> Iterator[int]:
    """All indices of all ranks: one generator, one permutation after another."""
    generator = torch.Generator().manual_seed(seed)
    while True:
        if shuffle:
            yield from torch.randperm(n, generator=generator).tolist()
        else:
            yield from range(n)


def part(n: int, shuffle: bool, seed: int, rank: int, ranks: int, count: int) -> list[int]:
    return [*itertools.islice(stream(n, shuffle, seed), rank, rank + count * ranks, ranks)]


@pytest.mark.parametrize("shuffle", [True, False])
@pytest.mark.parametrize("n", SIZES)
def test_the_stream_of_each_rank(n: int, shuffle: bool) -> None:
    for ranks, seed in ((1, 0), (2, 5), (3, -1), (8, 2**40), (1500, 7)):
        for rank in {0, ranks // 2, ranks - 1}:
            sampler = InfiniteSampler(n, shuffle, seed, rank=rank, num_replicas=ranks)
            count = min(2 * n + 3, 400)
            expected = part(n, shuffle, seed, rank, ranks, count)
            for _ in range(2):  # each pass begins anew
                assert [*itertools.islice(sampler, count)] == expected
            assert next(sampler.blocks(count)).tolist() == expected


def test_feistel_is_one_index_shuffle_after_another() -> None:
    sampler = InfiniteSampler(100, seed=3, algorithm="feistel", rank=1, num_replicas=3)
    whole = np.concatenate([IndexShuffle(100, 3, epoch=epoch)[:] for epoch in range(3)])
    assert [*itertools.islice(sampler, 90)] == whole[1:270:3].tolist()


@pytest.mark.parametrize("algorithm", ["torch", "feistel"])
@pytest.mark.parametrize("shuffle", [True, False])
def test_resumed_on_other_ranks(shuffle: bool, algorithm: str) -> None:
    def make(rank: int, ranks: int) -> InfiniteSampler:
        return InfiniteSampler(50, shuffle, 9, rank=rank, num_replicas=ranks, algorithm=algorithm)

    whole = [*itertools.islice(make(0, 1), 600)]
    place, state = 0, None
    for ranks, taken in ((2, 30), (5, 7), (1, 64), (3, 50), (3, 0), (4, 11)):
        iterators = [iter(make(rank, ranks)) for rank in range(ranks)]
        if state is not None:
            for iterator in iterators:
                iterator.load_state_dict(state)  # type: ignore[attr-defined]
        got = [[*itertools.islice(iterator, taken)] for iterator in iterators]
        assert [*itertools.chain(*zip(*got, strict=True))] == whole[place : place + ranks * taken]
        place += ranks * taken
        states = [iterator.state_dict() for iterator in iterators]  # type: ignore[attr-defined]
        assert all(one == states[0] for one in states)
        state = states[0]
        assert state["position"] == place


def test_far_away() -> None:
    sampler = InfiniteSampler(10**9, seed=3, algorithm="feistel", rank=0, num_replicas=2)
    sampler.seek(10**17)
    epoch, place = divmod(2 * 10**17, 10**9)
    assert next(iter(sampler)) == IndexShuffle(10**9, 3, epoch=epoch)[place]
    assert next(iter(sampler)) == IndexShuffle(10**9, 3)[0]


def test_batches_and_a_loader_that_resumes() -> None:
    def make() -> fastsamplers.DataLoader:
        return fastsamplers.DataLoader(range(20), 3, sampler=InfiniteSampler(20, seed=1))

    expected = part(20, True, 1, 0, 1, 60)
    loader = make()
    got = [batch.tolist() for batch in itertools.islice(loader, 9)]
    state = loader.state_dict()
    loader = make()
    loader.load_state_dict(state)
    got += [batch.tolist() for batch in itertools.islice(loader, 11)]
    assert [*itertools.chain(*got)] == expected


def test_copies_carry_the_position() -> None:
    sampler = InfiniteSampler(30, seed=2)
    sampler.seek(45)
    expected = part(30, True, 2, 0, 1, 90)[45:]
    for twin in (copy.deepcopy(sampler), pickle.loads(pickle.dumps(sampler))):
        assert [*itertools.islice(twin, 45)] == expected


def test_it_has_no_length_and_draws_from_nobody(states) -> None:
    sampler = InfiniteSampler(5)
    before = states()
    assert (sampler.rank, sampler.num_replicas) == (0, 1)
    next(iter(sampler))
    assert states() == before
    with pytest.raises(TypeError):
        len(sampler)  # type: ignore[arg-type]
    assert repr(sampler).startswith("InfiniteSampler(size=5, shuffle=True, seed=0")


def test_refusals() -> None:
    for size in (0, -1, 2.0, True, None):
        with pytest.raises(ValueError, match="size should be a positive integer value"):
            InfiniteSampler(size)  # type: ignore[arg-type]
    for options, text in (
        ({"rank": 2, "num_replicas": 2}, "Invalid rank 2"),
        ({"rank": -1, "num_replicas": 2}, "Invalid rank -1"),
        ({"num_replicas": 0}, "num_replicas should be a positive"),
        ({"algorithm": "other"}, "algorithm should be one of"),
        ({"shuffle": 1}, "shuffle should be a boolean"),
    ):
        with pytest.raises(ValueError, match=text):
            InfiniteSampler(5, **options)  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="Invalid rank 3"):
        next(iter(InfiniteSampler(5, rank=3)))
    iterator = iter(InfiniteSampler(5))
    state = iterator.state_dict()  # type: ignore[attr-defined]
    for name, value in (("n", 6), ("seed", 1), ("algorithm", "torch.randperm"), ("position", -1)):
        with pytest.raises(ValueError, match=f"{name} of the state"):
            iterator.load_state_dict({**state, name: value})  # type: ignore[attr-defined]
    assert next(iterator) == part(5, True, 0, 0, 1, 1)[0]
