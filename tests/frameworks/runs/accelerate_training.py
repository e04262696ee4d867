"""A training loop with Accelerate that records which indices reach the model."""

from __future__ import annotations

import itertools
from collections.abc import Iterable
from contextlib import AbstractContextManager, nullcontext
from typing import Any

import torch
import torch.utils.data
from accelerate import Accelerator
from accelerate.state import AcceleratorState, GradientState, PartialState
from accelerate.utils import DataLoaderConfiguration
from torch import nn


class Numbers(torch.utils.data.Dataset[Any]):
    """Each sample is its index; a batch of them is a tensor."""

    def __init__(self, n: int) -> None:
        self.n = n

    def __len__(self) -> int:
        return self.n

    def __getitem__(self, index: Any) -> torch.Tensor:
        return torch.as_tensor(index)


class Recorder(nn.Module):
    """One weight, and the indices of each batch."""

    def __init__(self) -> None:
        super().__init__()
        self.linear = nn.Linear(1, 1)
        self.seen: list[Any] = []

    def forward(self, indices: torch.Tensor) -> Any:
        self.seen.append(indices.tolist())
        return self.linear(torch.cos(indices.float()).reshape(-1, 1))


class Training:
    """What ``prepare`` makes of a model and a loader, and what the model is given."""

    def __init__(self, loader: Any, *, split_batches: bool = False, **options: Any) -> None:
        config = DataLoaderConfiguration(split_batches=split_batches, **options)
        self.accelerator = Accelerator(cpu=True, dataloader_config=config)
        self.recorder = Recorder()
        optimizer = torch.optim.SGD(self.recorder.parameters(), lr=0.01)
        prepared = self.accelerator.prepare(self.recorder, optimizer, loader)
        self.model, self.optimizer, self.loader = prepared

    def epoch(self, loader: Iterable[Any] | None = None, most: int | None = None) -> list[Any]:
        """Trains on the batches of an epoch, or the first of them."""
        self.recorder.seen = []
        with self._together():
            for batch in itertools.islice(self.loader if loader is None else loader, most):
                self.optimizer.zero_grad()
                self.accelerator.backward(self.model(batch).square().mean())
                self.optimizer.step()
        return self.recorder.seen

    def _together(self) -> AbstractContextManager[Any]:
        # Processes with fewer batches would leave others waiting; Accelerate's own way needs GPUs.
        if self.accelerator.even_batches or self.accelerator.num_processes == 1:
            return nullcontext()
        return self.model.join()


def forget() -> None:
    """Accelerate's options are those of the first ``Accelerator`` of a process, until this."""
    for state in (AcceleratorState, GradientState, PartialState):
        state._reset_state()


def flattened(samples: list[Any]) -> torch.Tensor:
    """A batch of indices, or of packed rows of them."""
    rows = [torch.as_tensor(sample).reshape(-1) for sample in samples]
    return torch.cat(rows)
