"""Tensors that functions write their results into: new ones, and what ``out=`` may be."""

from __future__ import annotations

import math
from typing import Any

import torch

from fastsamplers import _core, _torch


def empty(size: tuple[int, ...], dtype: torch.dtype, what: str, remedy: str) -> torch.Tensor:
    """A tensor with nothing in it yet; MemoryError when it cannot fit."""
    needed = math.prod(size) * dtype.itemsize
    _core.require_memory(needed, what, remedy)
    try:
        result = torch.empty(size, dtype=dtype, device="cpu")
    except RuntimeError as error:  # of torch's allocator, where what is free is not in one piece
        raise MemoryError(
            f"{what} needs {needed} bytes, but only {_core.available_memory()} are available; "
            f"{remedy}"
        ) from error
    _core.advise_huge_pages(_torch.array_of(result))
    return result


def indices(size: tuple[int, ...], remedy: str) -> torch.Tensor:
    """Room for as many int64 indices; MemoryError when it cannot fit."""
    return empty(size, torch.int64, f"a tensor of {math.prod(size)} indices", remedy)


def written(out: torch.Tensor) -> torch.Tensor:
    """``out``, of which autograd learns that it changes."""
    torch.autograd.graph.increment_version(out)
    return out


def is_plain(out: Any, n: int, dtype: torch.dtype) -> bool:
    """Whether the kernel may write into ``out`` as it is; torch resizes, converts or refuses."""
    return (
        type(out) is torch.Tensor
        and out.dtype is dtype
        and out.device.type == "cpu"
        and out.layout is torch.strided
        and out.shape == (n,)
        and out.is_contiguous()
        and not out.is_neg()
        and not out.is_inference()
        and not torch.is_inference_mode_enabled()
        and _torch.has_memory(out)
    )
