"""Passes over a sampler: step by step, two at a time, and by the paths beside torch's."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch

from trust.soak.run import Run
from trust.soak.seen import raised


@dataclass(frozen=True)
class Setup:
    """How one configuration of a sampler is made, and what may be done with it.

    Attributes:
        about: the configuration in words.
        make: makes the sampler; called with each library, and again for another of the same.
        generator: the one it draws from, None for the global one.
        draws: whether passes draw from ``generator``; otherwise their order is fixed by arguments.
        gives_batches: whether items are batches.
        has_epochs: whether there is a set_epoch.
    """

    about: str
    make: Callable[[], Any]
    generator: torch.Generator | None = None
    draws: bool = True
    gives_batches: bool = False
    has_epochs: bool = False


def watch(run: Run, setup: Setup) -> None:
    """One sampler, read in steps; then a whole pass by another path."""
    run.see("configuration", setup.about)
    sampler = run.make("constructor", setup.make)
    if sampler is None:
        return
    run.attempt("length", lambda: len(sampler))
    _read_in_steps(run, sampler, setup)
    _read_by_a_path(run, setup)


def _read_in_steps(run: Run, sampler: Any, setup: Setup) -> None:
    """Up to two iterators of one sampler, advanced in turns, with other draws in between."""
    choices = run.choices
    iterators: list[Iterator[Any]] = []
    for _ in range(choices.randrange(1, 7)):
        step = choices.random()
        if not iterators or step < 0.15:
            if setup.has_epochs and choices.random() < 0.5:
                sampler.set_epoch(choices.choice((0, 1, 2, 7, 2**40)))
            iterator = run.make("iter()", lambda: iter(sampler))
            if iterator is None:
                return
            iterators = [*iterators[-1:], iterator]
        elif step < 0.25:
            run.disturb(choices.choice((None, setup.generator)))
            run.see("other draws", "drawn")
        elif step < 0.4:
            _take(run, choices.choice(iterators), None)
        else:
            count = choices.choice((0, 1, 1, 2, 31, 32, 33, choices.randrange(700)))
            _take(run, choices.choice(iterators), count)


def _take(run: Run, iterator: Iterator[Any], count: int | None) -> None:
    """Notes the next items, all of them for None, and how it ends where it does."""
    items: list[Any] = []
    how: Any = "more may come"
    try:
        while count is None or len(items) < count:
            items.append(next(iterator))
    except StopIteration:
        how = ("end", next(iterator, "and for good"))
    except Exception as error:
        how = (raised(error), next(iterator, "and for good"))
    run.see(f"next() {count} times", items)
    run.see("how it ends", how)


def _read_by_a_path(run: Run, setup: Setup) -> None:
    """A whole pass of another sampler of the kind; ours takes one of its own ways through it."""
    choices = run.choices
    paths = ("list", "seek", "resume", "numpy", "torch") if setup.gives_batches else (
        "list", "blocks", "seek", "resume", "blocks resumed")  # fmt: skip
    path = choices.choice(paths)
    cut = choices.random()
    size = choices.choice((1, 2, 7, 100, 4096, 65536))
    away = choices.getrandbits(64)
    epoch = choices.choice((0, 1, 5))

    def made() -> Any:
        sampler = setup.make()
        if setup.has_epochs:
            sampler.set_epoch(epoch)
        return sampler

    def whole() -> list[Any]:
        sampler = made()
        if not run.is_ours:
            items = list(sampler)
            return items[_place(cut, len(items)) :] if path == "seek" else items
        if path == "seek":
            sampler.seek(_place(cut, len(sampler)))
        if path == "blocks":
            return list(sampler.blocks(size))
        if path == "resume":
            return _resumed(iter, sampler, made, setup, cut, away)
        if path == "blocks resumed":
            return _resumed(lambda of: of.blocks(size), sampler, made, setup, cut, away)
        if path in ("numpy", "torch"):
            sampler.output = path
        return list(sampler)

    run.attempt(f"a whole pass by {path}", lambda: _plainly(whole(), setup))


def _resumed(
    begin: Callable[[Any], Any],
    sampler: Any,
    made: Callable[[], Any],
    setup: Setup,
    cut: float,
    away: int,
) -> list[Any]:
    """The items of a pass that is left somewhere and goes on in another sampler."""
    whole = begin(sampler)
    count = len(sampler) if begin is iter else 3
    head = list(itertools.islice(whole, _place(cut, count)))
    state = whole.state_dict()
    if setup.draws:  # where the generator stands by then is nobody's business
        generator = setup.generator or torch.default_generator
        generator.manual_seed(away)
    rest = begin(made())
    rest.load_state_dict(state)
    return [*head, *rest]


def _place(cut: float, length: int) -> int:
    return int(cut * (length + 1))


def _plainly(items: list[Any], setup: Setup) -> list[Any]:
    """The indices as ints, whatever holds them, in lists where they come in batches."""
    if setup.gives_batches:
        return [[int(index) for index in batch] for batch in items]
    flat: list[int] = []
    for item in items:
        if isinstance(item, np.ndarray) and item.ndim:
            flat += item.tolist()
        else:
            flat.append(int(item))
    return flat
