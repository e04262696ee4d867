"""What ways of batching cost, on lengths of one's own: padding, batches, imbalance across ranks."""

from __future__ import annotations

import time
import warnings
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt

from fastsamplers import _core, _lengths, _threads, _validate
from fastsamplers.samplers import BucketBatchSampler, MaxTokensBatchSampler, PackedBatchSampler
from fastsamplers.samplers.planned import PlannedBatchSampler

__all__ = ["STRATEGIES", "BatchTokens", "StrategyFigures", "compare_strategies"]

STRATEGIES = ("random", "bucketed", "max-tokens", "packed")

Progress = Callable[[str, int, int], object]
_Costs = npt.NDArray[np.int64]


@dataclass(frozen=True)
class BatchTokens:
    """Tokens of a batch, without padding, over all batches of an epoch.

    Attributes:
        least (int): tokens of the batch with the fewest.
        mean (float): tokens of a batch on average.
        most (int): tokens of the batch with the most.
        variation (float): standard deviation by mean, the coefficient of variation; 0.0 where
            there are no tokens.
    """

    least: int
    mean: float
    most: int
    variation: float


@dataclass(frozen=True, eq=False)
class StrategyFigures:
    """What one way of batching costs in one epoch, on all ranks together.

    Attributes:
        strategy (str): one of ``STRATEGIES``.
        options (mapping of str to int or str): those of the sampler that decide its batches.
        limit (int, optional): most padded tokens that a batch may have, ``max_tokens`` or
            ``capacity``; None where a batch is limited by its samples.
        batches (int): of the plan; packed: bins, of which one is a batch here.
        steps_per_rank (int): batches of one rank; what is left in the last step is repeated there.
        samples (int): in all batches.
        tokens (int): the sum of lengths.
        padded_tokens (int): what the model computes: over all batches the sum of samples x longest
            length; packed: bins x capacity.
        padding_waste (float): the part of the padded tokens that is padding, in [0, 1].
        tokens_per_batch (BatchTokens): least, mean, most and variation.
        batch_costs (array): padded tokens of each batch, int64, shape (batches,), in the order of
            the plan, read-only.
        imbalance (float): padded tokens of the costliest batch of a step by the mean of its ranks,
            averaged over the steps: how much longer a step takes than it would if its ranks had
            equal shares. 1.0 is even, and what one rank has.
        seconds (float): from the lengths to a plan of which the first batch can be read.
    """

    strategy: str
    options: Mapping[str, int | str]
    limit: int | None
    batches: int
    steps_per_rank: int
    samples: int
    tokens: int
    padded_tokens: int
    padding_waste: float
    tokens_per_batch: BatchTokens
    batch_costs: _Costs = field(repr=False)
    imbalance: float
    seconds: float


@dataclass(frozen=True)
class _Candidate:
    """A strategy whose options have been found to work on the lengths."""

    strategy: str
    sampler: PlannedBatchSampler
    limit: int | None
    seconds: float

    def _options(self) -> dict[str, int | str]:
        options = {k: v for k, v in self.sampler._options().items() if v is not None}
        if self.strategy == "random":
            del options["window"]  # stands for having none
        return options

    def figures(self, seed: int, progress: Callable[[str], object]) -> StrategyFigures:
        progress(f"{self.strategy}: planning")
        begin = time.perf_counter()
        plan = self.sampler._plan(seed, 0)
        seconds = self.seconds + time.perf_counter() - begin
        progress(f"{self.strategy}: counting tokens")
        _core.require_memory(
            8 * 6 * len(plan),
            f"the figures of {len(plan)} batches",
            "larger batches would need less",
        )
        samples, longest, sums = _core.batch_costs(plan, self.sampler._survey())
        if isinstance(self.sampler, PackedBatchSampler):
            # No memory: every bin is as long as any other.
            costs = np.broadcast_to(np.int64(self.sampler.capacity), samples.shape)
        else:
            costs = samples * longest
            costs.flags.writeable = False
        ranks = self.sampler.num_replicas
        in_steps = _unsorted(costs, samples, seed) if self.strategy == "random" else costs
        tokens, padded = int(sums.sum()), int(costs.sum())
        return StrategyFigures(
            strategy=self.strategy,
            options=self._options(),
            limit=self.limit,
            batches=len(plan),
            steps_per_rank=len(self.sampler),
            samples=int(samples.sum()),
            tokens=tokens,
            padded_tokens=padded,
            padding_waste=1 - tokens / padded if padded else 0.0,
            tokens_per_batch=_batch_tokens(sums),
            batch_costs=costs,
            imbalance=_imbalance(in_steps, ranks),
            seconds=seconds,
        )


