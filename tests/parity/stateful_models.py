"""Plain models of samplers, for the state machines: what a pass gives, and what it draws."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable, Iterator
from typing import Any, NamedTuple

import torch
import torch.utils.data

import fastsamplers
from fastsamplers import IndexShuffle
from tests.parity.kinds import KINDS, to_epoch
from tests.parity.plans import PLANNED, Key, some_lengths
from tests.parity.shares import share

Generator = torch.Generator | None


class Model(NamedTuple):
    """A sampler of ours, and the same pass in plain Python or by torch's classes."""

    make: Callable[[int, Generator], Any]  # (n, generator)
    # (n, generator, epoch): iterates, and draws when torch draws
    plain: Callable[[int, Generator, int], Iterable[Any]]
    has_epoch: bool = False
    # Drawn as one goes along, or, of a wrapped sampler, by the end of the pass.
    draws_as_torch: bool = True
    endless: bool = False
    begins_late: bool = False  # the epoch is that of the first item, not that of iter()
    replays: bool = False  # a state is loaded by iterating again, over a sampler that is not ours


class Trace(NamedTuple):
    """A pass: after k items the generator stands at ``after[k]``, after the end at ``final``."""

    items: list[Any]
    after: list[torch.Tensor]
    final: torch.Tensor


ENDLESS = 150  # items that a trace has of a pass without an end


def plain_item(item: Any) -> Any:
    return item.tolist() if hasattr(item, "tolist") else item


def trace(model: Model, n: int, own: bool, state: torch.Tensor, epoch: int) -> Trace:
    """The pass that begins with the generator in this state; no generator is moved."""
    if own:
        generator = torch.Generator()
        generator.set_state(state)
        return _trace(model, n, generator, generator, epoch)
    kept = torch.get_rng_state()
    try:
        torch.set_rng_state(state)
        return _trace(model, n, None, torch.default_generator, epoch)
    finally:
        torch.set_rng_state(kept)


def _trace(model: Model, n: int, given: Generator, drawn: torch.Generator, epoch: int) -> Trace:
    items: list[Any] = []
    after = [drawn.get_state()]
    most = ENDLESS if model.endless else None
    for item in itertools.islice(model.plain(n, given, epoch), most):
        items.append(plain_item(item))
        after.append(drawn.get_state())
    return Trace(items, after, drawn.get_state())


def _seeded_by(generator: Generator) -> int:
    """The int64 that stands for a pass."""
    return int(torch.empty((), dtype=torch.int64).random_(generator=generator).item())


def _feistel(count: Callable[[int], int]) -> Callable[[int, Generator, int], Iterator[int]]:
    def plain(n: int, generator: Generator, epoch: int) -> Iterator[int]:
        seed = _seeded_by(generator)
        order = itertools.chain.from_iterable(
            IndexShuffle(n, seed, epoch=turn)[:].tolist() for turn in itertools.count()
        )
        yield from itertools.islice(order, count(n))

    return plain


def _ranked(algorithm: str, padding: str, layout: str) -> Model:
    def plain(n: int, generator: Generator, epoch: int) -> list[int]:
        if algorithm == "feistel":
            order = IndexShuffle(n, 4, epoch=epoch)[:].tolist()
        else:
            order = torch.randperm(n, generator=torch.Generator().manual_seed(4 + epoch)).tolist()
        return share(order, 3, 1, padding, layout)

    options = {"algorithm": algorithm, "padding": padding, "layout": layout}
    return Model(
        lambda n, g: fastsamplers.DistributedSampler(range(n), 3, 1, seed=4, **options), plain, True
    )


def _planned(name: str, **options: Any) -> Model:
    kind = PLANNED[name]
    world, rank = options.get("num_replicas", 1), options.get("rank", 0)
    key = {name: options[name] for name in ("shuffle", "drop_last", "seed") if name in options}

    def plain(n: int, generator: Generator, epoch: int) -> Iterator[Any]:
        lengths = some_lengths(2 * n)
        for step in kind.steps(lengths, Key(epoch=epoch, **key), world):
            yield step[rank]

    return Model(
        lambda n, g: kind.make(some_lengths(2 * n), **options), plain, True, begins_late=True
    )


def _infinite(shuffle: bool, rank: int, ranks: int) -> Model:
    def stream(n: int) -> Iterator[int]:
        generator = torch.Generator().manual_seed(9)
        while True:
            yield from torch.randperm(n, generator=generator).tolist() if shuffle else range(n)

    return Model(
        lambda n, g: fastsamplers.InfiniteSampler(n, shuffle, 9, rank=rank, num_replicas=ranks),
        lambda n, g, epoch: itertools.islice(stream(n), rank, None, ranks),
        endless=True,
    )


def _wrapped(padding: str, layout: str, in_batches: bool) -> Model:
    def whole(library: Any, n: int, generator: Generator) -> Any:
        sampler = library.RandomSampler(range(n), generator=generator)
        return library.BatchSampler(sampler, 4, False) if in_batches else sampler

    return Model(
        lambda n, g: fastsamplers.DistributedSamplerWrapper(
            whole(fastsamplers, n, g), 3, 2, padding=padding, layout=layout
        ),
        lambda n, g, epoch: share(list(whole(torch.utils.data, n, g)), 3, 2, padding, layout),
        draws_as_torch=False,
    )


