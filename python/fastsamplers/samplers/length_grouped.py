"""Hugging Face's order of samples by length."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

import numpy as np
import torch
import torch.utils.data

from fastsamplers import _core, _lengths, _parity, _torch
from fastsamplers._state import State
from fastsamplers.samplers.fingerprint import fingerprint_of
from fastsamplers.samplers.sampler_pass import Pass, seek
from fastsamplers.samplers.stream import StreamSampler

# Mega-batches have at most so many batches.
_MOST_BATCHES = 50


class _Drawn(NamedTuple):
    """What is drawn for a pass, and what it was drawn for."""

    # The engine before the permutation, or the permutation where torch has to draw it.
    order: Any
    surveyed: _core.Lengths
    can_change: bool  # the lengths, since they were surveyed
    mega_batch: int


class LengthGroupedSampler(StreamSampler, torch.utils.data.Sampler[int]):
    """Samples of like length next to each other: ``transformers.LengthGroupedSampler``, bit-exact.

    A random permutation is cut into mega-batches of up to 50 batches, each sorted by length from
    the longest down; the longest sample of all comes first.

    Args:
        batch_size (int): of the batches that will be made of the indices.
        dataset (Dataset, optional): where lengths are taken from if they are not given, by
            reading every item: ``len(item[model_input_name])``.
        lengths (array, Tensor or sequence of int, optional): shape (n,), n < 2**32, of any integer
            dtype; arrays, tensors and memory maps are read where they are, sequences are copied.
        model_input_name (str, optional): default ``"input_ids"``.
        generator (torch.Generator, optional): default is the global generator.

    Raises:
        ValueError: what ``transformers`` raises, or a length is below zero.
        TypeError: the lengths are not integers.
        MemoryError: where it draws, when the order cannot fit.

    Like the original it draws when ``iter()`` is called, and ``batch_size`` and ``lengths`` are
    those of then; but arrays are read at the first index. Warns (UserWarning) where all lengths are
    equal. O(n) work, about 20 ns a sample, shared among ``get_num_threads()`` threads; 4 bytes a
    sample while a pass lasts.
    Source: ``transformers.trainer_pt_utils.LengthGroupedSampler`` and
    ``get_length_grouped_indices``.
    """

    def __init__(
        self,
        batch_size: int,
        dataset: Any = None,
        lengths: Any = None,
        model_input_name: str | None = None,
        generator: torch.Generator | None = None,
    ) -> None:
        if dataset is None and lengths is None:
            raise ValueError("One of dataset and lengths must be provided.")
        self.batch_size = batch_size
        if lengths is None:
            name = "input_ids" if model_input_name is None else model_input_name
            if not isinstance(dataset[0], Mapping) or name not in dataset[0]:
                raise ValueError(
                    "Can only automatically infer lengths for datasets whose items are "
                    f"dictionaries with an '{name}' key."
                )
            lengths = [len(item[name]) for item in dataset]
        self.lengths = lengths
        self.generator = generator
        _lengths.warn_if_equal(self._surveyed, "grouping by length does nothing", stacklevel=3)

    @property
    def lengths(self) -> Any:
        """Lengths of the samples, as they were given; others can be assigned."""
        return self._lengths

    @lengths.setter
    def lengths(self, lengths: Any) -> None:
        self._surveyed = _lengths.survey(lengths)
        self._array = self._surveyed.values
        self._lengths = lengths

    def __len__(self) -> int:
        return len(self._array)

    def _draw_at_iter(self, run: Pass) -> None:
        run.drawn = self._draw(run)
        run.is_drawn_at_iter = True

    def _draw(self, run: Pass) -> _Drawn:
        """The generator moves on by all words of a permutation."""
        n = len(self._array)
        mega_batch = self._mega_batch()
        if isinstance(mega_batch, int):  # range() refuses what is none
            _core.require_grouped_memory(self._surveyed, min(max(mega_batch, 1), max(n, 1)))
        if self._kernels_serve(run):
            order: Any = run.take_words(_core.permutation_words(n))
        else:
            run.note_generator()
            order = torch.randperm(n, generator=run.generator)
        if len(range(0, n, mega_batch)) == 0:
            torch.argmax(torch.tensor([]))  # the original's error: there is no longest sample
        can_change = isinstance(self._lengths, np.ndarray | torch.Tensor)
        return _Drawn(order, self._surveyed, can_change, mega_batch)

    def _mega_batch(self) -> int:
        """Samples in a mega-batch."""
        batches = min(len(self._array) // (self.batch_size * 4), _MOST_BATCHES) or 1
        return batches * self.batch_size

    def _kernels_serve(self, run: Pass) -> bool:
        return (
            _torch.serves_generator(run.generator)
            and _torch.serves_default_device()
            and _torch.has_no_transforms()
            and _parity.holds("generator", "randperm", "randperm-large")
        )

    def _pass_is_served(self) -> bool:
        return True

    def _state_fields(self, run: Pass) -> dict[str, int | str]:
        return {
            "algorithm": "torch.randperm grouped by length",
            "n": len(self._array),
            "batch_size": int(self.batch_size),
        }

    def _pass_fingerprint(self, run: Pass) -> str | None:
        if run.fingerprint is None:
            run.fingerprint = fingerprint_of(self._array)
        return run.fingerprint

    def _check_fingerprint(self, given: State) -> None:
        fingerprint = fingerprint_of(self._array)
        if fingerprint is not None:
            given.require({"fingerprint": fingerprint})

    def _pass_streams(self, run: Pass) -> Iterator[_core.IndexStream]:
        # The pass itself, which is kept for its state, does not keep a permutation.
        drawn, run.drawn = run.drawn, None
        order, surveyed, can_change, mega_batch = drawn or self._draw(run)
        del drawn
        if isinstance(order, torch.Tensor):
            order = order.cpu().numpy().astype(np.uint32)
        if can_change:
            surveyed = _lengths.survey(surveyed.values)
        mega_batch = min(mega_batch, len(surveyed))  # as many as there are at most
        stream = _core.length_grouped_stream(order, surveyed, mega_batch)
        del order
        yield seek(stream, run.start)

    def __getstate__(self) -> dict[str, Any]:
        left_out = ("_array", "_surveyed")
        return {name: value for name, value in vars(self).items() if name not in left_out}

    def __setstate__(self, state: dict[str, Any]) -> None:
        vars(self).update(state)
        self.lengths = self._lengths

    def _repr_fields(self) -> dict[str, Any]:
        return {
            "batch_size": self.batch_size,
            "n": len(self._array),
            "generator": self.generator,
        }
