"""The two sides of every comparison, and how a pass is read."""

from __future__ import annotations

from collections.abc import Iterable
from types import ModuleType
from typing import Any

import torch.utils.data

import fastsamplers

SIDES: dict[str, ModuleType] = {"torch": torch.utils.data, "fastsamplers": fastsamplers}


def drain(pass_: Iterable[Any]) -> None:
    """Walks over a pass as a training loop does."""
    for _ in pass_:
        pass
