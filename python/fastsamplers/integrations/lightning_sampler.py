"""Lightning's share of another sampler: its indices, shuffled once more and dealt out."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import numpy.typing as npt

from fastsamplers import _core
from fastsamplers._state import State
from fastsamplers.samplers.blocks import integers
from fastsamplers.samplers.distributed import DistributedSampler
from fastsamplers.samplers.rank_pass import RankPass
from fastsamplers.samplers.replay import generator_of
from fastsamplers.samplers.sampler_pass import Pass
from fastsamplers.samplers.stream import StreamSampler


class DistributedSamplerWrapper(DistributedSampler):
    """``lightning.fabric.utilities.distributed.DistributedSamplerWrapper``: the same indices.

    The indices of a pass of ``sampler`` are dealt out as ``DistributedSampler`` deals out a
    dataset. With ``shuffle`` that shuffles them once more, which undoes any order that the sampler
    has; ``fastsamplers.DistributedSamplerWrapper`` keeps it, and holds no array of indices.

    Args:
        sampler (Sampler or sized iterable of int): equal on all ranks, and in the same state.
        num_replicas, rank, shuffle, seed, drop_last, padding: as ``DistributedSampler``.

    Raises:
        TypeError: ``sampler`` has no length; at the first index, it gives something else than
            integers.
        ValueError, RuntimeError: as ``DistributedSampler``.

    Memory: 8 bytes an index of all ranks, and the permutation's 4 with ``shuffle``; Lightning holds
    two lists of Python ints. An iterator's state is the sampler's generator before its pass (the
    global one, if it has none) and the place that all ranks together have reached.
    Source: ``lightning.fabric.utilities.distributed``.
    """

    def __init__(
        self,
        sampler: Any,
        num_replicas: int | None = None,
        rank: int | None = None,
        shuffle: bool = True,
        seed: int = 0,
        drop_last: bool = False,
        *,
        padding: str = "repeat",
    ) -> None:
        self.sampler = sampler
        len(sampler)  # its error for what has none, whether or not there is a process group
        super().__init__(sampler, num_replicas, rank, shuffle, seed, drop_last, padding=padding)

    def set_epoch(self, epoch: int) -> None:
        """Sets ``epoch`` as that of the next pass, and as the sampler's, if it has one."""
        super().set_epoch(epoch)
        self._forward(epoch)

    def _forward(self, epoch: int) -> None:
        set_epoch = getattr(self.sampler, "set_epoch", None)
        if set_epoch is not None:
            set_epoch(epoch)

    def _new_pass(self, arrays: bool = False) -> Pass:
        self._require_ranks()
        return _WrapperPass(self, arrays)

    def _pass_draws(self) -> bool:
        return True

    def _pass_draws_seed(self) -> bool:
        return False

    def _state_fields(self, run: Pass) -> dict[str, int | str]:
        fields = super()._state_fields(run)
        fields["algorithm"] = f"{fields['algorithm']} of {type(self.sampler).__name__}"
        return {name: value for name, value in fields.items() if name != "seed"} | {
            "base_seed": int(self.seed)
        }

    def _pass_streams(self, run: Pass) -> Iterator[_core.IndexStream]:
        run.note_generator()
        indices = _indices_of(self.sampler)
        for stream in super()._pass_streams(run):
            yield _core.subset_stream(stream, indices)


class _WrapperPass(RankPass):
    """A pass over indices that another sampler draws."""

    def __init__(self, sampler: Any, arrays: bool = False) -> None:
        super().__init__(sampler, arrays)
        self.generator = generator_of(sampler.sampler)

    def _take_place(self, given: State) -> None:
        super()._take_place(given)
        self.sampler._forward(self.epoch)


def _indices_of(sampler: Any) -> npt.NDArray[np.int64]:
    """All indices of a pass."""
    if isinstance(sampler, StreamSampler):
        blocks = [np.empty(0, dtype=np.int64), *sampler.blocks()]
        return np.concatenate(blocks)
    return integers(list(sampler))
