"""A tiny model whose forward records the indices that reach it, trained under DDP."""

from __future__ import annotations

import contextlib
import itertools
from collections.abc import Callable, Iterable
from typing import Any

import torch
import torch.utils.data
from torch import nn
from torch.nn.parallel import DistributedDataParallel


class Numbers(torch.utils.data.Dataset[Any]):
    """Each sample is its index."""

    def __init__(self, n: int) -> None:
        self.n = n

    def __len__(self) -> int:
        return self.n

    def __getitem__(self, index: Any) -> Any:
        return index


class Recorder(nn.Module):
    """A linear model of two features of an index."""

    def __init__(self) -> None:
        super().__init__()
        self.linear = nn.Linear(2, 1)
        self.seen: list[list[int]] = []

    def forward(self, batch: Any) -> Any:
        indices = torch.as_tensor(batch)  # a loader without batches gives ints
        self.seen.append(indices.tolist())
        features = torch.stack([torch.cos(indices.double()), torch.sin(indices.double())], dim=-1)
        return self.linear(features.float())


class Training:
    """The same model at the start of every training and on every rank."""

    def __init__(self, wrap: Callable[[nn.Module], Any] = DistributedDataParallel) -> None:
        torch.manual_seed(0)
        self.recorder = Recorder()
        self.model = wrap(self.recorder)
        self.optimizer = torch.optim.SGD(self.recorder.parameters(), lr=0.1)
        self.losses: list[float] = []

    def epoch(self, loader: Iterable[torch.Tensor], most: int | None = None) -> list[list[int]]:
        """Trains on a loader's next batches and returns what reached the model."""
        self.recorder.seen = []
        # Ranks may have different numbers of batches (padding="none"): DDP's own way to end them.
        together = getattr(self.model, "join", contextlib.nullcontext)
        with together():
            for batch in itertools.islice(loader, most):
                self.optimizer.zero_grad()
                loss = (self.model(batch) - 1).square().mean()
                loss.backward()
                self.optimizer.step()
                self.losses.append(loss.item())
        return self.recorder.seen

    def parameters(self) -> list[Any]:
        """What was learned, exactly."""
        return [parameter.tolist() for parameter in self.recorder.parameters()]


def trained(
    loader: Any, set_epoch: Callable[[int], None] | None, epochs: tuple[int, ...] = (0, 1)
) -> dict[str, Any]:
    """Trains for whole epochs: indices of each, losses, parameters."""
    training = Training()
    seen = []
    for epoch in epochs:
        if set_epoch is not None:
            set_epoch(epoch)
        seen.append(training.epoch(loader))
    return {"seen": seen, "losses": training.losses, "parameters": training.parameters()}
