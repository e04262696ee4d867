"""torch's DataLoader around samplers of either side."""

from __future__ import annotations

from collections.abc import Callable
from types import ModuleType
from typing import Any

import torch.utils.data

from bench.sides import SIDES, drain
from bench.sizes import size

Measure = Callable[..., None]


class Identity(torch.utils.data.Dataset[int]):
    """Gives back what it is asked for, a whole batch at a time: what is timed is the sampling."""

    def __init__(self, n: int) -> None:
        self.n = n

    def __len__(self) -> int:
        return self.n

    def __getitem__(self, index: int) -> int:
        return index

    def __getitems__(self, batch: list[int]) -> list[int]:
        return batch


def loader(module: ModuleType, n: int) -> Any:
    dataset = Identity(n)
    if module is SIDES["torch"]:
        return torch.utils.data.DataLoader(dataset, batch_size=256, shuffle=True, collate_fn=list)
    batches = module.BatchSampler(module.RandomSampler(dataset), 256, False)
    return torch.utils.data.DataLoader(dataset, batch_sampler=batches, collate_fn=list)


def test_shuffled_loader(measure: Measure, samplers: ModuleType) -> None:
    read = []
    for module in SIDES.values():
        torch.manual_seed(4)
        read.append(list(loader(module, 5_000)))
    assert read[0] == read[1]
    n = size(1_000_000)
    measure(
        f"DataLoader(shuffle=True), batches of 256, n = {n:,}",
        lambda: drain(loader(samplers, n)),
        indices=n,
        floor=3.0,
        aim=5.0,
    )
