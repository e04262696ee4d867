"""The elements of a given sequence of indices in random order."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
import torch.utils.data

from fastsamplers import _core, _parity, _torch, _validate
from fastsamplers._state import State
from fastsamplers.samplers.blocks import integers
from fastsamplers.samplers.fingerprint import fingerprint_of
from fastsamplers.samplers.sampler_pass import Pass
from fastsamplers.samplers.stream import StreamSampler, length_of


class SubsetRandomSampler(StreamSampler, torch.utils.data.SubsetRandomSampler):
    """Samples from given indices without replacement: ``torch.utils.data.SubsetRandomSampler``.

    Iterating yields ``indices[i]`` as the container gives it, read when it is its turn (a tensor
    yields 0-d tensors, as with torch). ``blocks``, and a ``BatchSampler`` with an array output,
    read int64 straight from integer arrays, tensors, memory maps and ranges, without a copy; lists
    are copied, and other sequences read item by item.

    Args:
        indices (sequence): any sequence; n = ``len(indices)``.
        generator (torch.Generator, optional): default is the global generator itself.
        algorithm (str, keyword only): ``"torch"``, the order of ``torch.randperm``; ``"feistel"``,
            that of ``IndexShuffle(n, seed)`` for an int64 drawn as a seed from the generator.

    Raises:
        ValueError: the algorithm is unknown.
        TypeError, ValueError: where arrays are asked for and the indices are not integers, or not
            of int64; nothing is drawn then, except for a sequence that can only be read item by
            item.
        MemoryError: at the first index, when a permutation of n does not fit; nothing is drawn.

    Memory and work: as ``RandomSampler`` without replacement, beside the container itself.
    Source: ``torch.utils.data.SubsetRandomSampler`` and ``torch.randperm``.
    """

    algorithm: str = "torch"

    def __init__(
        self,
        indices: Sequence[int],
        generator: torch.Generator | None = None,
        *,
        algorithm: str = "torch",
    ) -> None:
        super().__init__(indices, generator)
        self.algorithm = _validate.one_of("algorithm", algorithm, _validate.ALGORITHMS)

    def _pass_is_served(self) -> bool:
        return _validate.is_feistel(self.algorithm) or (
            _torch.serves_generator(self.generator)
            and _torch.serves_default_device()
            and _parity.holds("generator", "randperm", "randperm-large")
        )

    def _pass_draws_seed(self) -> bool:
        return _validate.is_feistel(self.algorithm)

    def _state_fields(self, run: Pass) -> dict[str, int | str]:
        is_keyed = _validate.is_feistel(self.algorithm)
        algorithm = _core.INDEX_SHUFFLE_VERSION if is_keyed else "torch.randperm"
        n = len(self.indices) if run.n is None else run.n
        return {"algorithm": f"{algorithm} of indices", "n": n}

    def _pass_fingerprint(self, run: Pass) -> str | None:
        if run.fingerprint is None:
            run.fingerprint = fingerprint_of(self.indices)
        return run.fingerprint

    def _check_fingerprint(self, given: State) -> None:
        fingerprint = fingerprint_of(self.indices)
        if fingerprint is not None:
            given.require({"fingerprint": fingerprint})

    def _pass_streams(self, run: Pass) -> Iterator[_core.IndexStream]:
        n = run.n = len(self.indices)
        if _validate.is_feistel(self.algorithm):
            yield run.keyed_permutation(n, n)
        else:
            yield run.permutation(n, n, run.start)

    def _pass_array_streams(self, run: Pass) -> Iterator[_core.IndexStream]:
        indices = self.indices
        array = _integer_array(indices)
        for order in self._pass_streams(run):
            if isinstance(indices, range):
                yield _core.subset_of_range_stream(order, len(indices), indices.start, indices.step)
            elif array is not None:
                yield _core.subset_stream(order, array)
            else:
                rest = len(order) - run.start
                yield _core.callback_stream(_ItemReader(order, indices), rest, 1)

    def _pass_subset(self) -> StreamSampler:
        return self

    def _repr_fields(self) -> dict[str, Any]:
        return {
            "n": length_of(self.indices),
            "generator": self.generator,
            "algorithm": self.algorithm,
        }


class _ItemReader:
    """Reads the items of any sequence in the order of a stream, a block at a time."""

    def __init__(self, order: _core.IndexStream, items: Sequence[Any]) -> None:
        self._order = order
        self._items = items

    def __call__(self, count: int) -> npt.NDArray[np.int64]:
        items = self._items
        return integers([items[i] for i in self._order.next(count).tolist()])


def _integer_array(indices: object) -> npt.NDArray[Any] | None:
    """``indices`` as an array of integers, or None for a sequence that is read item by item.

    Tensors, arrays and memory maps are not copied. A list is: checking its items before anything is
    drawn means reading all of them.
    """
    if isinstance(indices, range):
        for end in (indices[0], indices[-1]) if indices else ():
            _require_int64(end)
        return None
    if type(indices) in (list, tuple):
        return integers(indices)  # type: ignore[arg-type]
    if isinstance(indices, torch.Tensor):
        _require_integers(indices, indices.dtype in _torch.INTEGERS)
        array = _torch.array_of(indices.cpu())
    elif isinstance(indices, np.ndarray):
        _require_integers(indices, indices.dtype.kind in "iu" or indices.size == 0)
        array = indices.astype(indices.dtype.newbyteorder("="), copy=False)
    else:
        return None
    if array.size == 0:
        return np.empty(0, dtype=np.int64)
    if array.dtype == np.uint64:
        _require_int64(int(array.max()))
    return array


def _require_integers(indices: torch.Tensor | npt.NDArray[Any], are_integers: bool) -> None:
    if not are_integers or indices.ndim != 1:
        raise TypeError(
            "indices should be a one-dimensional sequence of integers, but got "
            f"{indices.ndim} dimensions of dtype {indices.dtype}"
        )


def _require_int64(value: int) -> None:
    if not -(2**63) <= value < 2**63:
        raise ValueError(f"indices should fit int64, but got {value}")
