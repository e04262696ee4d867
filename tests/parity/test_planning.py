"""What strategies cost: the figures against those of the batches that the samplers give."""

from __future__ import annotations

import dataclasses
import itertools
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
import torch
import torch.utils.data

from fastsamplers import BucketBatchSampler, MaxTokensBatchSampler, PackedBatchSampler, planning
from fastsamplers.planning import StrategyFigures, compare_strategies

Array = npt.NDArray[Any]
GENERATOR = np.random.default_rng(7)
LENGTHS: dict[str, Array] = {
    "lognormal": np.clip(GENERATOR.lognormal(4, 0.8, 3001), 1, 700).astype(np.int32),
    "uniform": GENERATOR.integers(0, 129, 1000).astype(np.uint8),
    "one is much longer": np.array([3] * 200 + [900]),
    "fewer than a batch": np.array([5, 2, 9]),
    "one": np.array([6]),
    "equal": np.full(70, 4),
    "zeros": np.zeros(20, np.int64),
}


def by_name(lengths: Any, **options: Any) -> dict[str, StrategyFigures]:
    return {plan.strategy: plan for plan in compare_strategies(lengths, **options)}


@pytest.mark.filterwarnings("ignore:all [0-9]+ lengths are:UserWarning")
def samplers(lengths: Array, plans: dict[str, StrategyFigures], **options: Any) -> dict[str, Any]:
    """The samplers as a user makes them, of the options that the figures name."""
    return {
        "random": BucketBatchSampler(lengths, plans["random"].options["batch_size"], window=1,
                                     **options),
        "bucketed": BucketBatchSampler(lengths, plans["bucketed"].options["batch_size"],
                                       window=plans["bucketed"].options["window"], **options),
        "max-tokens": MaxTokensBatchSampler(lengths, plans["max-tokens"].limit, **options),
        "packed": PackedBatchSampler(lengths, plans["packed"].limit,
                                     algorithm=plans["packed"].options["algorithm"], **options),
    }  # fmt: skip


def cost(strategy: str, batch: list[int], lengths: Array, limit: int | None) -> int:
    if strategy == "packed":
        assert limit is not None
        return limit
    return len(batch) * max(int(lengths[index]) for index in batch)


@pytest.mark.filterwarnings("ignore:all [0-9]+ lengths are:UserWarning")
@pytest.mark.parametrize("options", [{}, {"batch_size": 7, "window": 3, "algorithm": "sequential"}])
@pytest.mark.parametrize("lengths", LENGTHS.values(), ids=LENGTHS)
def test_figures_are_those_of_the_samplers_batches(lengths: Array, options: dict[str, Any]) -> None:
    plans = by_name(lengths, seed=5, **options)
    assert tuple(plans) == planning.STRATEGIES
    for strategy, sampler in samplers(lengths, plans, seed=5).items():
        plan = plans[strategy]
        batches = list(sampler)
        costs = [cost(strategy, batch, lengths, plan.limit) for batch in batches]
        tokens = [sum(int(lengths[index]) for index in batch) for batch in batches]
        assert plan.batches == plan.steps_per_rank == len(batches)
        assert plan.samples == sum(map(len, batches)) == len(lengths)
        assert plan.tokens == sum(tokens)
        assert plan.padded_tokens == sum(costs)
        waste = 1 - sum(tokens) / sum(costs) if sum(costs) else 0.0
        assert plan.padding_waste == pytest.approx(waste, abs=1e-12)
        assert sorted(plan.batch_costs.tolist()) == sorted(costs)
        assert plan.batch_costs.dtype == np.int64
        per_batch = plan.tokens_per_batch
        assert (per_batch.least, per_batch.most) == (min(tokens), max(tokens))
        assert per_batch.mean == pytest.approx(np.mean(tokens))
        assert per_batch.variation == pytest.approx(np.std(tokens) / max(1e-9, np.mean(tokens)))
        assert plan.imbalance == 1.0
        assert plan.seconds >= 0


