"""Batches by length on several ranks: one plan, equal steps, about one length in each."""

from __future__ import annotations

import collections
import copy
import warnings
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import fastsamplers
from tests.parity.plans import (
    FEW,
    PLANNED,
    Batch,
    Key,
    PlannedKind,
    all_indices,
    flat,
    some_lengths,
)

pytestmark = [
    pytest.mark.filterwarnings("ignore:all .* lengths are .*, so that"),
    # One epoch is read more than once here.
    pytest.mark.filterwarnings("ignore:.* for the second time, which gives the order"),
]

N = 150


@pytest.fixture(params=PLANNED.values(), ids=PLANNED)
def planned(request: pytest.FixtureRequest) -> PlannedKind:
    return request.param


def steps_of(planned: PlannedKind, lengths: Any, world: int, **options: Any) -> list[list[Batch]]:
    """What all ranks have, step by step; as many steps on each of them."""
    epoch = options.pop("epoch", 0)
    shares = []
    for rank in range(world):
        sampler = planned.make(lengths, num_replicas=world, rank=rank, **options)
        sampler.set_epoch(epoch)
        shares.append(list(sampler))
        assert len(sampler) == len(shares[-1])
    return [list(step) for step in zip(*shares, strict=True)]


def counted(batches: Any) -> collections.Counter[str]:
    return collections.Counter(map(str, batches))


@pytest.mark.parametrize("drop_last", [False, True])
@pytest.mark.parametrize("world", range(1, 9))
def test_the_steps_are_those_of_the_plan(planned, world: int, drop_last: bool) -> None:
    for n in (0, 1, 2, 20, N):
        lengths = some_lengths(n)
        for shuffle, seed, epoch in ((True, 0, 0), (True, 2**64 - 1, 9), (False, 0, 0)):
            key = Key(shuffle, drop_last, seed, epoch)
            got = steps_of(planned, lengths, world, **key._asdict())
            assert got == planned.steps(lengths, key, world)


