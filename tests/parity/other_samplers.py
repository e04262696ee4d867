"""Samplers of others, as users write them."""

from __future__ import annotations

from collections.abc import Iterator

import torch


class DrawsAtIter:
    """Draws all of a pass of n when ``iter()`` is called."""

    def __init__(self, n: int) -> None:
        self.n = n
        self.generator = torch.Generator().manual_seed(5)

    def __len__(self) -> int:
        return self.n

    def __iter__(self) -> Iterator[int]:
        return iter(torch.randperm(self.n, generator=self.generator).tolist())


class DrawsLater(DrawsAtIter):
    """Draws all of a pass at the first index."""

    def __iter__(self) -> Iterator[int]:
        yield from torch.randperm(self.n, generator=self.generator).tolist()
