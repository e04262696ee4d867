"""Indices drawn with given probabilities."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
import torch.utils.data

from fastsamplers import _core, _validate, _weights
from fastsamplers.samplers.sampler_pass import Pass, seek
from fastsamplers.samplers.stream import StreamSampler
from fastsamplers.samplers.weighted_source import WeightedSource


class WeightedRandomSampler(WeightedSource, StreamSampler, torch.utils.data.WeightedRandomSampler):
    """Draws indices of [0, n) by weight: ``torch.utils.data.WeightedRandomSampler``, bit for bit.

    The indices, the generator's state, the moment of the draw and the errors are torch's; there is
    no limit of 2**24 weights, beyond which the same rules hold.

    Args:
        weights (sequence of float): shape (n,), not negative, of any sum. A float64 tensor or array
            is used where it is: what changes in it counts from the next pass on. A float32 tensor
            or array is kept as a float32 copy, a float32 memory map where it is.
        num_samples (int): indices in a pass.
        replacement (bool): whether an index can be drawn more than once.
        generator (torch.Generator, optional): where the randomness comes from; without one, the
            global generator, which the first index of a pass moves on.
        strict (bool, keyword only): without replacement, refuse to draw indices of weight zero once
            all others are drawn; torch draws them in silence, the default warns once.

    Raises:
        ValueError: ``num_samples`` is not a positive int, ``replacement`` or ``strict`` is not a
            bool, the weights are not one-dimensional; at the first index: ``strict``, and fewer
            nonzero weights than samples.
        RuntimeError: at the first index: a weight is negative or not finite, all are zero, or there
            are fewer weights than samples without replacement.
        MemoryError: at the first index, when a table or choice does not fit; nothing is drawn.

    With replacement: a table of 8-24 bytes a weight, made at the first pass (O(n)) and kept while
    the content of the weights stays the same, which each pass checks at the speed of memory; O(1) a
    draw. Fewer draws than one in eight weights need no table: 32 bytes a draw. Without: O(n) work
    and O(num_samples) memory a pass, before its first index, O(n) where weights of zero are drawn.
    Source: ``torch.multinomial``; Chen and Asau 1974; Efraimidis and Spirakis 2006.
    """

    def __init__(
        self,
        weights: Sequence[float] | torch.Tensor | npt.NDArray[np.floating[Any]],
        num_samples: int,
        replacement: bool = True,
        generator: torch.Generator | None = None,
        *,
        strict: bool = False,
    ) -> None:
        compact = _weights.compact(weights) if self._has_own_weights() else None
        given: Any = weights if compact is None else torch.empty(0, dtype=torch.double)
        super().__init__(given, num_samples, replacement, generator)
        self._compact = compact
        self.strict = _validate.boolean("strict", strict)

    def _pass_is_served(self) -> bool:
        # Others may yield something else than indices.
        if self._compact is not None:
            return True
        weights = self.weights
        return isinstance(weights, torch.Tensor) and weights.dim() == 1

    def _state_fields(self, run: Pass) -> dict[str, int | str]:
        return self._weighted_fields(run, self.num_samples)

    def _pass_streams(self, run: Pass) -> Iterator[_core.IndexStream]:
        yield seek(self._drawn(run, self.num_samples), run.start)

    def _repr_fields(self) -> dict[str, Any]:
        return {
            "n": self._number_of_weights(),
            "num_samples": self.num_samples,
            "replacement": self.replacement,
            "generator": self.generator,
            "strict": self.strict,
        }
