"""Odd arguments of a loader: torch's exception with torch's text, or torch's loader."""

from __future__ import annotations

import itertools
from types import SimpleNamespace
from typing import Any

import pytest
import torch
import torch.utils.data
from torch.utils.data import IterableDataset

import fastsamplers

pytestmark = pytest.mark.filterwarnings("ignore:This DataLoader will create")

NAMES = ("batch_size", "shuffle", "drop_last", "batch_sampler", "sampler", "pin_memory", "timeout",
         "num_workers", "prefetch_factor", "persistent_workers", "in_order")  # fmt: skip


class Stream(IterableDataset[int]):
    def __iter__(self) -> Any:
        return iter(range(9))

    def __repr__(self) -> str:
        return "Stream()"


DATA = {"list": list(range(9)), "empty": [], "stream": Stream(), "no length": iter([1, 2])}

# Each of these alone, and each pair of them.
ODD: list[dict[str, Any]] = [
    {"num_workers": -1},
    {"num_workers": 2},
    {"num_workers": 1.5},
    {"num_workers": "2"},
    {"num_workers": None},
    {"timeout": -1},
    {"timeout": "1"},
    {"prefetch_factor": 2},
    {"prefetch_factor": -1},
    {"persistent_workers": True},
    {"batch_size": None},
    {"batch_size": 0},
    {"batch_size": -3},
    {"batch_size": 2.0},
    {"batch_size": True},
    {"batch_size": "4"},
    {"drop_last": True},
    {"drop_last": 1},
    {"drop_last": None},
    {"shuffle": True},
    {"shuffle": False},
    {"shuffle": "yes"},
    {"shuffle": 0},
    {"sampler": [2, 1]},
    {"sampler": []},
    {"sampler": 3},
    {"batch_sampler": [[2], [1, 0]]},
    {"batch_sampler": 3},
    {"multiprocessing_context": "fork"},
    {"multiprocessing_context": "nothing"},
    {"multiprocessing_context": 3},
    {"generator": 3},
    {"generator": "x"},
    {"collate_fn": 3},
    {"in_order": False},
    {"worker_init_fn": 3},
    {"nothing": 1},
]


def made(library: SimpleNamespace, data: Any, options: dict[str, Any]) -> Any:
    """What can be seen of a loader; the same whichever library it is of."""
    loader = (torch.utils.data if library.name == "torch" else fastsamplers).DataLoader
    loader = loader(data, **options)
    return [*(name for name in NAMES if not hasattr(loader, name)), *(
        getattr(loader, name) for name in NAMES if "sampler" not in name)]  # fmt: skip


@pytest.mark.parametrize("data", DATA)
def test_one_odd_argument_or_two(same, attempt, data: str) -> None:
    """Whichever of two is refused first."""
    for one, two in itertools.combinations_with_replacement(ODD, 2):
        options = {**one, **two}
        same(lambda library, options=options: attempt(lambda: made(library, DATA[data], options)))


def first(attempt: Any, library: SimpleNamespace, data: Any, options: dict[str, Any]) -> Any:
    loader = (torch.utils.data if library.name == "torch" else fastsamplers).DataLoader
    loader = loader(data, **options)
    calls = (lambda: len(loader), lambda: type(iter(loader)) and None, lambda: next(iter(loader)))
    return [attempt(call) for call in calls]


@pytest.mark.parametrize("data", DATA)
def test_what_is_found_at_the_first_batch_only(same, attempt, data: str) -> None:
    """Arguments that the constructor lets pass; without workers."""
    for one, two in itertools.combinations_with_replacement(ODD, 2):
        options = {**one, **two}
        if options.get("num_workers") in (None, 0, -1) and options.get("timeout", 0) in (0, -1):
            same(
                lambda library, options=options: attempt(
                    lambda: first(attempt, library, DATA[data], options)
                )
            )


def test_positional_arguments(same, attempt) -> None:
    """As many as torch takes, and one more."""
    given = [[1, 2, 3], 2, True, None, None, 0, None, False, True, 0, None, None, None]
    for count in range(len(given) + 2):
        arguments = [*given, 2][:count]

        def scenario(library: SimpleNamespace, arguments: list[Any] = arguments) -> Any:
            loader = (torch.utils.data if library.name == "torch" else fastsamplers).DataLoader
            return attempt(lambda: len(loader(*arguments)))

        same(scenario)
