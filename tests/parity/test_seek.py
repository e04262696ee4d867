"""seek(position): the next pass begins there and draws what it would have drawn."""

from __future__ import annotations

import copy
import pickle
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import torch
import torch.utils.data
from hypothesis import given, settings
from hypothesis import strategies as st

import fastsamplers
from fastsamplers import IndexShuffle

# One epoch is read more than once here.
pytestmark = pytest.mark.filterwarnings("ignore:.* for the second time, which gives the order")

N = 30
PASSES = 3
COPIES: dict[str, Callable[[Any], Any]] = {
    "pickle": lambda sampler: pickle.loads(pickle.dumps(sampler)),
    "copy": copy.copy,
    "deepcopy": copy.deepcopy,
}


def seeded(own: bool) -> torch.Generator | None:
    torch.default_generator.manual_seed(5)
    return torch.Generator().manual_seed(6) if own else None


def generator_of(sampler: Any) -> torch.Generator | None:
    """The generator of a sampler, or of the one that its batches are of."""
    for owner in (sampler, getattr(sampler, "sampler", None)):
        generator = getattr(owner, "generator", None)
        if generator is not None:
            return generator
    return None


def library_of(kind: Any) -> Any:
    return torch.utils.data if kind.has_torchs else fastsamplers


def places_of(length: int) -> list[int]:
    return sorted({0, 1, 2, length // 2, length - 1, length})


@pytest.fixture(params=[False, True], ids=["global", "own"], scope="module")
def own(request: pytest.FixtureRequest) -> bool:
    return request.param


def test_the_next_pass_begins_there_and_later_ones_are_whole(kind, passes, states, own) -> None:
    generator = seeded(own)
    expected = passes(kind.make(library_of(kind), N, generator), range(PASSES))
    final = states(generator)
    for epoch in (0, 1):
        for place in places_of(len(expected[epoch])):
            generator = seeded(own)
            sampler = kind.make(fastsamplers, N, generator)
            assert passes(sampler, range(epoch)) == expected[:epoch]
            assert sampler.seek(place) is None
            rest = passes(sampler, range(epoch, PASSES))
            assert rest == [expected[epoch][place:], *expected[epoch + 1 :]], place
            same = states(generator) == final
            assert same, place


def test_every_draw_is_made_when_it_would_have_been(kind, read, states, own) -> None:
    """From the first item on the generators stand where they would have stood."""
    generator = seeded(own)
    iterator = iter(kind.make(fastsamplers, N, generator))
    expected = []
    while item := read(iterator, 1):
        expected.append((item, states(generator)))
    final = states(generator)
    for place in places_of(len(expected)):
        generator = seeded(own)
        before = states(generator)
        sampler = kind.make(fastsamplers, N, generator)
        sampler.seek(place)
        iterator = iter(sampler)
        drawn_early = states(generator) != before
        assert not drawn_early
        for item, after in expected[place:]:
            assert read(iterator, 1) == item
            same = states(generator) == after
            assert same, (place, item)
        assert read(iterator, 1) == []
        same = states(generator) == final
        assert same, place


@pytest.mark.parametrize("had", [0, 2])
def test_a_seek_behind_a_loaded_state_is_for_the_next_pass(kind, read, own, had: int) -> None:
    generator = seeded(own)
    whole = kind.make(fastsamplers, N, generator)
    expected = [read(whole), read(whole)]
    iterator = iter(kind.make(fastsamplers, N, seeded(own)))
    read(iterator, had)
    state = iterator.state_dict()
    sampler = kind.make(fastsamplers, N, seeded(own))
    iterator = iter(sampler)
    iterator.load_state_dict(state)
    sampler.seek(3)
    assert iterator.state_dict()["position"] == state["position"]
    assert read(iterator) == expected[0][had:]
    assert read(sampler) == expected[1][3:]


def test_the_last_seek_counts(kind, read, own) -> None:
    whole = read(kind.make(fastsamplers, N, seeded(own)))
    sampler = kind.make(fastsamplers, N, seeded(own))
    sampler.seek(len(whole))
    sampler.seek(2)
    assert read(sampler) == whole[2:]
    sampler = kind.make(fastsamplers, N, seeded(own))
    sampler.seek(3)
    sampler.seek(0)
    assert read(sampler) == whole


def test_the_length_stays(kind, own) -> None:
    sampler = kind.make(fastsamplers, N, seeded(own))
    length = len(sampler)
    sampler.seek(2)
    assert len(sampler) == length


def test_positions_that_are_none(kind, read, own) -> None:
    whole = read(kind.make(fastsamplers, N, seeded(own)))
    for place in (0, 1):
        sampler = kind.make(fastsamplers, N, seeded(own))
        sampler.seek(place)
        for bad in (-1, -(10**30), len(whole) + 1, 10**6, 2**63, 10**30):
            with pytest.raises(ValueError, match=f"position should be .*position={bad}"):
                sampler.seek(bad)
        for wrong in (1.0, "1", None, [1], 1j, torch.tensor(0.5)):
            with pytest.raises(TypeError, match="position should be an int"):
                sampler.seek(wrong)
        assert read(sampler) == whole[place:]  # what was refused has changed nothing
        sampler.seek(len(whole))
        assert len(read(sampler)) == 0


def test_integers_of_other_types(kind, read, own) -> None:
    whole = read(kind.make(fastsamplers, N, seeded(own)))
    for place in (np.int64(2), torch.tensor(2), np.uint8(2)):
        sampler = kind.make(fastsamplers, N, seeded(own))
        sampler.seek(place)
        assert read(sampler) == whole[2:]


@pytest.mark.parametrize("how", COPIES)
def test_copies_carry_it(kind, read, how: str, own) -> None:
    whole = read(kind.make(fastsamplers, N, seeded(own)))
    sampler = kind.make(fastsamplers, N, seeded(own))
    sampler.seek(3)
    carried = COPIES[how](sampler)
    assert read(carried) == whole[3:]
    assert len(read(carried)) == len(whole)
    if how != "copy":  # which may share its generator, or the sampler of its batches
        torch.default_generator.manual_seed(5)
        assert read(sampler) == whole[3:]


def test_the_state_of_a_pass_that_will_begin_there(kind, read, own) -> None:
    whole = read(kind.make(fastsamplers, N, seeded(own)))
    sampler = kind.make(fastsamplers, N, seeded(own))
    sampler.seek(3)
    state = iter(sampler).state_dict()
    other = kind.make(fastsamplers, N, seeded(own))
    iterator = iter(other)
    iterator.load_state_dict(state)
    assert read(iterator) == whole[3:]
    torch.default_generator.manual_seed(5)
    assert read(sampler) == whole[3:]


def test_a_state_that_is_loaded_takes_its_place(kind, read, own) -> None:
    iterator = iter(kind.make(fastsamplers, N, seeded(own)))
    had = read(iterator, 2)
    state = iterator.state_dict()
    whole = had + read(iterator)
    sampler = kind.make(fastsamplers, N, seeded(own))
    sampler.seek(3)
    iterator = iter(sampler)
    iterator.load_state_dict(state)
    assert read(iterator) == whole[2:]
    assert len(read(sampler)) == len(whole)  # and the pass after it is whole


def test_blocks_begin_there(kinds, read, own) -> None:
    for kind in kinds.values():
        if kind.name.startswith("batches"):
            continue
        whole = read(kind.make(fastsamplers, N, seeded(own)))
        sampler = kind.make(fastsamplers, N, seeded(own))
        sampler.seek(3)
        assert [i for block in read(sampler.blocks(7)) for i in block] == whole[3:], kind.name
        assert len(read(sampler)) == len(whole)


def test_an_iterator_that_runs_goes_on(kind, read, own) -> None:
    whole = read(kind.make(fastsamplers, N, seeded(own)))
    sampler = kind.make(fastsamplers, N, seeded(own))
    iterator = iter(sampler)
    had = read(iterator, 2)
    sampler.seek(3)
    assert had + read(iterator) == whole
    assert len(read(sampler)) == len(whole) - 3


EDGES = [2, 3, 31, 32, 33, 227, 454, 622, 623, 624, 625, 626, 1023, 1024, 1025, 1247, 1248, 1249]
LONGER = [4095, 4096, 4097, 2**14 + 1, 2**16, 2**18 - 1, 2**18 + 1]


@settings(max_examples=25)
@given(
    n=st.sampled_from(EDGES + LONGER),
    near=st.sampled_from([0, 1, 32, 623, 624, 625, 4096, 2**14, 2**16, -625, -624, -32, -2, -1]),
    by=st.integers(-2, 2),
    own=st.booleans(),
)
@pytest.mark.parametrize(
    "name",
    [
        "random",
        "random, more",
        "replaced, more",
        "of array",
        "weighted float64",
        "chosen float32",
        "ranked",
        "random feistel, more",
        "ranked torch, none, contiguous",
        "batches: random, torch, full",
        "batches: replaced, torch",
    ],
)
def test_where_blocks_of_words_begin(kinds, read, states, name, n, near, by, own) -> None:
    kind = kinds[name]
    generator = seeded(own)
    iterator = iter(kind.make(fastsamplers, n, generator))
    whole = read(iterator)
    final = states(generator)
    place = min(max(0, (near if near >= 0 else len(whole) + near) + by), len(whole))
    generator = seeded(own)
    sampler = kind.make(fastsamplers, n, generator)
    sampler.seek(place)
    rest = read(sampler)
    same = rest == whole[place:]
    assert same, (len(rest), len(whole), place)
    same = states(generator) == final
    assert same


class Sized:
    """A data set of any length, which costs nothing."""

    def __init__(self, n: int) -> None:
        self.n = n

    def __len__(self) -> int:
        return self.n


HUGE = 10**12


@pytest.mark.parametrize("own", [False, True])
@pytest.mark.parametrize("place", [0, 1, 10**6, HUGE // 2, HUGE - 3, HUGE])
def test_near_the_end_of_a_huge_feistel_order(place: int, own: bool) -> None:
    generator = seeded(own)
    sampler = fastsamplers.RandomSampler(Sized(HUGE), generator=generator, algorithm="feistel")
    sampler.seek(place)
    iterator = iter(sampler)
    got = [index for index, _ in zip(iterator, range(3), strict=False)]
    seed = int(torch.empty((), dtype=torch.int64).random_(generator=seeded(own)).item())
    assert got == IndexShuffle(HUGE, seed)[place : place + 3].tolist()
    shares = []
    for rank in range(2):
        ranked = fastsamplers.DistributedSampler(Sized(HUGE), 2, rank, algorithm="feistel")
        ranked.seek(min(place, len(ranked) - 2))
        share = iter(ranked)
        shares.append([next(share), next(share)])
    first = 2 * min(place, HUGE // 2 - 2)
    order = IndexShuffle(HUGE, 0, epoch=0)[first : first + 4].tolist()
    assert [*zip(*shares, strict=True)] == [tuple(order[:2]), tuple(order[2:])]


@pytest.mark.parametrize("n", [10**6, HUGE])
@pytest.mark.parametrize("own", [False, True])
def test_far_into_draws_with_replacement(n: int, own: bool) -> None:
    """As torch's blocks of 32 from the generator, or from the seed that it gave."""
    place, count = 2**22 + 5, 40
    generator = seeded(own)
    source = generator
    if source is None:
        seed = int(torch.empty((), dtype=torch.int64).random_().item())
        source = torch.Generator().manual_seed(seed)
    expected = torch.randint(n, (place + count,), generator=source)[place:].tolist()
    sampler = fastsamplers.RandomSampler(Sized(n), True, 2**23, seeded(own))
    sampler.seek(place)
    iterator = iter(sampler)
    assert [next(iterator) for _ in range(count)] == expected


def test_the_end_of_a_pass_of_draws_over_a_huge_range() -> None:
    sampler = fastsamplers.RandomSampler(Sized(HUGE), True)
    sampler.seek(HUGE)
    sampler.seek(0)
    assert 0 <= next(iter(sampler)) < HUGE
    with pytest.raises(ValueError, match="position should be in"):
        sampler.seek(HUGE + 1)


def test_batches_of_any_size() -> None:
    for size, drop_last in ((1, False), (7, False), (7, True), (40, False), (40, True)):
        whole = list(
            fastsamplers.BatchSampler(fastsamplers.SequentialSampler(range(N)), size, drop_last)
        )
        for place in range(len(whole) + 1):
            batches = fastsamplers.BatchSampler(
                fastsamplers.SequentialSampler(range(N)), size, drop_last
            )
            batches.seek(place)
            assert list(batches) == whole[place:]
            assert list(batches) == whole
        with pytest.raises(ValueError, match=f"position={len(whole) + 1}"):
            batches.seek(len(whole) + 1)
