"""One rank's share of a weighted draw that all ranks compute alike."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import torch

from fastsamplers import _core
from fastsamplers.samplers.rank_pass import RankPass
from fastsamplers.samplers.ranked import RankedSampler
from fastsamplers.samplers.sampler_pass import Pass
from fastsamplers.samplers.weighted import WeightedRandomSampler
from fastsamplers.samplers.weighted_source import WeightedSource


class DistributedWeightedRandomSampler(WeightedSource, RankedSampler):
    """One rank's share of a draw by weight, the same draw on all ranks.

    The global draw is ``WeightedRandomSampler``'s with a generator seeded ``seed + epoch``.
    Rank r has places r, r + num_replicas, r + 2 * num_replicas and so on of this draw, padded from
    its head or cut as ``torch.utils.data.distributed.DistributedSampler`` pads and cuts.

    Args:
        weights (sequence of float): shape (n,), equal on all ranks; see ``WeightedRandomSampler``.
            Weights on another device are copied to the CPU.
        num_samples (int): indices of the global draw. As an attribute it is the number of this
            rank, as ``DistributedSampler`` has it; ``total_size`` is the number of all.
        replacement (bool): whether an index can be drawn more than once.
        num_replicas (int, optional): number of ranks; default from the process group.
        rank (int, optional): this rank; default from the process group.
        seed (int): equal on all ranks.
        drop_last (bool): cut the tail that does not divide by the number of ranks.
        strict (bool, keyword only): see ``WeightedRandomSampler``.

    Raises:
        ValueError: what ``WeightedRandomSampler`` and ``DistributedSampler`` refuse.
        RuntimeError: at the first index, for weights that ``WeightedRandomSampler`` refuses.

    Call ``set_epoch`` before each epoch. With replacement: O(1) a draw of this rank, and the words
    of the others are skipped. Without: every rank makes the whole choice. Memory: as
    ``WeightedRandomSampler``.
    Source: ``torch.multinomial``, dealt out as torch's ``DistributedSampler`` deals out a dataset.
    """

    def __init__(
        self,
        weights: Sequence[float] | torch.Tensor | npt.NDArray[np.floating[Any]],
        num_samples: int,
        replacement: bool = True,
        num_replicas: int | None = None,
        rank: int | None = None,
        seed: int = 0,
        drop_last: bool = False,
        *,
        strict: bool = False,
    ) -> None:
        if isinstance(weights, torch.Tensor):
            weights = weights.cpu()
        draw = WeightedRandomSampler(weights, num_samples, replacement, strict=strict)
        places: Any = range(num_samples)  # what is shared out: all that is asked of it is a length
        self._set_up(places, num_replicas, rank, True, seed, drop_last)
        if self._has_own_weights():
            self._weights, self._compact = draw._weights, draw._compact
        else:
            self.weights = draw.weights
        self.replacement = replacement
        self.strict = strict

    def _pass_depends_on_draws(self) -> bool:
        return True  # on weights that may change until then

    def _fix_order(self, run: RankPass) -> None:
        run.generator = torch.Generator().manual_seed(self.seed + run.epoch)

    def _state_fields(self, run: Pass) -> dict[str, int | str]:
        assert isinstance(run, RankPass)
        return {**self._weighted_fields(run, run.total), "seed": int(self.seed)}

    def _pass_streams(self, run: Pass) -> Iterator[_core.IndexStream]:
        assert isinstance(run, RankPass)
        yield from run.shards(self._drawn(run, run.total))

    def _repr_fields(self) -> dict[str, Any]:
        return {
            "n": self._number_of_weights(),
            "num_samples": len(self.dataset),  # type: ignore[arg-type]
            "replacement": self.replacement,
            "num_replicas": vars(self).get("num_replicas"),
            "rank": vars(self).get("rank"),
            "seed": self.seed,
            "epoch": self.epoch,
            "drop_last": self.drop_last,
            "strict": self.strict,
        }
