"""The two sides that are compared: torch's classes and functions, and ours."""

from __future__ import annotations

import functools
import importlib
from types import SimpleNamespace
from typing import Any

import torch
import torch.utils.data
import torch.utils.data.distributed

import fastsamplers
import fastsamplers.functional


@functools.cache
def _transformers_sampler() -> Any:
    # Takes seconds, and only one case needs it.
    return importlib.import_module("transformers.trainer_pt_utils").LengthGroupedSampler


TORCH = SimpleNamespace(
    name="torch",
    SequentialSampler=torch.utils.data.SequentialSampler,
    RandomSampler=torch.utils.data.RandomSampler,
    SubsetRandomSampler=torch.utils.data.SubsetRandomSampler,
    WeightedRandomSampler=torch.utils.data.WeightedRandomSampler,
    DistributedSampler=torch.utils.data.distributed.DistributedSampler,
    BatchSampler=torch.utils.data.BatchSampler,
    DataLoader=torch.utils.data.DataLoader,
    LengthGroupedSampler=lambda *args, **kwargs: _transformers_sampler()(*args, **kwargs),
    randperm=torch.randperm,
    randint=torch.randint,
    multinomial=torch.multinomial,
)
_FUNCTIONS = ("randperm", "randint", "multinomial")


def ours(replacements: str | None = None) -> SimpleNamespace:
    """This package's side; of a module named by ``replacements``, what has the same names.

    With a module of broken samplers it is seen that the runs notice them.
    """
    library = SimpleNamespace(name="fastsamplers")
    for name in vars(TORCH):
        if name != "name":
            owner = fastsamplers.functional if name in _FUNCTIONS else fastsamplers
            setattr(library, name, getattr(owner, name))
    if replacements is not None:
        module = importlib.import_module(replacements)
        vars(library).update(
            {name: value for name, value in vars(module).items() if name in vars(TORCH)}
        )
    return library
