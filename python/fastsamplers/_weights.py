"""Weights as torch reads them: which the kernels serve, their errors, and the draws from them."""

from __future__ import annotations

import hashlib
import mmap
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import torch

from fastsamplers import _core, _parity, _torch

# Two words for a uniform double: a draw with replacement takes one such number, a race one for each
# weight.
_WORDS = 2
_FLOATS = (torch.float32, torch.float64)
_HALVES = (torch.float16, torch.bfloat16)
# Fewer draws than one for so many weights are looked up in sums: a table takes 10 ns a weight to
# make, 8-24 bytes, and saves 20-50 ns a draw.
_FEW_DRAWS = 8
# torch itself goes no further.
_TORCH_CATEGORIES = 2**24

# torch's texts for weights that are not valid, in a race and in a table.
_RACE_FAULT = "probability tensor contains either `inf`, `nan` or element < 0"
_TABLE_FAULTS = {
    "negative": "invalid multinomial distribution (encountering probability entry < 0)",
    "not finite": (
        "invalid multinomial distribution (encountering probability entry = infinity or NaN)"
    ),
}
_NO_WEIGHT = "invalid multinomial distribution (sum of probabilities <= 0)"


@dataclass(frozen=True)
class Weights:
    """float32[n] or float64[n] where they lie, n > 0, and whether torch computes in float32."""

    values: npt.NDArray[Any]
    single: bool

    def __len__(self) -> int:
        return len(self.values)


@dataclass(frozen=True)
class Table:
    """What draws with replacement look up, and the content that it was made from."""

    lookup: _core.CdfTable | _core.BlockSums
    single: bool
    fingerprint: bytes


def is_race(count: int, replacement: bool) -> bool:
    """Whether torch draws by an exponential race: all indices at once, two words a weight."""
    return not replacement or count == 1


def of_tensor(tensor: Any) -> Weights | None:
    """A tensor's weights in its own precision, if the kernels can read them where they are."""
    if not (
        type(tensor) in (torch.Tensor, torch.nn.Parameter)
        and tensor.dtype in _FLOATS
        and tensor.device.type == "cpu"
        and tensor.layout is torch.strided
        and tensor.dim() == 1
        and tensor.numel() > 0
        and not tensor.is_neg()
        and _torch.has_no_transforms()
        and _torch.has_memory(tensor)
    ):
        return None
    return Weights(_torch.array_of(tensor), tensor.dtype is torch.float32)


def of_array(array: npt.NDArray[Any]) -> Weights | None:
    """The same for a NumPy array or memory map."""
    if array.ndim != 1 or array.size == 0 or array.dtype not in (np.float32, np.float64):
        return None
    return Weights(array, array.dtype == np.float32)


def widened(tensor: torch.Tensor, count: Any, replacement: Any) -> Weights | None:
    """float16 and bfloat16 with replacement, where torch computes in float32."""
    if type(count) is not int or type(replacement) is not bool:
        return None
    if is_race(count, replacement) or tensor.dtype not in _HALVES or tensor.is_neg():
        return None
    return of_tensor(tensor.detach().to(torch.float32))


def serves(
    weights: Weights, count: Any, replacement: Any, generator: torch.Generator | None
) -> bool:
    """Whether the kernels serve these arguments; torch draws, or refuses, all others."""
    return (
        type(count) is int
        and type(replacement) is bool
        and 0 < count < 2**60
        and (replacement or count <= len(weights))
        and _torch.serves_generator(generator)
        and _parity.holds("generator", "race" if is_race(count, replacement) else "multinomial")
    )


def table_of(
    weights: Weights, count: int, kept: Table | None = None, few: int = _FEW_DRAWS
) -> Table:
    """``kept``, if the weights' content is still the one it was made from; else a new table.

    For ``count`` draws: where these are fewer than one for ``few`` weights, sums at some of the
    weights are enough. Raises torch's RuntimeError for weights that are not valid, MemoryError
    where the table, or the draws, cannot fit.
    """
    fault, nonzero, fingerprint = _core.survey_weights(weights.values)
    are_few = count < len(weights) // few
    if are_few:
        _core.require_block_draws_memory(count)
    if (
        kept is not None
        and (are_few or isinstance(kept.lookup, _core.CdfTable))
        and kept.fingerprint == fingerprint
        and len(kept.lookup) == len(weights)
        and kept.single == weights.single
    ):
        return kept
    if fault is not None:
        raise RuntimeError(_TABLE_FAULTS[fault])
    if nonzero == 0:
        raise RuntimeError(_NO_WEIGHT)
    kind = _core.BlockSums if are_few else _core.CdfTable
    return Table(kind(weights.values, weights.single), weights.single, fingerprint)


