"""An epoch that is gone on with on other numbers of ranks: together they have what is left of it.

The states are free of ranks: what all ranks have had is told by one number, or by one number for
each world size where every rank has a run of its own.
"""

from __future__ import annotations

import collections
from typing import Any

import numpy as np
import pytest
import torch
import torch.utils.data
from hypothesis import example, given, settings
from hypothesis import strategies as st

import fastsamplers

# One epoch is read more than once here.
pytestmark = pytest.mark.filterwarnings("ignore:.* for the second time, which gives the order")

SEED = 3


def distributed(n: int, world: int, rank: int, **options: Any) -> Any:
    return fastsamplers.DistributedSampler(range(n), world, rank, seed=SEED, **options)


def weighted(n: int, world: int, rank: int, **options: Any) -> Any:
    weights = np.random.default_rng(1).random(2 * n + 5) + 0.01
    return fastsamplers.DistributedWeightedRandomSampler(
        weights, n, options["replacement"], world, rank, SEED, options["drop_last"]
    )


def epoch_of(make: Any, n: int, epoch: int, options: dict[str, Any]) -> list[int]:
    """The whole order, as torch has it where torch has one."""
    if n == 0:
        return []
    if make is weighted:
        draw = torch.utils.data.WeightedRandomSampler(
            np.random.default_rng(1).random(2 * n + 5) + 0.01,
            n,
            options["replacement"],
            torch.Generator().manual_seed(SEED + epoch),
        )
        return list(draw)
    if not options["shuffle"]:
        return list(range(n))
    if options.get("algorithm") == "feistel":
        return fastsamplers.IndexShuffle(n, SEED, epoch=epoch)[:].tolist()
    return torch.randperm(n, generator=torch.Generator().manual_seed(SEED + epoch)).tolist()


def flat(items: list[Any]) -> list[int]:
    return [index for item in items for index in (item if isinstance(item, list) else [item])]


