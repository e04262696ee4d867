"""Batches within a budget of tokens."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch

from fastsamplers import _core, _lengths, _validate
from fastsamplers.samplers.planned import PlannedBatchSampler

COSTS = ("padded", "sum")
Cost = Callable[[int, int], Any]


class MaxTokensBatchSampler(PlannedBatchSampler):
    """Batches of samples of like length that are as large as a budget of tokens allows.

    Samples are sorted by length and cut into batches, from the longest on. In each epoch samples
    that differ in length by less than a 32nd (below 64: by nothing) are exchanged at random, and
    the batches shuffled. The cut allows for each such exchange: it is the same in every epoch, and
    so is ``len``; where at most 64 samples fit, batches are as large as they can be all the same.
    A step gives all ranks batches of about one length.

    Args:
        lengths (array, Tensor or sequence of int): shape (n,), n < 2**32, of any integer dtype;
            arrays, tensors and memory maps are read where they are, and must not change.
        max_tokens (int): the budget of a batch.
        max_samples (int, optional, keyword only): samples in a batch, at most.
        cost (str or callable, keyword only): what has to stay within the budget: ``"padded"``,
            samples x longest length; ``"sum"``, the sum of lengths; or ``cost(count, longest)``,
            which must not decrease in either, such as ``lambda count, longest: count * longest**2``
            for attention. It is asked some 10-20 times for each distinct length of which at most
            64 samples fit, and for each 32nd of a power of two of the others.
        required_multiple (int, keyword only): a batch that can have so many samples has a multiple
            of them, except the last one.
        shuffle (bool, keyword only): without it batches come from the longest samples down, equal
            lengths by their index.
        drop_last (bool, keyword only): leave out a last batch that is no such multiple, and batches
            that not every rank can have one of, at random; otherwise the last step repeats some of
            its own.
        seed (int, keyword only): equal on all ranks; with ``set_epoch`` it decides the order.
        generator (torch.Generator, optional, keyword only): draws one int64 a pass, at its first
            batch, in place of ``seed`` and epoch; in the same state on all ranks.
        num_replicas, rank (int, keyword only): number of ranks, and this one.

    Raises:
        TypeError, ValueError: lengths are not integers of one dimension, or one is below zero; a
            sample by itself is above the budget (its index and length are named); an option is none
            of those above.
        MemoryError: at the first batch or ``len``, when the plan cannot fit.

    Yields fresh ``list[int]``. Warns (UserWarning) where all lengths are equal. The first pass, or
    ``len``, sorts the lengths: O(n) work; 4 bytes a sample, which are kept. Passes begin at once.
    Source: fairseq's batches by size, whose order within the sorted lengths is fixed.
    """

    def __init__(
        self,
        lengths: Any,
        max_tokens: int,
        *,
        max_samples: int | None = None,
        cost: str | Cost = "padded",
        required_multiple: int = 1,
        shuffle: bool = True,
        drop_last: bool = False,
        seed: int = 0,
        generator: torch.Generator | None = None,
        num_replicas: int = 1,
        rank: int = 0,
    ) -> None:
        self.max_tokens = _validate.positive_index("max_tokens", max_tokens)
        if max_samples is not None:
            max_samples = _validate.positive_index("max_samples", max_samples)
        self.max_samples = max_samples
        if not callable(cost):
            _validate.one_of("cost", cost, COSTS)
        self.cost = cost
        self.required_multiple = _validate.positive_index("required_multiple", required_multiple)
        super().__init__(
            lengths,
            shuffle=shuffle,
            drop_last=drop_last,
            seed=seed,
            generator=generator,
            num_replicas=num_replicas,
            rank=rank,
        )
        self._require_budget()
        _lengths.warn_if_equal(self._survey(), "grouping by length does nothing", stacklevel=3)

    def _require_budget(self) -> None:
        surveyed = self._survey()
        if not callable(self.cost):
            _lengths.require_within(surveyed, "max_tokens", self.max_tokens)
        elif len(surveyed) > 0 and (least := self.cost(1, surveyed.greatest)) > self.max_tokens:
            raise ValueError(
                "max_tokens should be at least the cost of each sample, but got "
                f"max_tokens={self.max_tokens} and cost(1, {surveyed.greatest})={least} for "
                f"lengths[{surveyed.first_greatest}]={surveyed.greatest}"
            )

    def _plan(self, seed: int, epoch: int) -> _core.BatchPlan:
        return _core.token_plan(self._cut(), self.shuffle, seed, epoch)

    def _batch_count(self) -> int:
        return len(self._cut())

    def _cut(self) -> _core.TokenCut:
        options = (
            *(self.max_tokens, self.max_samples, self.cost),
            *(self.required_multiple, self.drop_last),
        )
        cut: _core.TokenCut = self._keep(options, self._make_cut)
        return cut

    def _make_cut(self) -> _core.TokenCut:
        surveyed = self._survey()
        most = max(1, len(surveyed))
        enough = len(surveyed) * surveyed.greatest if len(surveyed) > 0 else 0
        if self.max_samples is not None:
            most = min(most, self.max_samples)
        return _core.TokenCut(
            surveyed,
            _lengths.as_word("max_tokens", self.max_tokens, enough),
            most,
            min(self.required_multiple, 2**32),
            self.cost == "sum",
            self.drop_last,
            _limit_of(self.cost, self.max_tokens, most) if callable(self.cost) else None,
        )

    def _plan_fields(self) -> dict[str, int | str]:
        return {
            "algorithm": f"max-tokens-{_core.PLAN_VERSION}",
            "max_tokens": self.max_tokens,
            "max_samples": self.max_samples or 0,
            "cost": self._cost_name(),
            "required_multiple": self.required_multiple,
        }

    def _cost_name(self) -> str:
        """The cost, in a state; a callable is told by some of its values."""
        cost = self.cost
        if not callable(cost):
            return cost
        surveyed = self._survey()
        most = min(64, max(1, len(surveyed)), self.max_samples or 64)
        values = [
            cost(count, length)
            for count in (1, most)
            for length in ((surveyed.least, surveyed.greatest) if len(surveyed) else ())
        ]
        name = getattr(cost, "__qualname__", type(cost).__qualname__)
        return f"{name} {' '.join(map(str, values))}"

    def _options(self) -> dict[str, Any]:
        return {
            "max_tokens": self.max_tokens,
            "max_samples": self.max_samples,
            "cost": self.cost,
            "required_multiple": self.required_multiple,
        }


def _limit_of(cost: Cost, budget: int, most: int) -> Callable[[int], int]:
    """How many samples, up to ``most``, a batch may have whose longest is so long."""

    def limit(longest: int) -> int:
        fits, above = 0, 1
        while above <= most and cost(above, longest) <= budget:
            fits, above = above, 2 * above
        above = min(above, most + 1)
        while above - fits > 1:
            middle = (fits + above) // 2
            if cost(middle, longest) <= budget:
                fits = middle
            else:
                above = middle
        return fits

    return limit
