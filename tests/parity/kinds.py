"""Every kind of sampler that passes can be resumed of, as torch's library has it and as ours."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

import numpy as np
import torch
import torch.utils.data


class Items:
    """A sequence of our own: what is read of it is not known beforehand."""

    def __init__(self, n: int) -> None:
        self.n = n

    def __len__(self) -> int:
        return self.n

    def __getitem__(self, i: int) -> int:
        return 7 * i + 1


class Kind(NamedTuple):
    """A sampler that passes can be resumed of: how ``library``'s is made, for a length n."""

    name: str
    make: Callable[[Any, int, torch.Generator | None], Any]
    has_torchs: bool  # torch has the same, so that its passes are what ours should be


def _weights(n: int, dtype: str) -> Any:
    weights = np.random.default_rng(n).random(n) + 0.01
    return torch.tensor(weights).half() if dtype == "float16" else weights.astype(dtype)


def _kinds() -> Iterator[Kind]:
    feistel = {"algorithm": "feistel"}
    torchs: dict[str, Callable[[Any, int, torch.Generator | None], Any]] = {
        "sequential": lambda of, n, g: of.SequentialSampler(range(n)),
        "random": lambda of, n, g: of.RandomSampler(range(n), generator=g),
        "random, some": lambda of, n, g: of.RandomSampler(range(n), False, n // 2 + 1, g),
        "random, more": lambda of, n, g: of.RandomSampler(range(n), False, 2 * n + n // 2 + 1, g),
        "random, twice": lambda of, n, g: of.RandomSampler(range(n), False, 2 * n, g),
        "replaced": lambda of, n, g: of.RandomSampler(range(n), True, None, g),
        "replaced, some": lambda of, n, g: of.RandomSampler(range(n), True, n // 2 + 1, g),
        "replaced, more": lambda of, n, g: of.RandomSampler(range(n), True, 3 * n + 5, g),
        "of list": lambda of, n, g: of.SubsetRandomSampler([3 * i - 7 for i in range(n)], g),
        "of array": lambda of, n, g: of.SubsetRandomSampler(np.arange(n, dtype=np.uint16), g),
        "of tensor": lambda of, n, g: of.SubsetRandomSampler(torch.arange(5, n + 5), g),
        "of range": lambda of, n, g: of.SubsetRandomSampler(range(5 * n, 0, -5), g),
        "of items": lambda of, n, g: of.SubsetRandomSampler(Items(n), g),
        **{
            f"weighted {dtype}": lambda of, n, g, dtype=dtype: of.WeightedRandomSampler(
                _weights(n, dtype), n + 3, True, g
            )
            for dtype in ("float64", "float32", "float16")
        },
        **{
            f"chosen {dtype}": lambda of, n, g, dtype=dtype: of.WeightedRandomSampler(
                _weights(n, dtype), n // 2 + 1, False, g
            )
            for dtype in ("float64", "float32")
        },
        "ranked": lambda of, n, g: of.DistributedSampler(range(n), 3, 2),
        "ranked, cut": lambda of, n, g: of.DistributedSampler(
            range(n + 1), 2, 1, seed=4, drop_last=True
        ),
        "ranked, in order": lambda of, n, g: of.DistributedSampler(range(n), 4, 3, shuffle=False),
    }
    ours: dict[str, Callable[[Any, int, torch.Generator | None], Any]] = {
        "random feistel": lambda of, n, g: of.RandomSampler(range(n), generator=g, **feistel),
        "random feistel, more": lambda of, n, g: of.RandomSampler(
            range(n), False, 2 * n + n // 2 + 1, g, **feistel
        ),
        "of list feistel": lambda of, n, g: of.SubsetRandomSampler(
            [3 * i - 7 for i in range(n)], g, **feistel
        ),
        **{
            f"ranked {', '.join(filter(None, (*options.values(), drop_last and 'cut')))}": (
                lambda of, n, g, options=options, drop_last=drop_last: of.DistributedSampler(
                    range(n), 3, 1, drop_last=drop_last, **options
                )
            )
            for options in (
                {"algorithm": algorithm, "padding": padding, "layout": layout}
                for algorithm in ("torch", "feistel")
                for padding in ("repeat", "none")
                for layout in ("interleaved", "contiguous")
            )
            for drop_last in (False, True)
        },
        "ranked weighted": lambda of, n, g: of.DistributedWeightedRandomSampler(
            _weights(n, "float64"), n + 3, True, 3, 1
        ),
        "ranked chosen": lambda of, n, g: of.DistributedWeightedRandomSampler(
            _weights(n, "float32"), n // 2 + 1, False, 3, 1
        ),
    }
    for has_torchs, makers in ((True, torchs), (False, ours)):
        for name, make in makers.items():
            yield Kind(name, make, has_torchs)
    for name, output, drop_last in (
        ("sequential", "numpy", True),
        ("random", "list", False),
        ("random", "torch", True),
        ("random, more", "numpy", False),
        ("replaced, more", "list", True),
        ("replaced", "torch", False),
        ("of list", "list", False),
        ("of list", "numpy", True),
        ("of array", "torch", False),
        ("of items", "list", True),
        ("of items", "numpy", False),
        ("weighted float32", "list", False),
        ("chosen float64", "numpy", True),
        ("ranked", "list", False),
        ("ranked, cut", "torch", True),
    ):
        yield Kind(
            f"batches: {name}, {output}{', full' if drop_last else ''}",
            lambda of, n, g, make=torchs[name], output=output, drop_last=drop_last: _batches(
                of, make(of, n, g), drop_last, output
            ),
            True,
        )
    for name in ("random feistel", "ranked feistel, none, contiguous", "ranked weighted"):
        yield Kind(
            f"batches: {name}",
            lambda of, n, g, make=ours[name]: _batches(of, make(of, n, g), False, "list"),
            False,
        )
    foreign: dict[str, Callable[[int, torch.Generator | None], Any]] = {
        "of a list": lambda n, g: [*range(n)],
        "of torch's": lambda n, g: torch.utils.data.RandomSampler(range(n), generator=g),
        "of torch's weighted": lambda n, g: torch.utils.data.WeightedRandomSampler(
            [0.1] * n, n, True, g
        ),
    }
    for name, source in foreign.items():
        for output in ("list", "numpy", "torch"):
            yield Kind(
                f"batches {name}, {output}",
                lambda of, n, g, source=source, output=output: _batches(
                    of, source(n, g), False, output
                ),
                True,
            )


def _batches(library: Any, sampler: Any, drop_last: bool, output: str) -> Any:
    options = {} if library is torch.utils.data else {"output": output}
    return library.BatchSampler(sampler, 4, drop_last, **options)


KINDS = [*_kinds()]
assert len({kind.name for kind in KINDS}) == len(KINDS)


def to_epoch(sampler: Any, epoch: int) -> None:
    """``set_epoch``, where a sampler or the sampler of its batches has it."""
    for owner in (sampler, getattr(sampler, "sampler", None)):
        if hasattr(owner, "set_epoch"):
            owner.set_epoch(epoch)
            return