def read_chain(
    make: Any,
    n: int,
    worlds: list[int],
    cuts: list[float],
    batch_sizes: list[int],
    epoch: int,
    options: dict[str, Any],
) -> list[list[list[int]]]:
    """What each rank of each world has; the last world reads to the end."""
    state = None
    had = []
    for stage, world in enumerate(worlds):
        states, shares = [], []
        iterators = []
        for rank in range(world):
            sampler = make(n, world, rank, **options)
            if state is None:
                sampler.set_epoch(epoch)
            if batch_sizes[stage]:
                sampler = fastsamplers.BatchSampler(sampler, batch_sizes[stage], False)
            iterators.append(iter(sampler))
            if state is not None:
                iterators[-1].load_state_dict(state)
        last = stage == len(worlds) - 1
        # As many steps as every rank can do.
        probes = []
        for rank in range(world):
            probe = make(n, world, rank, **options)
            probe.set_epoch(epoch)
            iterator = iter(probe)
            if state is not None:
                iterator.load_state_dict(state)
            probes.append(len(list(iterator)))
        steps = int(cuts[stage] * (min(probes) // max(1, batch_sizes[stage])))
        for iterator in iterators:
            items = list(iterator) if last else [next(iterator) for _ in range(steps)]
            shares.append(flat(items))
            states.append(iterator.state_dict())
        assert not last or [len(share) for share in shares] == probes
        if not last:
            assert all(other == states[0] for other in states)  # free of ranks
        state = states[len(states) // 2]
        had.append(shares)
    return had


def left_to(rest: list[int], order: list[int], world: int, rank: int, options: Any) -> list[int]:
    """A rank's places of what is left, interleaved."""
    if options["drop_last"]:
        rest = rest[: len(rest) // world * world]
    elif options.get("padding", "repeat") == "repeat" and rest:
        padding = -len(rest) % world
        rest = rest + (order * padding)[:padding]
    return rest[rank::world]


def check_interleaved(order: list[int], had: Any, options: dict[str, Any]) -> None:
    """Every rank has exactly the places that the plain definition gives it."""
    rest = order
    for shares in had:
        for rank, share in enumerate(shares):
            expected = left_to(rest, order, len(shares), rank, options)
            assert share == expected[: len(share)]
        taken = sum(map(len, shares))
        rest, before = rest[taken:], rest
    expected = [left_to(before, order, len(shares), rank, options) for rank in range(len(shares))]
    assert shares == expected


def check_union(order: list[int], had: Any, options: dict[str, Any]) -> None:
    wanted = collections.Counter(order)
    given = collections.Counter(index for shares in had for share in shares for index in share)
    world = len(had[-1])
    missing = sum((wanted - given).values())
    repeated = sum((given - wanted).values())
    equal = {len(share) for share in had[-1]}
    if options["drop_last"]:
        assert repeated == 0
        assert missing < world
        assert len(equal) == 1
    elif options.get("padding", "repeat") == "none":
        assert wanted == given
        assert max(equal) - min(equal) <= 1
    else:
        assert missing == 0
        assert len(equal) == 1
        if options.get("layout", "interleaved") == "interleaved":
            assert repeated < max(map(len, had))
        else:  # a run may end in padding before all others have ended
            assert repeated <= sum(len(shares) - 1 for shares in had)


chains = st.integers(1, 5).flatmap(
    lambda length: st.tuples(
        st.lists(st.integers(1, 9), min_size=length, max_size=length),
        st.lists(st.floats(0, 1), min_size=length, max_size=length),
        st.lists(st.integers(0, 5), min_size=length, max_size=length),
    )
)


@pytest.mark.parametrize("drop_last", [False, True])
@pytest.mark.parametrize("padding", ["repeat", "none"])
@pytest.mark.parametrize("layout", ["interleaved", "contiguous"])
@pytest.mark.parametrize("order", ["torch", "feistel", "unshuffled"])
@settings(max_examples=40)
@given(n=st.integers(1, 12) | st.integers(1, 200), chain=chains, epoch=st.integers(0, 5))
@example(n=10, chain=([3, 2, 5], [0.5, 0.5, 0], [0, 0, 0]), epoch=1)
@example(n=10, chain=([4, 2], [0.7, 0], [0, 0]), epoch=0)
@example(n=5, chain=([4, 3], [0.5, 0], [0, 0]), epoch=0)
@example(n=2, chain=([7, 9, 1], [0, 0, 0], [0, 1, 0]), epoch=0)
@example(n=100, chain=([2, 8, 2, 3, 1], [0.3, 0.5, 0.2, 0.9, 0], [4, 2, 3, 0, 5]), epoch=2)
def test_the_ranks_together_have_the_epoch(
    order: str, layout: str, padding: str, drop_last: bool, n: int, chain: Any, epoch: int
) -> None:
    options: dict[str, Any] = {
        "shuffle": order != "unshuffled",
        "layout": layout,
        "padding": padding,
        "drop_last": drop_last,
    }
    if order == "feistel":
        options["algorithm"] = "feistel"
    whole = epoch_of(distributed, n, epoch, options)
    had = read_chain(distributed, n, *chain, epoch, options)
    check_union(whole, had, options)
    if layout == "interleaved":
        check_interleaved(whole, had, options)


@pytest.mark.parametrize("drop_last", [False, True])
@pytest.mark.parametrize("replacement", [False, True])
@settings(max_examples=40)
@given(n=st.integers(1, 12) | st.integers(1, 200), chain=chains, epoch=st.integers(0, 5))
def test_a_weighted_draw(
    replacement: bool, drop_last: bool, n: int, chain: Any, epoch: int
) -> None:
    options = {"replacement": replacement, "drop_last": drop_last}
    whole = epoch_of(weighted, n, epoch, options)
    had = read_chain(weighted, n, *chain, epoch, options)
    check_union(whole, had, options)
    check_interleaved(whole, had, options)


@pytest.mark.parametrize("drop_last", [False, True])
@pytest.mark.parametrize("padding", ["repeat", "none"])
@pytest.mark.parametrize("layout", ["interleaved", "contiguous"])
@pytest.mark.parametrize("order", ["torch", "feistel", "unshuffled"])
@settings(max_examples=30)
@given(
    n=st.integers(1, 100),
    world=st.integers(1, 9),
    cuts=st.lists(st.floats(0, 1), min_size=1, max_size=4),
    batch_size=st.integers(0, 4),
)
def test_as_many_ranks_go_on_as_if_nothing_had_been(
    order: str,
    layout: str,
    padding: str,
    drop_last: bool,
    n: int,
    world: int,
    cuts: list[float],
    batch_size: int,
) -> None:
    """Padding included; and whichever rank's state is loaded."""
    options: dict[str, Any] = {
        "shuffle": order != "unshuffled",
        "layout": layout,
        "padding": padding,
        "drop_last": drop_last,
    }
    if order == "feistel":
        options["algorithm"] = "feistel"
    whole = [list(distributed(n, world, rank, **options)) for rank in range(world)]
    if order == "torch" and (layout, padding) == ("interleaved", "repeat"):
        assert whole == [
            list(torch.utils.data.DistributedSampler(range(n), world, rank, True, SEED, drop_last))
            for rank in range(world)
        ]
    stages = [world] * (len(cuts) + 1)
    sizes = [batch_size] * len(stages)
    had = read_chain(distributed, n, stages, [*cuts, 0], sizes, 0, options)
    joined = [[index for shares in had for index in shares[rank]] for rank in range(world)]
    assert joined == whole


@pytest.mark.parametrize("layout", ["interleaved", "contiguous"])
@pytest.mark.parametrize("order", ["torch", "feistel"])
def test_the_epochs_after_it_are_whole(order: str, layout: str) -> None:
    options = {"algorithm": order, "layout": layout, "padding": "none", "shuffle": True}
    first = distributed(50, 4, 1, **options)
    first.set_epoch(2)
    iterator = iter(first)
    for _ in range(5):
        next(iterator)
    state = iterator.state_dict()
    had = 0
    for rank in range(3):
        sampler = distributed(50, 3, rank, **options)
        resumed = iter(sampler)
        resumed.load_state_dict(state)
        assert sampler.epoch == 2
        had += len(list(resumed))
        sampler.set_epoch(3)
        like = distributed(50, 3, rank, **options)
        like.set_epoch(3)
        assert list(sampler) == list(like)
        assert len(sampler) == len(like)
    assert had == 50 - 4 * 5


def test_one_rank_is_the_single_sampler_with_that_seed() -> None:
    """From three ranks to one: the rest of torch.randperm itself."""
    order = torch.randperm(1000, generator=torch.Generator().manual_seed(SEED)).tolist()
    iterator = iter(distributed(1000, 3, 0))
    for _ in range(111):
        next(iterator)
    single = iter(distributed(1000, 1, 0))
    single.load_state_dict(iterator.state_dict())
    assert list(single) == order[333:]