@pytest.mark.parametrize("num_replicas", [2, 5])
def test_imbalance_is_that_of_the_ranks_steps(num_replicas: int) -> None:
    lengths = LENGTHS["lognormal"]
    # As many batches as ranks have steps: where the rest would go is random.
    sizes = [size for size in range(5, 40) if -(-len(lengths) // size) % num_replicas == 0]
    for batch_size in sizes[:4]:
        plans = by_name(lengths, batch_size=batch_size, num_replicas=num_replicas)
        ranks = [
            samplers(lengths, plans, num_replicas=num_replicas, rank=rank)["bucketed"]
            for rank in range(num_replicas)
        ]
        costs = np.array(
            [[cost("bucketed", batch, lengths, None) for batch in rank] for rank in ranks]
        )
        assert plans["bucketed"].steps_per_rank == costs.shape[1]
        expected = (costs.max(axis=0) / costs.mean(axis=0)).mean()
        assert plans["bucketed"].imbalance == pytest.approx(expected)


def test_ranks_that_are_left_over_repeat_batches_of_the_last_step() -> None:
    # Batches of one sample, in the plan by length; no budget lets two samples together.
    plans = by_name(np.array([2, 4, 6]), batch_size=1, max_tokens=6, num_replicas=4)
    assert plans["bucketed"].steps_per_rank == 1
    assert plans["bucketed"].imbalance == pytest.approx(6 / np.mean([2, 4, 6, 2]))
    plans = by_name(np.array([3, 3, 8, 10, 4]), batch_size=1, num_replicas=2)
    steps = [1.0, 8 / 6, 1.0]  # 3 and 3, 4 and 8, 10 and 10
    assert plans["bucketed"].steps_per_rank == 3
    assert plans["bucketed"].imbalance == pytest.approx(np.mean(steps))


@pytest.mark.parametrize("num_replicas", [4, 7, 10_000])
def test_steps_are_those_of_the_samplers(num_replicas: int) -> None:
    lengths = LENGTHS["uniform"]
    plans = by_name(lengths, num_replicas=num_replicas)
    for strategy, sampler in samplers(lengths, plans, num_replicas=num_replicas).items():
        assert plans[strategy].steps_per_rank == len(sampler) == len(list(sampler))
        assert plans[strategy].batches == sampler._batch_count()


def test_more_ranks_than_there_could_be_take_no_memory() -> None:
    plans = by_name(np.array([2, 4, 6]), batch_size=1, num_replicas=10**15)
    assert plans["bucketed"].imbalance == pytest.approx(6 / 4)
    assert plans["packed"].imbalance == 1.0


def test_packed_bins_cost_the_same_on_all_ranks() -> None:
    assert by_name(LENGTHS["uniform"], num_replicas=8)["packed"].imbalance == 1.0


def test_random_batches_do_not_depend_on_lengths() -> None:
    """A bucket plan of windows of one batch cuts the shuffle, whatever the lengths are."""
    sets = []
    for lengths in (np.arange(1000), np.arange(1000)[::-1], GENERATOR.integers(1, 99, 1000)):
        batches = BucketBatchSampler(lengths, 16, window=1, seed=3)
        sets.append({frozenset(batch) for batch in batches})
    assert sets[0] == sets[1] == sets[2]
    # And the shuffle is one: neighbours of the dataset do not stay together.
    together = sum(k + 1 in batch for batch in sets[0] for k in batch)
    assert together == pytest.approx(999 * 15 / 999, abs=15)


def test_imbalance_of_random_batches_is_what_torchs_samplers_have() -> None:
    lengths = LENGTHS["lognormal"][:2880]  # 8 ranks have 15 full batches each
    theirs, ours = [], []
    for seed in range(8):
        ranks = []
        for rank in range(8):
            order = torch.utils.data.DistributedSampler(
                range(len(lengths)), num_replicas=8, rank=rank, seed=seed
            )
            batches = torch.utils.data.BatchSampler(order, 24, drop_last=False)
            ranks.append([cost("random", batch, lengths, None) for batch in batches])
        costs = np.array(ranks)
        theirs.append((costs.max(axis=0) / costs.mean(axis=0)).mean())
        plans = by_name(lengths, batch_size=24, num_replicas=8, seed=seed)
        ours.append(plans["random"].imbalance)
        assert plans["random"].steps_per_rank == costs.shape[1]
        assert plans["bucketed"].imbalance < 1.2 < plans["random"].imbalance
    assert np.mean(ours) == pytest.approx(np.mean(theirs), rel=0.03)


@pytest.mark.parametrize(
    ("lengths", "batch_size", "max_tokens", "capacity"),
    [
        ([10, 20, 31], 2, 41, 31),  # 2 x 20.33, rounded
        ([10, 10, 100], 2, 100, 100),  # the longest sample
        ([10, 20], 64, 30, 20),  # no more samples than there are
        ([0, 0], 64, 1, 1),
    ],
)
def test_defaults(lengths: list[int], batch_size: int, max_tokens: int, capacity: int) -> None:
    plans = by_name(lengths, batch_size=batch_size)
    assert plans["max-tokens"].limit == plans["max-tokens"].options["max_tokens"] == max_tokens
    assert plans["packed"].limit == plans["packed"].options["capacity"] == capacity
    assert plans["random"].limit is plans["bucketed"].limit is None


def without_seconds(plans: list[StrategyFigures]) -> list[dict[str, Any]]:
    fields = [vars(plan).copy() for plan in plans]
    for each in fields:
        del each["seconds"]
        each["batch_costs"] = each["batch_costs"].tolist()
    return fields


def test_lengths_are_read_where_they_are(tmp_path: Path) -> None:
    lengths = LENGTHS["lognormal"]
    np.save(tmp_path / "lengths.npy", lengths)
    expected = without_seconds(compare_strategies(lengths))
    for given in (
        np.load(tmp_path / "lengths.npy", mmap_mode="r"),
        np.repeat(lengths, 2)[::2],
        lengths.astype(">i8"),
        torch.from_numpy(lengths),
        lengths.tolist(),
    ):
        assert without_seconds(compare_strategies(given)) == expected


def test_a_seed_decides_the_figures() -> None:
    plans = {
        seed: without_seconds(compare_strategies(LENGTHS["lognormal"], seed=seed, num_replicas=3))
        for seed in (0, 1, -1, 2**64 - 1)
    }
    again = compare_strategies(LENGTHS["lognormal"], seed=1, num_replicas=3)
    assert plans[1] == without_seconds(again)
    assert plans[0] != plans[1]
    assert plans[-1] == plans[2**64 - 1]  # as in the samplers


def test_figures_cannot_be_changed() -> None:
    for plan in compare_strategies(LENGTHS["uniform"]):
        with pytest.raises(ValueError, match="read-only"):
            plan.batch_costs[0] = 1
        with pytest.raises(dataclasses.FrozenInstanceError):
            plan.batches = 1  # type: ignore[misc]


def test_progress_goes_from_nothing_to_all() -> None:
    told: list[tuple[str, int, int]] = []
    compare_strategies(LENGTHS["one"], progress=lambda *call: told.append(call))
    assert [done for _, done, _ in told] == list(range(9))
    assert {of for _, _, of in told} == {8}
    assert [what.partition(":")[0] for what, _, _ in told[::2]] == [*planning.STRATEGIES, "done"]
    assert all(a[0] != b[0] for a, b in itertools.pairwise(told))


@pytest.mark.parametrize(
    ("lengths", "options", "error", "text"),
    [
        ([], {}, ValueError, r"lengths should not be empty, but got shape \(0,\)"),
        ([[1]], {}, ValueError, r"one dimension, but got shape \(1, 1\)"),
        ([1.5], {}, TypeError, "lengths should be integers, but got dtype float64"),
        ([3, -1], {}, ValueError, r"non-negative, but got lengths\[1\]=-1"),
        ([3, 9], {"max_tokens": 8}, ValueError, r"max_tokens=8 and lengths\[1\]=9"),
        ([3, 9], {"capacity": 8}, ValueError, r"capacity=8 and lengths\[1\]=9"),
        ([1], {"max_tokens": 0}, ValueError, "max_tokens should be a positive .* max_tokens=0"),
        ([1], {"capacity": 2.5}, ValueError, "capacity should be a positive .* capacity=2.5"),
        ([1], {"batch_size": 0}, ValueError, "batch_size should be a positive .* batch_size=0"),
        ([1], {"window": -1}, ValueError, "window should be a positive .* window=-1"),
        ([1], {"num_replicas": 0}, ValueError, "num_replicas should be a positive"),
        ([1], {"algorithm": "best"}, ValueError, "algorithm should be one of .* algorithm='best'"),
        ([1], {"seed": 2**64}, ValueError, "seed should be in"),
        ([1], {"seed": "x"}, TypeError, "seed should be an int"),
        ([1, 2**62], {}, ValueError, r"lengths should give fewer than 2\*\*63 padded tokens"),
        ([1, 1], {"capacity": 2**62}, ValueError, r"capacity should give fewer than 2\*\*63"),
    ],
)
def test_what_cannot_work_is_refused_before_any_plan(
    lengths: Any, options: dict[str, Any], error: type[Exception], text: str
) -> None:
    told: list[str] = []
    with pytest.raises(error, match=text):
        compare_strategies(lengths, progress=lambda what, *_: told.append(what), **options)
    assert told == []


def test_sizes_beyond_all_lengths() -> None:
    plans = by_name([3, 9], batch_size=10**30, window=10**30, max_tokens=10**30)
    assert [plan.batches for plan in plans.values()] == [1, 1, 1, 2]
    assert plans["max-tokens"].limit == 10**30