def _ranked_batches(library: Any, n: int) -> Any:
    return library.BatchSampler(library.DistributedSampler(range(n), 2, 0, seed=4), 3, False)


def _wrapped_in_rounds() -> Iterator[tuple[str, Model]]:
    """Over what the wrapper reads item by item. Padding behind a state is another subject."""
    torchs, ours = torch.utils.data, fastsamplers
    kind = PLANNED["buckets"]

    def buckets(n: int) -> Iterator[Any]:
        return (step[0] for step in kind.steps(some_lengths(2 * n), Key(seed=4), 1))

    inner: dict[str, tuple[Callable[[int, Generator], Any], Callable[[int, Generator], Any]]] = {
        "ranked batches": (
            lambda n, g: _ranked_batches(ours, n),
            lambda n, g: _ranked_batches(torchs, n),
        ),
        "ranked, contiguous": (
            lambda n, g: ours.DistributedSampler(range(n), 2, 0, seed=4, layout="contiguous"),
            lambda n, g: share(
                torch.randperm(n, generator=torch.Generator().manual_seed(4)).tolist(),
                *(2, 0, "repeat", "contiguous"),
            ),
        ),
        "plan": (
            lambda n, g: kind.make(some_lengths(2 * n), seed=4),
            lambda n, g: buckets(n),
        ),
        "torch's": (
            lambda n, g: torchs.RandomSampler(range(n), generator=g),
            lambda n, g: torchs.RandomSampler(range(n), generator=g),
        ),
        "wrapper": (
            lambda n, g: ours.DistributedSamplerWrapper(
                torchs.RandomSampler(range(n), generator=g), 2, 1, padding="none"
            ),
            lambda n, g: list(torchs.RandomSampler(range(n), generator=g))[1::2],
        ),
    }
    for name, (make, plain) in inner.items():
        yield (
            f"wrapped in rounds: {name}",
            Model(
                lambda n, g, make=make: ours.DistributedSamplerWrapper(
                    make(n, g), 3, 2, padding="none"
                ),
                lambda n, g, epoch, plain=plain: share(
                    list(plain(n, g)), 3, 2, "none", "interleaved"
                ),
                draws_as_torch=False,
                replays=name in ("torch's", "wrapper"),
            ),
        )


def _huge_batches(library: Any, n: int, generator: Generator, drop_last: bool) -> Any:
    sampler = library.RandomSampler(range(n), True, 3 * n, generator)
    return library.BatchSampler(sampler, 2**20 + 1, drop_last)


def _is_ours(sampler: Any) -> bool:
    return type(sampler).__module__.startswith("fastsamplers.")


def _with_torchs() -> Iterator[tuple[str, Model]]:
    """Those that torch has, from torch's own classes."""
    for kind in KINDS:
        if not kind.has_torchs:
            continue

        def plain(n: int, generator: Generator, epoch: int, make: Any = kind.make) -> Any:
            sampler = make(torch.utils.data, n, generator)
            to_epoch(sampler, epoch)
            return sampler

        made = kind.make(fastsamplers, 5, None)
        has_epoch = hasattr(made, "set_epoch") or hasattr(
            getattr(made, "sampler", None), "set_epoch"
        )
        yield (
            kind.name,
            Model(
                lambda n, g, make=kind.make: make(fastsamplers, n, g),
                plain,
                has_epoch,
                begins_late=isinstance(made, fastsamplers.BatchSampler),
                replays=not _is_ours(getattr(made, "sampler", made)),
            ),
        )


MODELS: dict[str, Model] = {
    **dict(_with_torchs()),
    "random feistel": Model(
        lambda n, g: fastsamplers.RandomSampler(range(n), generator=g, algorithm="feistel"),
        _feistel(lambda n: n),
    ),
    "random feistel, more": Model(
        lambda n, g: fastsamplers.RandomSampler(
            range(n), False, 2 * n + 1, generator=g, algorithm="feistel"
        ),
        _feistel(lambda n: 2 * n + 1),
    ),
    **{
        f"ranked {algorithm}, {padding}, {layout}": _ranked(algorithm, padding, layout)
        for algorithm in ("torch", "feistel")
        for padding in ("repeat", "none")
        for layout in ("interleaved", "contiguous")
    },
    **{f"planned {name}": _planned(name) for name in PLANNED},
    "planned buckets, ranked": _planned("buckets", num_replicas=3, rank=1, seed=4),
    "planned tokens, ranked": _planned("multiples", num_replicas=2, rank=1, drop_last=True),
    "planned bins, in order": _planned("batches of bins", shuffle=False),
    "infinite": _infinite(True, 0, 1),
    "infinite, ranked": _infinite(True, 2, 3),
    "infinite, in order": _infinite(False, 1, 2),
    "wrapped": _wrapped("repeat", "interleaved", False),
    "wrapped, contiguous": _wrapped("none", "contiguous", False),
    "wrapped batches": _wrapped("repeat", "interleaved", True),
    **dict(_wrapped_in_rounds()),
    **{
        f"random in huge batches{', full' if drop_last else ''}": Model(
            lambda n, g, drop_last=drop_last: _huge_batches(fastsamplers, n, g, drop_last),
            lambda n, g, epoch, drop_last=drop_last: _huge_batches(
                torch.utils.data, n, g, drop_last
            ),
        )
        for drop_last in (False, True)
    },
}
