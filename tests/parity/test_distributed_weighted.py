"""DistributedWeightedRandomSampler: torch's draw, shared out as torch shares a data set out."""

from __future__ import annotations

import copy
import inspect
import itertools
import pickle
from typing import Any

import numpy as np
import pytest
import torch
import torch.distributed
import torch.utils.data
from hypothesis import example, given, settings
from hypothesis import strategies as st
from torch.utils.data.distributed import DistributedSampler

import fastsamplers
from fastsamplers import DistributedWeightedRandomSampler

WORLDS = (1, 2, 3, 7, 64)


def weights(n: int, dtype: type = np.float64) -> np.ndarray:
    random = np.random.default_rng(n)
    return np.where(random.random(n) < 0.1, 0, random.lognormal(0, 2, n)).astype(dtype) + 1e-3


def torch_share(
    given: Any, count: int, replacement: bool, world: int, rank: int, seed: int, drop_last: bool
) -> list[int]:
    """A rank's places as torch's DistributedSampler has them, of the draw of torch's sampler."""
    places = DistributedSampler(range(count), world, rank, shuffle=False, drop_last=drop_last)
    generator = torch.Generator().manual_seed(seed)
    draw = list(torch.utils.data.WeightedRandomSampler(given, count, replacement, generator))
    return [draw[place] for place in places]


@pytest.mark.parametrize("drop_last", [False, True])
@pytest.mark.parametrize("replacement", [True, False])
@pytest.mark.parametrize("world", WORLDS)
def test_every_share(world: int, replacement: bool, drop_last: bool) -> None:
    given = weights(400)
    for count in {1, 2, world - 1, world, world + 1, 2 * world, 63, 65, 130, 400} - {0}:
        for rank in range(world):
            sampler = DistributedWeightedRandomSampler(
                given, count, replacement, world, rank, 5, drop_last
            )
            like = DistributedSampler(range(count), world, rank, True, 5, drop_last)
            assert len(sampler) == len(like) == sampler.num_samples == like.num_samples
            assert sampler.total_size == like.total_size
            for epoch in (0, 3):
                sampler.set_epoch(epoch)
                expected = torch_share(given, count, replacement, world, rank, 5 + epoch, drop_last)
                assert len(expected) == len(sampler)
                assert list(sampler) == list(sampler) == expected


