"""Pipelines of ``torchdata.nodes`` over our samplers, interrupted and gone on with."""

from __future__ import annotations

import itertools
import pickle
from collections.abc import Callable
from typing import Any

import torch
from torchdata.nodes import (
    IterableWrapper,
    Loader,
    ParallelMapper,
    Prefetcher,
    SamplerWrapper,
)

WRAPPERS: dict[str, Callable[[Any], Any]] = {
    "SamplerWrapper": SamplerWrapper,
    "IterableWrapper": IterableWrapper,
}


def fetched(given: Any) -> Any:
    """What a data set would make of an index or a batch of them: the same."""
    return given


def pipeline(sampler: Any, wrapper: str = "SamplerWrapper", threads: bool = False) -> Any:
    """A loader of the sampler's items, with threads that read ahead or without."""
    node = WRAPPERS[wrapper](sampler)
    if threads:
        node = ParallelMapper(node, fetched, num_workers=2, method="thread")
        node = Prefetcher(node, prefetch_factor=2)
    return Loader(node)


def epochs_of(loader: Any, count: int, before: Callable[[int], None] | None = None) -> list[Any]:
    """Whole epochs; ``before`` is called with the number of each."""
    found = []
    for epoch in range(count):
        if before is not None:
            before(epoch)
        found.append([*loader])
    return found


def resumed(
    make: Callable[[], Any], epoch: int, place: int | None, **options: Any
) -> dict[str, Any]:
    """A run that nothing interrupts, and one that goes on in a fresh pipeline.

    ``place`` is how many items of ``epoch`` have been given; with None the loop has ended. The
    global generator is elsewhere when it goes on.
    """
    torch.manual_seed(5)
    whole = epochs_of(pipeline(make(), **options), epoch + 3)
    torch.manual_seed(5)
    loader = pipeline(make(), **options)
    epochs_of(loader, epoch)
    iterator = iter(loader)
    given = [*itertools.islice(iterator, place)]
    state = pickle.loads(pickle.dumps(loader.state_dict()))
    del iterator
    torch.manual_seed(1234)
    fresh = pipeline(make(), **options)
    fresh.load_state_dict(state)
    found = epochs_of(fresh, 2 if place is None else 3)
    if place is None:
        found = [[], *found]
    return {"whole": whole[epoch:], "found": [given + found[0], *found[1:]], "rest": found[0]}
