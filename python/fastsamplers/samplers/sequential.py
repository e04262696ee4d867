"""Indices in order."""

from __future__ import annotations

from collections.abc import Iterable, Sized
from typing import Any

import torch.utils.data

from fastsamplers import _core
from fastsamplers.samplers.sampler_pass import Pass, seek
from fastsamplers.samplers.stream import StreamSampler, length_of


class SequentialSampler(StreamSampler, torch.utils.data.SequentialSampler):
    """Samples elements in order: ``torch.utils.data.SequentialSampler``, and ``blocks``.

    Args:
        data_source (Sized): what is sampled; its length is read at each ``iter()``.

    Raises:
        TypeError: at ``iter()`` or ``len``, when ``data_source`` has no length.

    O(1) to start, no memory that grows with the length.
    Source: ``torch.utils.data.SequentialSampler``.
    """

    def __init__(self, data_source: Sized) -> None:
        super().__init__(data_source)

    def _new_pass(self, arrays: bool = False) -> Pass:
        run = Pass(self, arrays)
        run.n = len(self.data_source)
        return run

    def _pass_streams(self, run: Pass) -> Iterable[_core.IndexStream]:
        n = len(self.data_source) if run.n is None else run.n
        return (seek(_core.sequential_stream(n), run.start),)

    def _state_fields(self, run: Pass) -> dict[str, int | str]:
        n = len(self.data_source) if run.n is None else run.n
        return {"algorithm": "sequential", "n": n}

    def _repr_fields(self) -> dict[str, Any]:
        return {"n": length_of(self.data_source)}