def draw_into(
    out: npt.NDArray[np.int64], weights: Weights, table: Table, engine: _core.Mt19937
) -> None:
    """``out.size`` draws with replacement; ``weights`` as they were when the table was made."""
    if isinstance(table.lookup, _core.BlockSums):
        _core.draw_by_blocks(table.lookup, weights.values, engine, out)
    else:
        _core.weighted_draws(table.lookup, engine, out)


def fingerprint(weights: Weights) -> str:
    """A digest of the weights' content, at the speed of memory."""
    return _core.survey_weights(weights.values)[2].hex()


def fingerprint_of_tensor(tensor: Any) -> str:
    """The same for weights that the kernels do not read, at the speed of the digest."""
    content = tensor.detach().cpu().contiguous().view(torch.uint8).numpy()
    return hashlib.blake2b(content, digest_size=32).hexdigest()


def check_race(weights: Weights, count: int) -> tuple[int, str]:
    """The number of nonzero weights, before ``count`` of them are chosen; and their fingerprint.

    Raises torch's RuntimeError for weights that are not valid, MemoryError where the choice cannot
    fit.
    """
    fault, nonzero, fingerprint = _core.survey_weights(weights.values)
    if fault is not None:
        raise RuntimeError(_RACE_FAULT)
    if nonzero == 0:
        raise RuntimeError(_NO_WEIGHT)
    _core.require_choice_memory(weights.values, weights.single, nonzero, count)
    return nonzero, fingerprint.hex()


def race_words(weights: Weights) -> int:
    """Words that a race takes."""
    return _WORDS * len(weights)


def table_words(count: int) -> int:
    """Words that ``count`` draws with replacement take."""
    return _WORDS * count


def race_by_torch(
    tensor: torch.Tensor,
    count: int,
    generator: torch.Generator | None,
) -> torch.Tensor:
    """torch's race step by step, beyond its number of weights, in a precision the kernels lack."""
    if not bool((tensor.max() < torch.inf) & (tensor.min() >= 0)):
        raise RuntimeError(_RACE_FAULT)
    if not bool(tensor.any()):
        raise RuntimeError(_NO_WEIGHT)
    quotients = torch.empty_like(tensor).exponential_(1, generator=generator)
    torch.div(tensor, quotients, out=quotients)
    if count == 1:
        return quotients.argmax(dim=-1, keepdim=True)
    return torch.topk(quotients, count).indices


def needs_race_by_torch(tensor: Any, count: Any, replacement: Any) -> bool:
    """Whether ``race_by_torch`` is what serves these arguments."""
    return (
        type(tensor) is torch.Tensor
        and tensor.dtype in _HALVES
        and tensor.device.type == "cpu"
        and tensor.dim() == 1
        and tensor.numel() > _TORCH_CATEGORIES
        and type(count) is int
        and type(replacement) is bool
        and count > 0
        and is_race(count, replacement)
        and (replacement or count <= tensor.numel())
    )


def compact(weights: Any) -> npt.NDArray[Any] | None:
    """float32 weights that torch's sampler would copy to float64, as float32.

    They are copied, as torch does, so that later changes do not count; a memory map is not.
    """
    if not _torch.serves_default_device():
        return None  # torch moves them there
    if type(weights) is torch.Tensor:
        if (
            weights.dtype is torch.float32
            and of_tensor(weights) is not None
            and not weights.requires_grad
        ):
            return _copy(_torch.array_of(weights))
        return None
    if not isinstance(weights, np.ndarray) or weights.dtype != np.float32:
        return None
    if weights.ndim != 1 or weights.size == 0:
        return None
    return weights if _is_memory_map(weights) else _copy(weights)


def _copy(weights: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
    what = f"a copy of {weights.size} weights"
    _core.require_memory(4 * weights.size, what, "a memory map of them is not copied")
    return np.array(weights, dtype=np.float32)


def _is_memory_map(array: npt.NDArray[Any]) -> bool:
    base: Any = array
    while isinstance(base, np.ndarray):
        base = base.base
    return isinstance(base, mmap.mmap)
