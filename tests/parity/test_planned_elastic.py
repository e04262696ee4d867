"""Batches by length on a number of ranks that changes within an epoch: nothing lost, nothing twice.

A state tells how many ranks have had how many steps; the batches that are left are dealt out anew.
"""

from __future__ import annotations

import collections
from typing import Any

import pytest
import torch
from hypothesis import example, given, settings
from hypothesis import strategies as st

from tests.parity.plans import FEW, PLANNED, Batch, Key, PlannedKind, some_lengths

pytestmark = [
    # One epoch is read more than once here.
    pytest.mark.filterwarnings("ignore:.* for the second time, which gives the order"),
    pytest.mark.filterwarnings("ignore:all .* lengths are .*, so that"),
]


def run_chain(
    planned: PlannedKind,
    lengths: Any,
    stages: list[tuple[int, float]],
    key: Key,
    generators: bool = False,
) -> tuple[list[list[list[Batch]]], list[tuple[int, int]]]:
    """The steps of each stage: (ranks, part of what is left that they have); the last one has all.

    Also how many steps each of the stages before had.
    """
    state: Any = None
    stages = [*stages[:-1], (stages[-1][0], 1.0)]
    had, taken = [], []
    for number, (world, part) in enumerate(stages):
        last = number == len(stages) - 1
        iterators = []
        for rank in range(world):
            options: dict[str, Any] = {"num_replicas": world, "rank": rank}
            if generators:
                options["generator"] = torch.Generator().manual_seed(3 if number == 0 else number)
            sampler = planned.make(
                lengths, shuffle=key.shuffle, drop_last=key.drop_last, seed=key.seed, **options
            )
            iterator = iter(sampler)
            if state is None:
                sampler.set_epoch(key.epoch)
                iterator = iter(sampler)
            else:
                iterator.load_state_dict(state)
                assert sampler.epoch == key.epoch
            iterators.append(iterator)
        if last:
            shares = [list(iterator) for iterator in iterators]
        else:
            left = len(planned.steps(lengths, key, world, taken))
            shares = [[next(iterator) for _ in range(int(part * left))] for iterator in iterators]
            taken.append((world, len(shares[0])))
        states = [without_tensors(iterator.state_dict()) for iterator in iterators]
        assert states[1:] == states[:-1]  # free of ranks
        state = iterators[-1].state_dict()
        had.append([list(step) for step in zip(*shares, strict=True)])
    return had, [(ranks, steps) for ranks, steps in taken if steps]


def without_tensors(state: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in state.items() if not isinstance(value, torch.Tensor)}


def check(planned: PlannedKind, lengths: Any, stages: list[tuple[int, float]], key: Key) -> None:
    had, taken = run_chain(planned, lengths, stages, key)
    # What was given is what the plain plan gives, stage by stage; as many ranks go on where they
    # were, whoever had saved the state.
    merged: list[tuple[int, int]] = []
    for (world, _), steps in zip(stages, had, strict=True):
        goes_on = bool(merged) and merged[-1][0] == world
        before = merged[:-1] if goes_on else merged
        skipped = merged[-1][1] if goes_on else 0
        expected = planned.steps(lengths, key, world, before)[skipped:]
        assert steps == expected[: len(steps)]
        if steps:
            merged = [*before, (world, skipped + len(steps))]
    assert sum(steps for _, steps in taken) == sum(map(len, had[:-1]))
    assert steps == expected
    check_union(planned.plan(lengths, key), had, key)


def check_union(plan: list[Batch], had: list[list[list[Batch]]], key: Key) -> None:
    wanted = collections.Counter(map(str, plan))
    given = collections.Counter(str(batch) for steps in had for step in steps for batch in step)
    repeated = sum((given - wanted).values())
    missing = sum((wanted - given).values())
    if key.drop_last:
        assert repeated == 0
        assert missing < len(had[-1][0]) if had[-1] else True
    else:
        assert missing == 0
        ends = [steps[-1] for steps in had if steps]
        assert repeated == sum(len(end) - len({*map(str, end)}) for end in ends)
        assert all(len({*map(str, step)}) == len(step) for steps in had for step in steps[:-1])


@pytest.mark.parametrize("drop_last", [False, True])
@pytest.mark.parametrize("shuffle", [False, True])
@pytest.mark.parametrize("name", PLANNED)
def test_a_chain_of_worlds(name: str, shuffle: bool, drop_last: bool) -> None:
    lengths = some_lengths(400)
    worlds = [(4, 0.3), (2, 0.2), (3, 0.4), (1, 0.3), (5, 1)]
    for epoch in (0, 3):
        check(PLANNED[name], lengths, worlds, Key(shuffle, drop_last, 11, epoch))
    for world in range(1, 9):
        stages = [(world, 0.5), (9 - world, 0.5), (world, 1)]
        check(PLANNED[name], some_lengths(90), stages, Key(shuffle, drop_last))


