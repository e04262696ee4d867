"""Another default device: what torch's samplers do there, ours do.

A generator on another device cannot be tested where there is no other device; objects that are no
generators are in test_errors.py.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

import pytest
import torch

MAKERS = {
    "sequential": lambda library, generator: library.SequentialSampler(range(10)),
    "random": lambda library, generator: library.RandomSampler(range(10), generator=generator),
    "replacement": lambda library, generator: library.RandomSampler(range(10), True, 40, generator),
    "subset": lambda library, generator: library.SubsetRandomSampler([5, 6, 7], generator),
    "distributed": lambda library, generator: library.DistributedSampler(range(10), 2, 1),
    "unshuffled": lambda library, generator: library.DistributedSampler(
        range(10), 2, 1, shuffle=False
    ),
    "batches": lambda library, generator: library.BatchSampler(
        library.RandomSampler(range(10), generator=generator), 3, False
    ),
    "batches of a subset": lambda library, generator: library.BatchSampler(
        library.SubsetRandomSampler([5, 6, 7], generator), 3, True
    ),
}


@contextlib.contextmanager
def by_default(device: str) -> Iterator[None]:
    torch.set_default_device(device)
    try:
        yield
    finally:
        torch.set_default_device(None)


WAYS = {"set_default_device": by_default, "with device": torch.device}


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("device", ["meta", "cpu"])
@pytest.mark.parametrize("own", [False, True])
@pytest.mark.parametrize("name", MAKERS)
def test_samplers(same, trace, name: str, own: bool, device: str, way: str) -> None:
    def scenario(library):
        generator = torch.Generator("cpu").manual_seed(1) if own else None
        with WAYS[way](device):
            events = trace(lambda: MAKERS[name](library, generator), generator)
        again = trace(lambda: MAKERS[name](library, generator), generator)
        return events, again

    outcome = same(scenario)
    if device == "meta" and name not in ("sequential", "unshuffled"):
        assert "raised" in str(outcome[0])  # or the test would not test what it is there for
    assert "raised" not in str(outcome[1])


@pytest.mark.parametrize("device", ["meta", "cpu"])
def test_functions(same, attempt, states, device: str) -> None:
    def scenario(library):
        with by_default(device):
            return [
                attempt(lambda: library.randperm(10)),
                attempt(lambda: library.randperm(10, dtype=torch.int32)),
                attempt(lambda: library.randint(10, (3,))),
                attempt(lambda: library.randint(3, 2**40, (3,))),
                attempt(lambda: library.randperm(10, out=torch.empty(10, dtype=torch.int64))),
                attempt(
                    lambda: library.randperm(
                        10, out=torch.empty(10, dtype=torch.int64, device="cpu")
                    )
                ),
                states(),
            ]

    same(scenario)
