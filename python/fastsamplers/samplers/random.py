"""Uniformly random indices, with and without replacement."""

from __future__ import annotations

from collections.abc import Iterator, Sized
from typing import Any

import numpy as np
import numpy.typing as npt
import torch.utils.data

from fastsamplers import _core, _parity, _torch, _validate
from fastsamplers.samplers.sampler_pass import Pass, seek
from fastsamplers.samplers.stream import StreamSampler, length_of

# torch draws with replacement in blocks of this many.
_TORCH_BLOCK = 32
# Longer passes than this are cut here, where nobody comes: num_samples may be any int.
_ENDLESS = 2**62


class RandomSampler(StreamSampler, torch.utils.data.RandomSampler):
    """Samples elements randomly: ``torch.utils.data.RandomSampler``, bit for bit.

    The indices, the state of the generator after any number of them, the moment of every draw, and
    the errors are torch's.

    Args:
        data_source (Sized): what is sampled, n = ``len(data_source)``; read at the start of a pass.
        replacement (bool): draw with replacement.
        num_samples (int, optional): indices in a pass, default n. Without replacement, more than n
            means one permutation after another.
        generator (torch.Generator, optional): where the randomness comes from. Without one, each
            pass takes a seed from the global generator at its first index.
        algorithm (str, keyword only): ``"torch"``, the order of ``torch.randperm``; ``"feistel"``,
            that of ``IndexShuffle(n, seed)`` for the int64 that torch would draw as its seed, from
            ``generator`` or the global one, at the first index. Beyond n samples, the permutations
            of epochs 1, 2, ... follow.

    Raises:
        TypeError: ``replacement`` is not a bool.
        ValueError: ``num_samples`` is not a positive int (an empty ``data_source`` included), the
            algorithm is unknown, or it is ``"feistel"`` with replacement.
        MemoryError: at the first index, when a permutation of n does not fit; nothing is drawn.

    Memory and the first index with ``"feistel"``: O(1) at any n. With ``"torch"``: 4n bytes without
    replacement (8n above n = 2**32), O(1) with it; below n = 214,748,364 the first 4,096 indices
    take next to none of it, and the first index O(1) work; from there on the first index waits for
    O(n) work. A generator on another device is left to torch's own code.
    Source: ``torch.utils.data.RandomSampler``, ``torch.randperm`` and ``torch.randint``.
    """

    algorithm: str = "torch"

    def __init__(
        self,
        data_source: Sized,
        replacement: bool = False,
        num_samples: int | None = None,
        generator: torch.Generator | None = None,
        *,
        algorithm: str = "torch",
    ) -> None:
        super().__init__(data_source, replacement, num_samples, generator)
        self.algorithm = _validate.one_of("algorithm", algorithm, _validate.ALGORITHMS)
        self._refuse_replacement()

    def _refuse_replacement(self) -> None:
        if self.replacement and _validate.is_feistel(self.algorithm):
            raise ValueError(
                "replacement should be False with algorithm='feistel', but got replacement=True"
            )

    def _pass_is_served(self) -> bool:
        return _validate.is_feistel(self.algorithm) or (
            _torch.serves_generator(self.generator)
            and _torch.serves_default_device()
            and _parity.holds("generator", "randint" if self.replacement else "randperm")
            and (self.replacement or _parity.holds("randperm-large"))
        )

    def _pass_draws_seed(self) -> bool:
        return self.generator is None or _validate.is_feistel(self.algorithm)

    def _state_fields(self, run: Pass) -> dict[str, int | str]:
        if _validate.is_feistel(self.algorithm):
            algorithm = _core.INDEX_SHUFFLE_VERSION
        else:
            algorithm = "torch.randint" if self.replacement else "torch.randperm"
        n = len(self.data_source) if run.n is None else run.n
        return {"algorithm": algorithm, "n": n, "num_samples": self.num_samples}

    def _pass_streams(self, run: Pass) -> Iterator[_core.IndexStream]:
        n = run.n = len(self.data_source)
        if _validate.is_feistel(self.algorithm):
            self._refuse_replacement()
            yield run.keyed_permutation(n, _repeats(self.num_samples, 1))
        elif self.generator is None:
            if not self.replacement:
                _core.require_permutation_memory(n)
            engine = _core.Mt19937(run.draw_seed())
            own = self._own_draws if self.replacement else self._own_permutations
            yield from own(run, engine, n)
        else:
            shared = self._shared_draws if self.replacement else self._shared_permutations
            yield from shared(run, n)

    # num_samples follows the length of the data source, which may change during a pass: like torch,
    # each of these asks for it at the start, and again for the rest at the end.

    def _own_permutations(
        self, run: Pass, engine: _core.Mt19937, n: int
    ) -> Iterator[_core.IndexStream]:
        whole = _repeats(self.num_samples // n, n) * n
        yield seek(_core.permutation_stream(engine, n, whole), run.start)
        rest = self.num_samples % n
        if rest:
            yield seek(_core.permutation_stream(engine, n, whole + rest), max(whole, run.start))

    def _shared_permutations(self, run: Pass, n: int) -> Iterator[_core.IndexStream]:
        whole = self.num_samples // n
        skipped = min(whole, run.start // n)
        start = run.start - skipped * n
        if skipped:
            run.take_words(skipped * _core.permutation_words(n))
            if start == 0:
                # A pass that goes on here has not drawn the next permutation yet.
                yield _core.sequential_stream(0)
        for _ in range(whole - skipped):
            yield run.permutation(n, n, start)
            start = 0
        # Also when nothing is left: torch makes one more permutation and throws it away. It makes
        # it before it asks how much is left.
        try:
            rest = self.num_samples % n
        except BaseException:
            run.take_words(_core.permutation_words(n))
            raise
        yield run.permutation(n, rest, start)

    def _own_draws(self, run: Pass, engine: _core.Mt19937, n: int) -> Iterator[_core.IndexStream]:
        _refuse_empty(n)
        whole = _repeats(self.num_samples // _TORCH_BLOCK, _TORCH_BLOCK) * _TORCH_BLOCK
        yield seek(_core.replacement_stream(engine, n, whole), run.start)
        rest = self.num_samples % _TORCH_BLOCK
        if rest:
            yield seek(_core.replacement_stream(engine, n, whole + rest), max(whole, run.start))

    def _shared_draws(self, run: Pass, n: int) -> Iterator[_core.IndexStream]:
        _refuse_empty(n)
        run.note_generator()
        draw = _SharedDraws(run, n)
        whole = _repeats(self.num_samples // _TORCH_BLOCK, _TORCH_BLOCK) * _TORCH_BLOCK
        start = min(run.start, whole)
        drawn = start - start % _TORCH_BLOCK
        if drawn:
            run.take_words(drawn * _core.bounded_words(n))
        # A stream of nothing would keep a pass that goes on behind it from what it has drawn.
        if start < whole or start == run.start > 0:
            yield seek(_core.callback_stream(draw, whole - drawn, _TORCH_BLOCK), start - drawn)
        rest = self.num_samples % _TORCH_BLOCK
        yield seek(_core.callback_stream(draw, rest, _TORCH_BLOCK), run.start - start)

    def _repr_fields(self) -> dict[str, Any]:
        return {
            "n": length_of(self.data_source),
            "replacement": self.replacement,
            "num_samples": self._num_samples,
            "generator": self.generator,
            "algorithm": self.algorithm,
        }


def _repeats(times: int, length: int) -> int:
    """How often ``for _ in range(times)`` runs, up to where nobody comes."""
    range(times)  # torch's error for what is no int
    return max(0, min(times, _ENDLESS // length))


class _SharedDraws:
    """Draws of [0, n) from a generator that other code may use between any two of them."""

    def __init__(self, run: Pass, n: int) -> None:
        self._run = run
        self._generator = run.generator
        self._n = n
        self._block = torch.empty(_TORCH_BLOCK, dtype=torch.int64)
        self._block_array = self._block.numpy()

    def __call__(self, count: int) -> npt.NDArray[np.int64]:
        if count == _TORCH_BLOCK:
            # torch itself, into one block again and again: the reader copies it at once.
            self._block.random_(0, self._n, generator=self._generator)
            return self._block_array
        words = count * _core.bounded_words(self._n)
        return self._run.take_words(words).bounded(0, self._n, count)


def _refuse_empty(n: int) -> None:
    if n == 0:
        torch.randint(high=n, size=(_TORCH_BLOCK,))  # raises torch's error
