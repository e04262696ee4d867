"""Calls under a limit on the address space: done, or refused with MemoryError and nothing changed.

``python -m trust.faults.limits SEED LIMITS NAME ...`` tries each call at so many limits around what
it needs, in a process of its own, and prints a line of JSON for each call.
"""

from __future__ import annotations

import gc
import json
import random
import re
import sys
import warnings
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
import torch

import fastsamplers
from fastsamplers import functional, planning
from trust.faults.address_space import at_most
from trust.faults.cases import Indices, generator, lengths_of

_N = 8_000_000
# What is refused has to say how much it needs, how much there is, and what needs less.
_TEXT = re.compile(r".* needs \d+ bytes, but only \d+ are available; .+")


class Tried(NamedTuple):
    """Of one call: at how many limits it was done and refused, and what went wrong."""

    done: int
    refused: int
    wrong: list[str]


def _blocks(make: Callable[[torch.Generator], Any]) -> Callable[[torch.Generator], Any]:
    return lambda drawn: next(make(drawn).blocks(1000))


def _batches(make: Callable[[torch.Generator], Any]) -> Callable[[torch.Generator], Any]:
    return lambda drawn: next(iter(fastsamplers.BatchSampler(make(drawn), 64, False)))


_LENGTHS = np.resize(lengths_of(1_000_003), _N)
_WEIGHTS = np.resize(np.random.default_rng(1).random(1_000_003, dtype=np.float32) + 1, _N)
_TOKENS = int(_LENGTHS.sum()) // 2

