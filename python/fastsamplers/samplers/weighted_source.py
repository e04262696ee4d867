"""The weights of a sampler, and the streams of draws from them."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np
import numpy.typing as npt
import torch

from fastsamplers import _core, _weights
from fastsamplers._state import State
from fastsamplers.samplers.sampler_pass import Pass
from fastsamplers.samplers.stream import length_of


class WeightedSource:
    """Mixin before a sampler class: the attribute ``weights``, and what is kept between passes."""

    _weights: Any
    # float32 weights that stand for their float64 values.
    _compact: npt.NDArray[Any] | None = None
    _table: _weights.Table | None = None
    _has_warned = False
    strict: bool
    replacement: bool

    @property
    def weights(self) -> torch.Tensor:
        """float64[n], as torch's sampler has it; made at the first look at float32 weights.

        What is changed in place, or assigned, counts from the next pass on.
        """
        if self._compact is not None:
            self._weights = torch.tensor(self._compact, dtype=torch.double, device="cpu")
            self._compact = None
        return self._weights  # type: ignore[no-any-return]

    @weights.setter
    def weights(self, weights: torch.Tensor) -> None:
        self._weights = weights
        self._compact = None

    def _has_own_weights(self) -> bool:
        """Whether ``weights`` is the attribute here, and not one of a subclass."""
        return type(self).weights is WeightedSource.weights

    def _number_of_weights(self) -> int | str:
        return length_of(self.weights if self._compact is None else self._compact)

    def _present_weights(self) -> _weights.Weights | None:
        if self._compact is not None:
            return _weights.Weights(self._compact, single=False)
        return _weights.of_tensor(self.weights)

    def _weighted_fields(self, run: Pass, count: int) -> dict[str, int | str]:
        """What a state of a draw of ``count`` must agree in."""
        algorithm = "torch.multinomial"
        if not self.replacement:
            algorithm += " without replacement"
        n = self._number_of_weights() if run.n is None else run.n
        return {"algorithm": algorithm, "n": n, "num_samples": count}

    def _check_fingerprint(self, given: State) -> None:
        given.require({"fingerprint": self._fingerprint()})

    def _fingerprint(self) -> str:
        weights = self._present_weights()
        if weights is not None:
            return _weights.fingerprint(weights)
        return _weights.fingerprint_of_tensor(self.weights)

    def _drawn(self, run: Pass, count: int) -> _core.IndexStream:
        """A stream of the ``count`` indices that ``torch.multinomial`` draws.

        The generator moves on once the weights are found valid.
        """
        weights = self._present_weights()
        replacement = self.replacement
        if weights is None or not _weights.serves(weights, count, replacement, run.generator):
            self._check_shortage(count, replacement)
            run.note_generator()
            by_torch = torch.multinomial(self.weights, count, replacement, generator=run.generator)
            run.n = len(self.weights)
            run.fingerprint = self._fingerprint()
            return _stream_of(by_torch.cpu().numpy())
        run.n = len(weights)
        if not _weights.is_race(count, replacement):
            self._table = _weights.table_of(weights, count, self._table)
            run.fingerprint = self._table.fingerprint.hex()
            words = _weights.table_words(count)
            if isinstance(self._table.lookup, _core.CdfTable):
                engine = run.take_words(words)
                return _core.weighted_stream(self._table.lookup, engine, count)
            # Now and not as they are asked for: the weights may change.
            drawn = np.empty(count, dtype=np.int64)
            with run.words_taken(words) as engine:
                _weights.draw_into(drawn, weights, self._table, engine)
            return _stream_of(drawn)
        nonzero, run.fingerprint = _weights.check_race(weights, count)
        if nonzero < count:
            self._meet_shortage(nonzero, count)
        chosen = np.empty(count, dtype=np.int64)
        with run.words_taken(_weights.race_words(weights)) as engine:
            _core.weighted_choice(weights.values, weights.single, engine, nonzero, chosen)
        return _stream_of(chosen)

    def _check_shortage(self, count: Any, replacement: Any) -> None:
        """The same check where torch draws, and refuses what it refuses before."""
        weights = self.weights
        if (
            (self.strict or not self._has_warned)
            and isinstance(count, int)
            and replacement is False
            and isinstance(weights, torch.Tensor)
            and weights.dim() == 1
            and weights.is_floating_point()
            and weights.layout is torch.strided
            and not weights.is_meta
        ):
            nonzero = int(torch.count_nonzero(weights))
            is_valid = bool(((weights >= 0) & (weights < torch.inf)).all())
            if is_valid and 0 < nonzero < count <= len(weights):
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
                stacklevel=5,
            )
            self._has_warned = True

    def __getstate__(self) -> dict[str, Any]:
        # A table takes more memory than the weights, and less time than its transport; a copy warns
        # by itself.
        left_out = ("_table", "_has_warned")
        return {name: value for name, value in vars(self).items() if name not in left_out}


def _stream_of(indices: npt.NDArray[np.int64]) -> _core.IndexStream:
    return _core.subset_stream(_core.sequential_stream(len(indices)), indices)