def compare_strategies(
    lengths: Any,
    *,
    batch_size: int = 64,
    max_tokens: int | None = None,
    capacity: int | None = None,
    window: int = 50,
    algorithm: str = "bfd",
    num_replicas: int = 1,
    seed: int = 0,
    progress: Progress | None = None,
) -> list[StrategyFigures]:
    """Plans one epoch in four ways and says what each of them costs.

    ``"random"``: a shuffle cut into batches, as a DataLoader does it; each rank takes batches as
    they come. ``"bucketed"``: ``BucketBatchSampler``. ``"max-tokens"``: ``MaxTokensBatchSampler``.
    ``"packed"``: ``PackedBatchSampler``, a bin a batch. Of the last three a step gives the ranks
    batches that stand next to each other in the plan.

    Args:
        lengths (array, Tensor or sequence of int): shape (n,), 0 < n < 2**32, in tokens, of any
            integer dtype; arrays, tensors and memory maps are read where they are.
        batch_size (int): samples in a batch, random and bucketed.
        max_tokens (int, optional): padded tokens in a batch at most, max-tokens; default is what
            ``batch_size`` samples of mean length have, or the longest sample where that is more.
        capacity (int, optional): tokens in a bin at most, packed; default is the longest length,
            the least that can hold all samples.
        window (int): batches that are sorted by length together, bucketed.
        algorithm (str): ``"bfd"``, ``"ffd"`` or ``"sequential"``, packed.
        num_replicas (int): ranks that train together.
        seed (int): of the shuffles, in [-2**63, 2**64).
        progress (callable, optional): called as ``progress(what, done, of)`` when ``what`` begins,
            and at the end with ``done == of``.

    Returns:
        list of StrategyFigures, one for each of ``STRATEGIES``, in that order.

    Raises:
        TypeError, ValueError: lengths are not integers of one dimension, none, or one is below
            zero; a sample is longer than ``max_tokens`` or ``capacity`` (its index and length are
            named); an option is none of those above; n samples of the longest length, or n bins,
            are 2**63 tokens or more.
        MemoryError: before the allocation, when a plan or its figures cannot fit.

    O(n) work: all plans, and a load from anywhere a sample for each; shared in part among
    ``get_num_threads()`` threads. Memory: one plan at a time, at most 12 bytes a sample and what
    ``functional.bucket_argsort`` takes, and 48 bytes a batch while its figures are made, of which 8
    are kept.
    """
    array = _lengths.as_array(lengths)
    surveyed = _lengths.survey(array)
    if len(surveyed) == 0:
        raise ValueError(f"lengths should not be empty, but got shape {array.shape}")
    _validate.positive_int("batch_size", batch_size)
    if max_tokens is None:
        max_tokens = _mean_batch(surveyed, batch_size)
    if capacity is None:
        capacity = max(1, surveyed.greatest)
    _require_int64(surveyed, "lengths", surveyed.greatest)
    _threads.settle()
    shared: dict[str, Any] = {"seed": seed, "num_replicas": num_replicas}
    # All of them first: an option that cannot work is told before minutes are spent on another.
    candidates = [
        # Windows of one batch: samples as the shuffle has them, whatever their lengths are.
        _candidate("random", None, BucketBatchSampler, array, batch_size, window=1, **shared),
        _candidate(
            "bucketed", None, BucketBatchSampler, array, batch_size, window=window, **shared
        ),
        _candidate("max-tokens", max_tokens, MaxTokensBatchSampler, array, max_tokens, **shared),
        # No figure depends on the order of bins, and unshuffled they are read in half the time.
        _candidate(
            *("packed", capacity, PackedBatchSampler, array, capacity),
            **{**shared, "algorithm": algorithm, "shuffle": False},
        ),
    ]
    _require_int64(surveyed, "capacity", capacity)
    stages = 2 * len(candidates)
    done = -1

    def report(what: str) -> None:
        nonlocal done
        done += 1
        if progress is not None:
            progress(what, done, stages)

    figures = []
    while candidates:
        # Each is dropped with what it has kept: one plan is held at a time.
        figures.append(candidates.pop(0).figures(_validate.key("seed", seed), report))
    report("done")
    return figures


def _candidate(
    strategy: str,
    limit: int | None,
    sampler: Callable[..., PlannedBatchSampler],
    *arguments: Any,
    **options: Any,
) -> _Candidate:
    begin = time.perf_counter()
    with warnings.catch_warnings():
        # That lengths are all equal is to be seen in the figures.
        warnings.simplefilter("ignore", UserWarning)
        made = sampler(*arguments, **options)
    return _Candidate(strategy, made, limit, time.perf_counter() - begin)


def _mean_batch(surveyed: _core.Lengths, batch_size: int) -> int:
    """Tokens of a batch of mean length, but no fewer than the longest sample has."""
    n = len(surveyed)
    mean = (min(batch_size, n) * surveyed.total + n // 2) // n
    return max(1, surveyed.greatest, mean)


def _require_int64(surveyed: _core.Lengths, name: str, most: int) -> None:
    if len(surveyed) * most >= 2**63:
        raise ValueError(
            f"{name} should give fewer than 2**63 padded tokens in all, but got "
            f"{len(surveyed)} samples of up to {most}"
        )


def _unsorted(costs: _Costs, samples: _Costs, seed: int) -> _Costs:
    """Costs as ranks meet them that take random batches as they come.

    The plan has sorted its batches by their longest sample, which a plain shuffle does not. The
    one batch that is not full comes last.
    """
    is_full = samples == samples.max()
    return np.concatenate(
        [np.random.default_rng(seed).permutation(costs[is_full]), costs[~is_full]]
    )


def _imbalance(costs: _Costs, num_replicas: int) -> float:
    """Greatest by mean cost of ``num_replicas`` batches that stand together, on average."""
    full = len(costs) // num_replicas
    steps = costs[: full * num_replicas].reshape(full, num_replicas)
    greatest = steps.max(axis=1).astype(np.float64)
    mean = steps.mean(axis=1)
    tail = costs[full * num_replicas :]
    if len(tail) > 0:
        # The ranks that are left over begin again with the batches of this step.
        rounds, rest = divmod(num_replicas, len(tail))
        total = rounds * int(tail.sum()) + int(tail[:rest].sum())
        greatest = np.append(greatest, tail.max())
        mean = np.append(mean, total / num_replicas)
    return float(np.divide(greatest, mean, out=np.ones_like(mean), where=mean > 0).mean())


def _batch_tokens(sums: _Costs) -> BatchTokens:
    mean = float(sums.mean())
    variation = float(sums.std()) / mean if mean else 0.0
    return BatchTokens(int(sums.min()), mean, int(sums.max()), variation)
