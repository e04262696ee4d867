"""Streams of 32-bit words made of indices, for batteries that test bits: ``python -m
bench.quality.words NAME`` writes one without end to its standard output.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator

import numpy as np
import numpy.typing as npt
import torch

import fastsamplers
from bench.quality.draws import positions

Words = npt.NDArray[np.uint32]

_BLOCK = 2**20
_WEIGHTS = 10**6


def high_bits() -> Iterator[Words]:
    """The upper 32 bits of neighbouring values of one permutation of 2**62."""
    for values in _neighbours():
        yield (values >> 30).astype(np.uint32)


def low_bits() -> Iterator[Words]:
    """The lower 32 bits of the same."""
    for values in _neighbours():
        yield (values & 0xFFFFFFFF).astype(np.uint32)


def _neighbours() -> Iterator[npt.NDArray[np.int64]]:
    shuffle = fastsamplers.IndexShuffle(2**62, seed=1)
    for first in range(0, 2**62, _BLOCK):
        yield shuffle[first : first + _BLOCK]


def many_seeds() -> Iterator[Words]:
    """The first 4,096 places of the seeds 0, 1, 2, ... at n = 10**9, 16 bits of each value."""
    n, each = 10**9, 4096
    for first in range(0, 2**62, 256):
        parts = [fastsamplers.IndexShuffle(n, seed)[:each] for seed in range(first, first + 256)]
        halves = np.concatenate(parts) * 65_536 // n
        yield (halves[::2] << 16 | halves[1::2]).astype(np.uint32)


def weighted_draws() -> Iterator[Words]:
    """Draws by 10**6 random weights, each as its place in the cumulative distribution.

    A draw owns an interval of it as long as its weight: where in there is chosen by numpy, so that
    the words are uniform if the draws follow the weights, and the upper 20 bits are the draws'.
    """
    noise = np.random.default_rng(0)
    weights = noise.exponential(size=_WEIGHTS)
    generator = torch.Generator().manual_seed(1)
    sampler = fastsamplers.WeightedRandomSampler(
        torch.from_numpy(weights), 2**24, generator=generator
    )
    while True:
        for indices in sampler.blocks(_BLOCK):
            places = positions(weights, indices, noise)
            yield (places * 2.0**32).astype(np.uint64).clip(max=2**32 - 1).astype(np.uint32)


def numpy_words() -> Iterator[Words]:
    """What should pass: numpy's PCG64."""
    choose = np.random.default_rng(1)
    while True:
        yield choose.integers(0, 2**32, _BLOCK, dtype=np.uint32)


STREAMS: dict[str, Callable[[], Iterator[Words]]] = {
    "index shuffle of 2^62, upper bits": high_bits,
    "index shuffle of 2^62, lower bits": low_bits,
    "index shuffles of 10^9, 4,096 places of each seed": many_seeds,
    "weighted draws": weighted_draws,
    "numpy's PCG64": numpy_words,
}


def main(name: str) -> None:
    try:
        for words in STREAMS[name]():
            sys.stdout.buffer.write(words.data)
    except BrokenPipeError:  # the reader has enough
        sys.stderr.close()


if __name__ == "__main__":
    main(sys.argv[1])