@pytest.mark.parametrize("replacement", [True, False])
@pytest.mark.parametrize("world", WORLDS)
def test_the_ranks_together_are_the_single_draw(world: int, replacement: bool) -> None:
    given = weights(3000)
    for count, drop_last in itertools.product((world, 10 * world, 1000), (False, True)):
        generator = torch.Generator().manual_seed(9)
        single = list(
            fastsamplers.WeightedRandomSampler(given, count, replacement, generator=generator)
        )
        shares = [
            list(
                DistributedWeightedRandomSampler(
                    given, count, replacement, world, rank, 9, drop_last
                )
            )
            for rank in range(world)
        ]
        union = [*itertools.chain(*zip(*shares, strict=True))]
        if drop_last:
            assert union == single[: count // world * world]
        else:
            assert union[:count] == single
            assert union[count:] == single[: len(union) - count]


@settings(max_examples=150)
@given(
    n=st.integers(1, 3000),
    count=st.integers(1, 4000),
    replacement=st.booleans(),
    world=st.integers(1, 300),
    rank=st.integers(0, 299),
    seed=st.integers(-(2**62), 2**63),
    epoch=st.integers(0, 10_000),
    drop_last=st.booleans(),
    single=st.booleans(),
)
@example(n=5, count=1, replacement=True, world=300, rank=299, seed=-5, epoch=5, drop_last=False,
         single=False)  # fmt: skip
def test_random_shares(n, count, replacement, world, rank, seed, epoch, drop_last, single) -> None:
    given = weights(n, np.float32 if single else np.float64)
    if not replacement:
        count = min(count, n)
    sampler = DistributedWeightedRandomSampler(
        given, count, replacement, world, rank % world, seed, drop_last
    )
    sampler.set_epoch(epoch)
    arguments = given, count, replacement, world, rank % world, seed + epoch, drop_last
    assert list(sampler) == torch_share(*arguments)


@pytest.mark.parametrize("form", [list, np.float32, torch.float64, torch.float32, torch.float16])
def test_every_form_of_weights(form: Any) -> None:
    plain = weights(500).tolist()
    if form is list:
        given = plain
    elif isinstance(form, torch.dtype):
        given = torch.tensor(plain, dtype=form)
    else:
        given = np.array(plain, dtype=form)
    for replacement in (True, False):
        sampler = DistributedWeightedRandomSampler(given, 301, replacement, 3, 1, 7)
        assert list(sampler) == torch_share(given, 301, replacement, 3, 1, 7, False)
        assert sampler.weights.dtype == torch.float64
        sampler.weights = torch.arange(400, dtype=torch.float32)
        expected = torch.multinomial(
            sampler.weights, 301, replacement, generator=torch.Generator().manual_seed(7)
        )
        padded = [*expected.tolist(), *expected[:2].tolist()]
        assert list(sampler) == padded[1::3]


def test_weights_of_another_device_are_asked_of_it(attempt) -> None:
    meta = torch.ones(5, device="meta")
    assert attempt(lambda: DistributedWeightedRandomSampler(meta, 3, True, 2, 0)) == attempt(
        meta.cpu
    )


@pytest.mark.parametrize("replacement", [True, False])
def test_what_reads_a_pass_reads_the_same(replacement: bool) -> None:
    sampler = DistributedWeightedRandomSampler(weights(900), 700, replacement, 4, 3, 1)
    expected = list(sampler)
    assert {type(index) for index in expected} == {int}
    for size in (1, 50, 10_000):
        assert np.concatenate(list(sampler.blocks(size))).tolist() == expected
    batches = fastsamplers.BatchSampler(sampler, 16, False)
    assert [*itertools.chain(*batches)] == expected
    assert len(batches) == 11
    data = torch.utils.data.TensorDataset(torch.arange(900))
    loader = torch.utils.data.DataLoader(data, batch_size=16, sampler=sampler)
    assert torch.cat([batch for (batch,) in loader]).tolist() == expected


def test_the_table_is_kept_over_epochs() -> None:
    given = weights(1000)
    sampler = DistributedWeightedRandomSampler(given, 100, True, 2, 0)
    list(sampler)
    table = sampler._table
    sampler.set_epoch(1)
    list(sampler)
    assert sampler._table is table is not None
    assert len(pickle.dumps(sampler)) < 8 * 1000 + 2000
    given[3] += 1
    list(sampler)
    assert sampler._table is not table


@pytest.mark.parametrize("replacement", [True, False])
def test_epoch_and_seed_are_fixed_at_iter_and_weights_at_the_first_index(replacement) -> None:
    given = weights(500)
    changed = given[::-1].copy()
    for change_weights in (True, False):
        array = given.copy()
        sampler = DistributedWeightedRandomSampler(array, 100, replacement, 2, 0, 4)
        iterator = iter(sampler)
        sampler.set_epoch(3)
        sampler.seed = 9
        sampler.rank = 1
        if change_weights:
            array[:] = changed
        first = next(iterator)
        array[:] = 1
        expected = torch_share(
            changed if change_weights else given, 100, replacement, 2, 0, 4, False
        )
        assert [first, *iterator] == expected


def test_no_other_generator_is_touched(states) -> None:
    before = states()
    for replacement in (True, False):
        sampler = DistributedWeightedRandomSampler(weights(500), 100, replacement, 2, 0)
        list(sampler)
        list(sampler.blocks())
    assert states() == before


@pytest.mark.parametrize("how", [copy.copy, copy.deepcopy, lambda s: pickle.loads(pickle.dumps(s))])
def test_copies(how) -> None:
    sampler = DistributedWeightedRandomSampler(weights(500), 100, False, 3, 2, 8, True)
    sampler.set_epoch(4)
    duplicate = how(sampler)
    assert list(duplicate) == list(sampler)
    assert repr(duplicate) == repr(sampler) == (
        "DistributedWeightedRandomSampler(n=500, num_samples=100, replacement=False, "
        "num_replicas=3, rank=2, seed=8, epoch=4, drop_last=True, strict=False)"
    )  # fmt: skip
    assert isinstance(sampler, DistributedSampler)


ODD: dict[str, list[Any]] = {
    "num_replicas": [0, -1, 1, 2.0, "2", True, np.int64(3)],
    "rank": [-1, 2, 5, 0.0, "0", True, np.int64(1)],
    "seed": [2**64, -(2**63), -(2**63) - 1, "a", None, 1.5, True],
}


@pytest.mark.parametrize("name", ODD)
def test_odd_ranks_and_seeds_are_what_they_are_for_torch(attempt, name: str) -> None:
    for value in ODD[name]:
        arguments = {"num_replicas": 2, "rank": 0, "seed": 0, name: value}
        theirs = attempt(lambda a=arguments: list(DistributedSampler(range(9), **a)))
        ours = attempt(
            lambda a=arguments: list(DistributedWeightedRandomSampler(np.ones(9), 9, **a))
        )
        assert ours[0] == theirs[0], value
        if ours[0] == "raised":
            assert ours == theirs
        else:
            assert len(ours[1]) == len(theirs[1])


def test_weights_and_numbers_are_refused_as_by_the_single_sampler(attempt) -> None:
    for arguments in (
        ([1.0], 0), ([1.0], -1), ([1.0], True), ([1.0], 2.0), ([1.0], np.int64(1)), ([1.0], 1, 1),
        ([[1.0]], 1), ("a", 1), (None, 1), ([-1.0, 1.0], 3), ([np.nan, 1.0], 3), ([0.0], 3),
        ([np.inf], 3), ([-1.0, 1.0], 2, False), ([1.0], 2, False), ([], 1), ([], 2),
    ):  # fmt: skip
        expected = attempt(lambda a=arguments: list(torch.utils.data.WeightedRandomSampler(*a)))
        got = attempt(
            lambda a=arguments: list(DistributedWeightedRandomSampler(*a, num_replicas=2, rank=0))
        )
        assert expected[0] == "raised"
        assert got == expected


def test_attributes_that_do_not_add_up_are_torchs_error(attempt) -> None:
    for name, value in (("total_size", 7), ("num_samples", 3), ("num_replicas", 3)):
        results = []
        for sampler in (
            DistributedSampler(range(20), 2, 1),
            DistributedWeightedRandomSampler(np.ones(9), 20, True, 2, 1),
        ):
            setattr(sampler, name, value)
            results.append(attempt(lambda s=sampler: iter(s)))
        assert results[0] == results[1]
        assert results[0][0] == "raised"


def test_the_process_group_tells_rank_and_world_size(attempt, tmp_path) -> None:
    with_torch = attempt(lambda: DistributedSampler(range(9)))
    assert attempt(lambda: list(DistributedWeightedRandomSampler(np.ones(9), 9))) == with_torch
    torch.distributed.init_process_group(
        "gloo", init_method=f"file://{tmp_path / 'group'}", rank=0, world_size=1
    )
    try:
        sampler = DistributedWeightedRandomSampler(np.ones(9), 9)
    finally:
        torch.distributed.destroy_process_group()
    assert (sampler.rank, sampler.num_replicas) == (0, 1)
    assert list(sampler) == torch_share(np.ones(9), 9, True, 1, 0, 0, False)


def test_the_signature() -> None:
    parameters = inspect.signature(DistributedWeightedRandomSampler).parameters
    assert [*parameters] == ["weights", "num_samples", "replacement", "num_replicas", "rank",
                             "seed", "drop_last", "strict"]  # fmt: skip
    assert parameters["strict"].kind is inspect.Parameter.KEYWORD_ONLY
