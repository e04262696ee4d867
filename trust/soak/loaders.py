"""Random loaders: torch's DataLoader over its samplers beside ours over ours, and resumed ones."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from typing import Any

import torch
import torch.utils.data

from trust.soak import samplers
from trust.soak.run import Run

_MOST = 700


class Indices(torch.utils.data.Dataset[int]):
    """Each item is its index, whatever that is."""

    def __init__(self, n: int) -> None:
        self._n = n

    def __len__(self) -> int:
        return self._n

    def __getitem__(self, index: Any) -> int:
        return int(index)


def _options(run: Run) -> Callable[[], dict[str, Any]]:
    """A loader's arguments; samplers are made anew for each loader."""
    choices = run.choices
    n = choices.choice((0, 1, 2, choices.randrange(100), choices.randrange(_MOST)))
    fixed: dict[str, Any] = {"dataset": Indices(n), "generator": run.generator()}
    if choices.random() < 0.05:
        # More processes than that would only wait for each other.
        fixed |= {"num_workers": choices.choice((1, 2)), "multiprocessing_context": "fork"}
    kind = choices.choice(("in order", "shuffle", "shuffle", "sampler", "batch_sampler", "single"))
    if kind == "batch_sampler":
        of = samplers.batches(run, _MOST)
        run.see("configuration", of.about)
        return lambda: fixed | {"batch_sampler": of.make()}
    fixed["batch_size"] = None if kind == "single" else choices.choice((1, 3, 4, 64, 1000))
    if kind != "single":
        fixed["drop_last"] = choices.random() < 0.5
    if kind == "sampler":
        of = choices.choice(samplers.KINDS)(run, _MOST)
        run.see("configuration", of.about)
        return lambda: fixed | {"sampler": of.make()}
    fixed["shuffle"] = kind != "in order" and choices.random() < 0.9
    run.see("configuration", f"{kind}, {n=}")
    return lambda: fixed


def loader(run: Run) -> None:
    options = _options(run)
    choices = run.choices
    if choices.random() < 0.4:
        _resume(run, options)
        return
    made = run.make("constructor", lambda: run.library.DataLoader(**options()))
    if made is None:
        return
    run.attempt("length", lambda: len(made))
    for _ in range(choices.randrange(1, 4)):
        count = choices.choice((None, None, 0, 1, 2, choices.randrange(20)))
        run.attempt(f"{count} batches", lambda: list(itertools.islice(made, count)))  # noqa: B023


def _resume(run: Run, options: Callable[[], dict[str, Any]]) -> None:
    """Two passes; ours leaves the first one somewhere and goes on in another loader."""
    count = run.choices.choice((0, 1, 2, run.choices.randrange(30)))
    away = run.choices.getrandbits(64)

    def passes() -> list[Any]:
        loader = run.library.DataLoader(**options())
        if not run.is_ours:
            return [list(loader), list(loader)]
        iterator = iter(loader)
        head = list(itertools.islice(iterator, count))
        # A state taken after the end of a loop goes on with the next pass.
        ended = len(head) < count
        state = loader.state_dict()
        del iterator  # its workers end
        run.forget_generators(away)
        loader = run.library.DataLoader(**options())
        loader.load_state_dict(state)
        return [head if ended else head + list(loader), list(loader)]

    run.attempt("two passes", passes, with_states=False)


CASES: dict[str, Callable[[Run], None]] = {"DataLoader": loader}