@settings(max_examples=120)
@given(
    name=st.sampled_from(sorted(PLANNED)),
    n=st.integers(0, 90),
    stages=st.lists(st.tuples(st.integers(1, 9), st.floats(0, 1)), min_size=1, max_size=6),
    shuffle=st.booleans(),
    drop_last=st.booleans(),
    seed=st.integers(0, 2**64 - 1),
    epoch=st.integers(0, 2**64 - 1),
)
@example("buckets", 21, [(4, 1.0), (3, 1.0)], True, False, 0, 0)
@example("buckets", 21, [(4, 1.0), (3, 1.0)], True, True, 0, 0)
@example("buckets", 40, [(3, 0.5), (3, 0.5), (3, 0.5), (2, 1)], True, False, 0, 0)
@example("bins", 40, [(3, 0.5), (2, 0.0), (3, 0.5), (2, 1)], True, False, 0, 0)
@example("bins", 2, [(7, 0.0), (9, 1.0), (1, 1.0)], True, False, 1, 1)
def test_any_chain(name, n, stages, shuffle, drop_last, seed, epoch) -> None:
    check(PLANNED[name], some_lengths(n), stages, Key(shuffle, drop_last, seed, epoch))


@pytest.mark.parametrize("name", FEW)
def test_with_generators(name: str, states) -> None:
    """The seed is in the state: ranks whose generators stood elsewhere go on with the same plan."""
    planned = PLANNED[name]
    lengths = some_lengths(200)
    generator = torch.Generator().manual_seed(3)
    seed = torch.empty((), dtype=torch.int64).random_(generator=generator).item()
    had, _ = run_chain(planned, lengths, [(4, 0.4), (3, 0.5), (2, 1)], Key(), generators=True)
    check_union(planned.plan(lengths, Key(seed=seed)), had, Key())


@pytest.mark.parametrize("name", FEW)
def test_as_many_ranks_go_on_with_the_same_steps(name: str, read) -> None:
    """Whichever rank's state is loaded, and however often."""
    planned = PLANNED[name]
    lengths = some_lengths(200)
    for world in (1, 2, 5):
        expected = [
            list(planned.make(lengths, num_replicas=world, rank=rank)) for rank in range(world)
        ]
        state: Any = None
        had: list[list[Batch]] = [[] for _ in range(world)]
        for steps in (1, 2, 0, 1, None):
            states = []
            for rank in range(world):
                iterator = iter(planned.make(lengths, num_replicas=world, rank=rank))
                if state is not None:
                    iterator.load_state_dict(state)
                had[rank] += read(iterator, steps)
                states.append(iterator.state_dict())
            state = states[len(had[0]) % world]
        assert had == expected


@pytest.mark.parametrize("name", FEW)
def test_the_epochs_after_it_are_whole(name: str, read) -> None:
    planned = PLANNED[name]
    lengths = some_lengths(200)
    sampler = planned.make(lengths, num_replicas=4, rank=1)
    sampler.set_epoch(2)
    iterator = iter(sampler)
    read(iterator, 3)
    for rank in range(3):
        fresh = planned.make(lengths, num_replicas=3, rank=rank)
        resumed = iter(fresh)
        resumed.load_state_dict(iterator.state_dict())
        rest = list(resumed)
        # Where it stands is told within it, too; len() is that of a whole pass.
        assert len(rest) == -(-(len(planned.plan(lengths, Key(epoch=2))) - 12) // 3)
        assert len(fresh) == len(planned.steps(lengths, Key(), 3))
        fresh.set_epoch(3)
        assert list(fresh) == [step[rank] for step in planned.steps(lengths, Key(epoch=3), 3)]


@pytest.mark.parametrize("name", FEW)
def test_after_the_end_nothing_is_left_for_others(name: str) -> None:
    planned = PLANNED[name]
    lengths = some_lengths(90)
    iterator = iter(planned.make(lengths, num_replicas=4, rank=3))
    assert len(list(iterator)) > 0
    for world in (1, 2, 4, 7):
        fresh = iter(planned.make(lengths, num_replicas=world))
        fresh.load_state_dict(iterator.state_dict())
        assert list(fresh) == []
        assert fresh.state_dict() == iterator.state_dict()


def test_seek_counts_this_worlds_steps(read) -> None:
    """A seek, then other ranks: what all of them have left out."""
    planned = PLANNED["buckets"]
    lengths = some_lengths(200)
    sampler = planned.make(lengths, num_replicas=4)
    sampler.seek(5)
    iterator = iter(sampler)
    read(iterator, 1)
    fresh = iter(planned.make(lengths, num_replicas=3, rank=2))
    fresh.load_state_dict(iterator.state_dict())
    expected = planned.steps(lengths, Key(), 3, [(4, 6)])
    assert list(fresh) == [step[2] for step in expected]
