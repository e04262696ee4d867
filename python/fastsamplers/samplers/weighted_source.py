"""The weights of a sampler, and the streams of draws from them."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt
import torch

from fastsamplers import _core, _torch, _weights


class WeightedSource:
    """Mixin before a sampler class: the attribute ``weights``, and what is kept between passes."""

    _weights: Any
    # float32 weights that stand for their float64 values.
    _compact: npt.NDArray[Any] | None = None
    _table: _weights.Table | None = None
    _has_warned = False
    strict: bool

    @property
    def weights(self) -> torch.Tensor:
        """float64[n], as torch's sampler has it; made at the first look at float32 weights.

        What is changed in place, or assigned, counts from the next pass on.
        """
        if self._compact is not None:
            self._weights = torch.from_numpy(self._compact.astype(np.float64))
            self._compact = None
        return self._weights  # type: ignore[no-any-return]

    @weights.setter
    def weights(self, weights: torch.Tensor) -> None:
        self._weights = weights
        self._compact = None

    def _number_of_weights(self) -> int | str:
        if self._compact is not None:
            return len(self._compact)
        try:
            return len(self._weights)
        except TypeError:
            return "unknown"

    def _present_weights(self) -> _weights.Weights | None:
        if self._compact is not None:
            return _weights.Weights(self._compact, single=False)
        return _weights.of_tensor(self._weights)

    def _drawn(
        self,
        count: int,
        replacement: bool,
        generator: torch.Generator | None,
        engine_for: Callable[[int], _core.Mt19937],
    ) -> _core.IndexStream:
        """A stream of the ``count`` indices that ``torch.multinomial`` draws.

        ``engine_for(words)`` is called once the weights are found valid, and moves the generator.
        """
        weights = self._present_weights()
        if weights is None or not _weights.serves(weights, count, replacement, generator):
            self._check_shortage(count, replacement)
            by_torch = torch.multinomial(self.weights, count, replacement, generator=generator)
            return _stream_of(by_torch.cpu().numpy())
        if not _weights.is_race(count, replacement):
            self._table = _weights.table_of(weights, count, self._table)
            engine = engine_for(_weights.table_words(count))
            if isinstance(self._table.lookup, _core.CdfTable):
                return _core.weighted_stream(self._table.lookup, engine, count)
            # Now and not as they are asked for: the weights may change.
            drawn = np.empty(count, dtype=np.int64)
            _weights.draw_into(drawn, weights, self._table, engine)
            return _stream_of(drawn)
        nonzero = _weights.check_race(weights, count)
        if nonzero < count:
            self._meet_shortage(nonzero, count)
        chosen = np.empty(count, dtype=np.int64)
        engine = engine_for(_weights.race_words(weights))
        _core.weighted_choice(weights.values, weights.single, engine, nonzero, chosen)
        return _stream_of(chosen)

    def _check_shortage(self, count: Any, replacement: Any) -> None:
        """The same check where torch draws, and refuses what it refuses before."""
        weights = self.weights
        has_values = weights.layout is torch.strided and not weights.is_meta
        if isinstance(count, int) and replacement is False and weights.dim() == 1 and has_values:
            nonzero = int(torch.count_nonzero(weights))
            if 0 < nonzero < count <= len(weights):
                self._meet_shortage(nonzero, count)

    def _meet_shortage(self, nonzero: int, count: int) -> None:
        text = (
            f"num_samples should be at most the number of nonzero weights ({nonzero}) without "
            f"replacement, but got num_samples={count}"
        )
        if self.strict:
            raise ValueError(text)
        if not self._has_warned:
            warnings.warn(
                f"{text}: indices of weight zero are drawn, as torch draws them; strict=True "
                "refuses this",
                UserWarning,
                stacklevel=2,
            )
            self._has_warned = True

    def __getstate__(self) -> dict[str, Any]:
        # A table takes more memory than the weights, and less time than its transport.
        return {name: value for name, value in vars(self).items() if name != "_table"}


def _stream_of(indices: npt.NDArray[np.int64]) -> _core.IndexStream:
    return _core.subset_stream(_core.sequential_stream(len(indices)), indices)


def engine_of(generator: torch.Generator | None) -> Callable[[int], _core.Mt19937]:
    """Draws from the user's generator, or the global one, which moves on by the words taken."""
    return lambda words: _torch.take_words(generator, words)
