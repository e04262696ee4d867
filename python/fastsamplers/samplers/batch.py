"""Batches of the indices of another sampler."""

from __future__ import annotations

import functools
import sys
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
import torch
import torch.utils.data

from fastsamplers import _core, _threads, _validate
from fastsamplers.samplers.blocks import Blocks, integers
from fastsamplers.samplers.replay import ReplayIterator
from fastsamplers.samplers.stateful_batches import StatefulBatches
from fastsamplers.samplers.stream import is_read_through_streams, iterates_with_state

if TYPE_CHECKING:
    from fastsamplers._core import _BatchPlan


class BatchSampler(torch.utils.data.BatchSampler):
    """Groups another sampler's indices into batches: ``torch.utils.data.BatchSampler``.

    Over a sampler of this package the batches are cut from its blocks of indices, and no index
    becomes a Python int on the way. Over anything else (any iterable of any items) this is torch's
    own code.

    Args:
        sampler (Sampler or Iterable): what gives the indices.
        batch_size (int): indices in a batch.
        drop_last (bool): leave out the last batch if it is not full.
        output (str, keyword only): ``"list"``, fresh lists of ints as with torch; ``"numpy"`` or
            ``"torch"``, int64 arrays or tensors of shape (batch_size,) that belong to the caller.

    Raises:
        ValueError: ``batch_size`` is not a positive int, ``drop_last`` not a bool, ``output`` none
            of the three.
        TypeError: at a batch, if ``output`` asks for arrays and the sampler gives no integers.
        MemoryError: at a batch that does not fit; it is not lost, but comes when there is room. One
            of more than 2**20 indices is refused before anything is drawn for it.

    O(batch_size) memory beside the sampler's own.
    Source: ``torch.utils.data.BatchSampler``.
    """

    output: str = "list"
    # Batches that the next pass leaves out, where the sampler cannot do that itself.
    _start = 0

    def __init__(
        self,
        sampler: torch.utils.data.Sampler[int] | Iterable[int],
        batch_size: int,
        drop_last: bool,
        *,
        output: str = "list",
    ) -> None:
        super().__init__(sampler, batch_size, drop_last)
        self.output = _validate.one_of("output", output, _validate.OUTPUTS)

    def __iter__(self) -> Iterator[Any]:
        return _core.BatchIterator(self._plan)

    def _plan(self) -> _BatchPlan:
        """What a pass reads; asked for at its first batch, when torch's class would look too."""
        _threads.settle()
        sampler = self.sampler
        output = _validate.one_of("output", self.output, _validate.OUTPUTS)
        if not (is_read_through_streams(sampler) and self._is_plain()):
            convert = None if output == "list" else self._as_array
            if iterates_with_state(sampler) and self._is_plain():
                return StatefulBatches(iter(sampler), self, convert)
            return ReplayIterator(self, super().__iter__, convert)
        # Without drop_last torch asks for batch_size at each batch, with it once.
        sizes = self.batch_size, None if self.drop_last else self, self.drop_last
        if output == "list":
            return sampler._new_pass(), sampler._pass_subset(), *sizes, output
        made = torch.from_numpy if output == "torch" else output
        return sampler._new_pass(arrays=True), None, *sizes, made

    def seek(self, position: int) -> None:
        """The next pass starts at batch ``position`` of the pass it would have been.

        Args:
            position (int): batches to leave out, in [0, ``len(self)``]; 0 takes it back.

        Raises:
            TypeError, ValueError: ``position`` is no such int; nothing has changed.

        Work as that of the sampler's ``seek``. Batches of other samplers than those of this package
        are made, and left out.
        """
        sampler = self.sampler
        if iterates_with_state(sampler) and self._is_plain():
            length = sampler._pass_length()
            batches = length // self.batch_size if self.drop_last else -(-length // self.batch_size)
            place = _validate.position(position, batches)
            sampler.seek(min(place * self.batch_size, length))
        else:
            self._start = _validate.position(position, len(self))

    def _is_plain(self) -> bool:
        """Whether the attributes are what the constructor would accept, and no larger than torch
        can count; anything else that was assigned is torch's affair.
        """
        size = self.batch_size
        return type(size) is int and 0 < size <= sys.maxsize and isinstance(self.drop_last, bool)

    def _as_array(self, batch: list[Any]) -> Any:
        array = integers(batch)
        return array if self.output == "numpy" else torch.from_numpy(array)

    def blocks(self, size: int = 65536) -> Iterator[npt.NDArray[np.int64]]:
        """Iterates over the indices of the same pass as int64 arrays, across batch borders.

        What ``drop_last`` leaves out of the batches is left out here too.

        Raises:
            ValueError: ``size`` is not a positive int.
            TypeError: at a block, if the sampler gives no integers.
            MemoryError: at a block that does not fit; it comes when there is room.
        """
        size = min(_validate.positive_int("size", size), sys.maxsize)
        return _core.BatchIterator(functools.partial(self._block_plan, size))

    def _block_plan(self, size: int) -> Iterator[npt.NDArray[np.int64]]:
        is_ours = is_read_through_streams(self.sampler) and self._is_plain()
        if not is_ours or type(self).__iter__ is not BatchSampler.__iter__:
            return Blocks(self, size)
        # Blocks of whole batches, so that the tail that drop_last leaves out stands alone.
        batches = max(1, size // self.batch_size)
        whole = BatchSampler(
            self.sampler, batches * self.batch_size, drop_last=False, output="numpy"
        )
        return Blocks(map(self._cut, whole), size, fresh=True)

    def _cut(self, block: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
        rest = len(block) % self.batch_size if self.drop_last else 0
        return block[: len(block) - rest] if rest else block

    def set_epoch(self, epoch: int) -> None:
        """Forwards ``epoch`` to the sampler, if that depends on one."""
        set_epoch = getattr(self.sampler, "set_epoch", None)
        if set_epoch is not None:
            set_epoch(epoch)

    def __repr__(self) -> str:
        return (
            f"{type(self).__name__}({self.sampler!r}, batch_size={self.batch_size}, "
            f"drop_last={self.drop_last}, output={self.output!r})"
        )
