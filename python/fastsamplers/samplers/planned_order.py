"""The samples behind a planned batch sampler, as frameworks look for them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import torch
import torch.utils.data

if TYPE_CHECKING:
    from fastsamplers.samplers.planned import PlannedBatchSampler


class PlannedOrder(torch.utils.data.Sampler[int]):
    """``batch_sampler.sampler`` of a batch sampler that plans its batches.

    Frameworks set the epoch of that, and of nothing else. Iterates over the indices of this rank's
    next pass; its ``generator``, where the batch sampler has one, is that one's.
    """

    def __init__(self, batches: PlannedBatchSampler) -> None:
        self.batch_sampler = batches

    def __iter__(self) -> Iterator[int]:
        for block in self.batch_sampler.blocks():
            yield from block.tolist()

    @property
    def epoch(self) -> int:
        """That of the batch sampler's next pass."""
        return self.batch_sampler.epoch

    def set_epoch(self, epoch: int) -> None:
        """Sets the batch sampler's epoch."""
        self.batch_sampler.set_epoch(epoch)

    @property
    def generator(self) -> torch.Generator:
        """The batch sampler's; no attribute at all where it has none, as seed and epoch decide."""
        generator = self.batch_sampler.generator
        if generator is None:
            raise AttributeError(f"{type(self).__name__!r} object has no attribute 'generator'")
        return generator

    @generator.setter
    def generator(self, generator: torch.Generator | None) -> None:
        self.batch_sampler.generator = generator

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.batch_sampler!r})"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, PlannedOrder) and self.batch_sampler is other.batch_sampler

    def __hash__(self) -> int:
        return hash(self.batch_sampler)