@given(
    name=st.sampled_from(sorted(PLANNED)),
    n=st.integers(0, 80),
    world=st.integers(1, 20),
    shuffle=st.booleans(),
    seed=st.integers(0, 2**64 - 1),
    epoch=st.integers(0, 2**64 - 1),
)
def test_together_they_have_every_batch(name, n, world, shuffle, seed, epoch) -> None:
    """Repeated ones are in the last step alone; with drop_last none is."""
    planned = PLANNED[name]
    lengths = some_lengths(n)
    options = {"shuffle": shuffle, "seed": seed, "epoch": epoch}
    whole = [step[0] for step in steps_of(planned, lengths, 1, **options)]
    steps = steps_of(planned, lengths, world, **options)
    assert len(steps) == -(-len(whole) // world)
    full = [batch for step in steps[:-1] for batch in step]
    last = steps[-1] if steps else []
    assert counted(full) + counted([*dict.fromkeys(map(str, last))]) == counted(whole)
    assert {*map(str, last)} <= {*map(str, whole)}
    repeated = counted(last)
    # As evenly as it can be: each batch of the last step comes as often as any other, or once more.
    assert max(repeated.values(), default=0) - min(repeated.values(), default=0) <= 1
    cut = steps_of(planned, lengths, world, drop_last=True, **options)
    kept = [step[0] for step in steps_of(planned, lengths, 1, drop_last=True, **options)]
    assert len(cut) == len(kept) // world
    given_once = counted(batch for step in cut for batch in step)
    assert set(given_once.values()) <= {1}
    assert not given_once - counted(kept)


def test_more_ranks_than_batches(planned) -> None:
    lengths = [5, 6, 4]
    whole = list(planned.make(lengths))
    world = len(whole) + 3
    steps = steps_of(planned, lengths, world)
    assert len(steps) == 1
    assert {*map(str, steps[0])} == {*map(str, whole)}
    assert steps_of(planned, lengths, world, drop_last=True) == []
    assert steps_of(planned, [], 4) == []


@pytest.mark.parametrize("world", [2, 4, 8])
def test_a_step_has_batches_of_about_one_length(world: int) -> None:
    """A step waits for its longest batch: that costs little beside the batches themselves."""
    lengths = np.random.default_rng(1).lognormal(5, 0.7, 30_000).astype(np.int64).clip(1, 4096)
    for make in (
        lambda **options: fastsamplers.BucketBatchSampler(lengths, 16, **options),
        lambda **options: fastsamplers.MaxTokensBatchSampler(
            lengths, 32_768, max_samples=16, **options
        ),
    ):
        samplers = [make(num_replicas=world, rank=rank, seed=1) for rank in range(world)]
        steps = [
            [int(lengths[batch].max()) for batch in step] for step in zip(*samplers, strict=True)
        ]
        total = sum(map(sum, steps))
        waited = world * sum(map(max, steps))
        assert waited < 1.04 * total
        # Beside a plan in which any batch stands next to any other.
        longest = np.random.default_rng(2).permutation([one for step in steps for one in step])
        assert world * longest.reshape(-1, world).max(axis=1).sum() > 1.15 * total


def test_no_rank_has_the_longest_always() -> None:
    lengths = np.random.default_rng(1).permutation(40_000)
    world = 4
    samplers = [
        fastsamplers.BucketBatchSampler(lengths, 10, window=4000, num_replicas=world, rank=rank)
        for rank in range(world)
    ]
    first = collections.Counter(
        int(np.argmax([lengths[batch].max() for batch in step]))
        for step in zip(*samplers, strict=True)
    )
    # 1000 steps: 250 each, with a deviation of 14.
    assert all(abs(first[rank] - 250) < 5 * 14 for rank in range(world))


@pytest.mark.parametrize("name", FEW)
def test_what_is_repeated_and_left_out_is_random(name: str) -> None:
    planned = PLANNED[name]
    lengths = some_lengths(N)
    batches = len(planned.make(lengths))
    world = next(world for world in range(3, 9) if batches % world)
    left_out, repeated = set(), set()
    for epoch in range(30):
        steps = steps_of(planned, lengths, world, drop_last=True, epoch=epoch)
        given = all_indices(batch for step in steps for batch in step)
        left_out.update({*range(N)} - {*given})
        last = steps_of(planned, lengths, world, epoch=epoch)[-1]
        repeated.update(flat(last[-1]))
    assert len(left_out) > N // 4
    assert len(repeated) > N // 4


def test_a_share_is_fresh_on_each_rank(planned) -> None:
    """Where one rank has a batch twice, or two ranks have it, changing one changes no other."""
    lengths = [5, 6, 4]
    steps = steps_of(planned, lengths, 9)
    for batch in steps[0][:4]:
        batch.clear()
    assert all(steps[0][4:])


@pytest.mark.parametrize("size", [1, 7, 1000])
def test_blocks_of_a_share(planned, size: int) -> None:
    lengths = some_lengths(N)
    for rank in range(3):
        sampler = planned.make(lengths, num_replicas=3, rank=rank, seed=2)
        expected = all_indices(sampler)
        assert np.concatenate(list(sampler.blocks(size))).tolist() == expected


# Forgetting set_epoch.


def warned(call: Any) -> int:
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        call()
    texts = [str(warning.message) for warning in caught]
    assert all("for the second time" in text for text in texts)
    assert {warning.filename for warning in caught} <= {__file__}
    return len(texts)


@pytest.mark.parametrize("read", [list, lambda sampler: list(sampler.blocks())], ids=["", "blocks"])
def test_the_second_pass_over_an_epoch_warns_once(planned, read: Any) -> None:
    sampler = planned.make(some_lengths(N), num_replicas=2, rank=1, seed=3)
    assert warned(lambda: read(sampler)) == 0
    with pytest.warns(
        UserWarning,
        match=f"{type(sampler).__name__} shuffles with seed=3, epoch=0 for the second time, which "
        r"gives the order of the pass before: call set_epoch\(epoch\) before each pass",
    ):
        read(sampler)
    assert warned(lambda: read(sampler)) == 0
    assert warned(lambda: read(copy.copy(sampler))) == 0


def test_nobody_else_is_warned(planned) -> None:
    lengths = some_lengths(N)
    for options in (
        {"num_replicas": 1},
        {"num_replicas": 2, "shuffle": False},
    ):
        sampler = planned.make(lengths, **options)
        assert warned(lambda sampler=sampler: [list(sampler) for _ in range(3)]) == 0
    sampler = planned.make(lengths, num_replicas=2)

    def epochs() -> None:
        for epoch in range(3):
            sampler.set_epoch(epoch)
            list(sampler)

    assert warned(epochs) == 0

    def passes_that_do_not_end() -> None:
        sampler.set_epoch(7)
        for _ in range(3):
            next(iter(sampler))
        sampler.seed = 5

    assert warned(passes_that_do_not_end) == 0
    assert warned(lambda: list(sampler)) == 0