# Lists of millions are only among them where nothing is drawn from a generator: where the last of
# their memory is taken it has been drawn, and they are given as soon as there is more.
CALLS: dict[str, Callable[[torch.Generator], Any]] = {
    "randperm": lambda drawn: functional.randperm(_N, generator=drawn),
    "randint": lambda drawn: functional.randint(9, (_N,), generator=drawn),
    "multinomial, table": lambda drawn: functional.multinomial(
        _WEIGHTS, _N // 2 + 1, True, generator=drawn
    ),
    "multinomial, few draws": lambda drawn: functional.multinomial(
        _WEIGHTS, _N // 4, True, generator=drawn
    ),
    "multinomial, choice": lambda drawn: functional.multinomial(
        _WEIGHTS, _N // 2, generator=drawn
    ),
    "bucket_argsort": lambda drawn: functional.bucket_argsort(_LENGTHS),
    "pack": lambda drawn: functional.pack(_LENGTHS, 8192)[0],
    "pack, first fit": lambda drawn: functional.pack(_LENGTHS, 8192, algorithm="ffd")[0],
    "pack, sequential": lambda drawn: functional.pack(_LENGTHS, 8192, algorithm="sequential")[0],
    "index_shuffle": lambda drawn: fastsamplers.IndexShuffle(1 << 60, 3)[:_N],
    "index shuffle of places": lambda drawn: fastsamplers.IndexShuffle(1 << 60, 3)[_LENGTHS],
    "compare_strategies": lambda drawn: [
        figures.padded_tokens for figures in planning.compare_strategies(_LENGTHS)
    ],
    "random": _blocks(lambda drawn: fastsamplers.RandomSampler(range(_N), generator=drawn)),
    "batches": _batches(lambda drawn: fastsamplers.RandomSampler(range(_N), generator=drawn)),
    "one block": lambda drawn: next(
        fastsamplers.RandomSampler(range(_N), generator=drawn).blocks(_N)
    ),
    "one batch": lambda drawn: next(
        iter(
            fastsamplers.BatchSampler(
                fastsamplers.RandomSampler(range(_N), True, generator=drawn), _N, False,
                output="torch",
            )
        )
    ),
    "subset": _blocks(lambda drawn: fastsamplers.SubsetRandomSampler(range(_N), drawn)),
    "weighted": _blocks(
        lambda drawn: fastsamplers.WeightedRandomSampler(_WEIGHTS, _N, True, drawn)
    ),
    "weighted, without replacement": _batches(
        lambda drawn: fastsamplers.WeightedRandomSampler(_WEIGHTS, _N // 2, False, drawn)
    ),
    "distributed": _blocks(lambda drawn: fastsamplers.DistributedSampler(range(_N), 2, 1)),
    "distributed weighted": _blocks(
        lambda drawn: fastsamplers.DistributedWeightedRandomSampler(_WEIGHTS, _N, True, 2, 1)
    ),
    "infinite": _blocks(
        lambda drawn: fastsamplers.InfiniteSampler(_N, seed=3, rank=0, num_replicas=1)
    ),
    "wrapper": _blocks(
        lambda drawn: fastsamplers.DistributedSamplerWrapper(
            fastsamplers.RandomSampler(range(_N), generator=drawn), 2, 1
        )
    ),
    "grouped by length": _blocks(
        lambda drawn: fastsamplers.LengthGroupedSampler(64, lengths=_LENGTHS, generator=drawn)
    ),
    "buckets": _blocks(
        lambda drawn: fastsamplers.BucketBatchSampler(_LENGTHS, 64, generator=drawn)
    ),
    "buckets, one window": _blocks(
        lambda drawn: fastsamplers.BucketBatchSampler(_LENGTHS, 64, window=_N, generator=drawn)
    ),
    "tokens": _blocks(
        lambda drawn: fastsamplers.MaxTokensBatchSampler(_LENGTHS, 8192, generator=drawn)
    ),
    "bins": _blocks(
        lambda drawn: fastsamplers.PackedBatchSampler(_LENGTHS, 8192, generator=drawn)
    ),
    "one batch of a bucket": lambda drawn: next(
        iter(fastsamplers.BucketBatchSampler(_LENGTHS, _N // 2, seed=3))
    ),
    "one batch of tokens": lambda drawn: next(
        iter(fastsamplers.MaxTokensBatchSampler(_LENGTHS, _TOKENS, seed=3))
    ),
    "one bin": lambda drawn: next(
        iter(fastsamplers.PackedBatchSampler(_LENGTHS, _TOKENS, seed=3))
    ),
    "one batch of bins": lambda drawn: np.concatenate(
        next(iter(fastsamplers.PackedBatchSampler(_LENGTHS, 8192, batch_size=_N, seed=3)))[:9]
    ),
    "one block of bins": lambda drawn: next(
        fastsamplers.PackedBatchSampler(_LENGTHS, 8192, seed=3).blocks(_N // 2)
    ),
    "one block of batches": lambda drawn: next(
        fastsamplers.BatchSampler(
            fastsamplers.DistributedSampler(range(_N), 1, 0), 7, False
        ).blocks(_N // 2)
    ),
    # The loader's own seed, which torch draws at iter(), comes from another generator.
    "loader": lambda drawn: next(
        iter(
            fastsamplers.DataLoader(
                Indices(_N), 64, generator=generator(),
                sampler=fastsamplers.RandomSampler(range(_N), generator=drawn),
            )
        )
    ),
}  # fmt: skip


def _sample(result: Any) -> bytes:
    values = np.asarray(result)
    return str(values.shape).encode() + values[:: max(1, len(values) // 10_000)].tobytes()


def _needed(call: Callable[[torch.Generator], Any]) -> int:
    """The least free address space, to 1 MB or so, that a call is done with."""
    low, high = 0, 1 << 31
    while high - low > 1 << 21:
        middle = (low + high) // 2
        gc.collect()
        try:
            with at_most(middle):
                call(generator())
            high = middle
        except (MemoryError, RuntimeError):
            low = middle
    return high


def tried(name: str, drawn: random.Random, limits: int) -> Tried:
    """One call at random limits from nothing to twice its need, most of them near it."""
    call = CALLS[name]
    own = generator()
    expected = _sample(call(own))
    after = own.get_state()
    needed = _needed(call)
    done = refused = 0
    wrong = []
    for _ in range(limits):
        free = int(needed * drawn.choice([drawn.uniform(0, 2), drawn.uniform(0.9, 1.1)]))
        own = generator()
        before = own.get_state(), torch.get_rng_state()
        gc.collect()
        got: bytes | None = None
        text = ""
        try:
            with at_most(free):
                result = call(own)
            got = _sample(result)
            del result
        except MemoryError as error:
            text = str(error)
        except Exception as error:
            wrong.append(f"{name}: {error!r} with {free} bytes free of {needed}")
        if got is not None:
            done += 1
            if got != expected or not torch.equal(own.get_state(), after):
                wrong.append(f"{name}: another result with {free} bytes free of {needed}")
            continue
        refused += 1
        if not _TEXT.match(text):
            wrong.append(f"{name}: refused by {text!r} with {free} bytes free of {needed}")
        if not torch.equal(own.get_state(), before[0]):
            wrong.append(f"{name}: refused, but drawn, with {free} bytes free of {needed}")
        if not torch.equal(torch.get_rng_state(), before[1]):
            wrong.append(f"{name}: the global generator has moved")
        own = generator()
        if _sample(call(own)) != expected:
            wrong.append(f"{name}: another result after the limit is lifted")
    return Tried(done, refused, wrong)


def main() -> None:
    warnings.simplefilter("ignore")
    fastsamplers.set_num_threads(1)
    seed, limits, *names = sys.argv[1:]
    drawn = random.Random(int(seed))
    for name in names or CALLS:
        print(json.dumps([name, *tried(name, drawn, int(limits))]), flush=True)


if __name__ == "__main__":
    main()
