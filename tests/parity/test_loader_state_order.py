"""Batches that fail, and batches that overtake others: none is lost, none is given twice."""

from __future__ import annotations

import itertools
import multiprocessing
from typing import Any

import pytest
import torch

import fastsamplers
from tests.parity.loader_cases import BATCHES, N

# Machines with one processor, and Pythons that warn of a fork beside threads.
pytestmark = [
    pytest.mark.filterwarnings("ignore:This DataLoader will create"),
    pytest.mark.filterwarnings("ignore:This process .* is multi-threaded, use of fork"),
]

ALL = [list(range(k, min(k + 4, N))) for k in range(0, N, 4)]


class Failing(torch.utils.data.Dataset[int]):
    """Some items cannot be read."""

    def __init__(self, broken: set[int]) -> None:
        self.broken = broken

    def __len__(self) -> int:
        return N

    def __getitem__(self, index: int) -> int:
        if index in self.broken:
            raise KeyError(index)
        return index


class Waiting(torch.utils.data.Dataset[int]):
    """Some items wait for the main process."""

    def __init__(self, slow: set[int]) -> None:
        self.slow = slow
        self.gate = multiprocessing.get_context("fork").Event()

    def __len__(self) -> int:
        return N

    def __getitem__(self, index: int) -> int:
        if index in self.slow:
            self.gate.wait()
        return index


def loader_of(data: Any, workers: int, **options: Any) -> fastsamplers.DataLoader:
    if workers:
        options["multiprocessing_context"] = "fork"
    return fastsamplers.DataLoader(data, 4, num_workers=workers, **options)


def resumed(state: Any, workers: int = 0, **options: Any) -> list[list[int]]:
    """The rest, where all items can be read."""
    loader = loader_of(Failing(set()), workers, **options)
    loader.load_state_dict(state)
    return [batch.tolist() for batch in loader]


@pytest.mark.parametrize("workers", [0, 2])
@pytest.mark.parametrize("broken", [{0}, {13}, {13, 17}, {28}])
def test_a_batch_that_fails(broken: set[int], workers: int) -> None:
    """Right after it the state is the one before it; with the next batch it has been passed by."""
    failed = {index // 4 for index in broken}
    loader = loader_of(Failing(broken), workers)
    iterator = iter(loader)
    last = -1
    for k in range(BATCHES):
        if k in failed:
            with pytest.raises(KeyError):
                next(iterator)
        else:
            assert next(iterator).tolist() == ALL[k]
            last = k
        assert resumed(loader.state_dict()) == ALL[last + 1 :]
    assert list(iterator) == []
    assert resumed(loader.state_dict()) == ALL  # the next epoch


@pytest.mark.parametrize(
    "loading", [{"workers": 0}, {"workers": 2}, {"workers": 2, "in_order": False}]
)
@pytest.mark.parametrize("count", [0, 1, 3, 6, 8])
def test_batches_that_overtake_others(count: int, loading: dict[str, Any]) -> None:
    """The first batch waits in its worker, with another one behind it; the rest go past."""
    data = Waiting({0})
    loader = loader_of(data, 2, in_order=False)
    iterator = iter(loader)
    seen = []
    for _ in range(count):
        if len(seen) == 6:
            data.gate.set()
        seen.append(next(iterator).tolist())
    state = loader.state_dict()
    data.gate.set()
    del iterator
    assert ALL[0] not in seen[:6]
    rest = resumed(state, **loading)
    assert sorted(seen + rest) == ALL


@pytest.mark.parametrize("workers", [0, 2])
@pytest.mark.parametrize("counts", [(1, 1, 1), (2, 3, 1), (5, 1, 1), (4, 2, 2)])
def test_overtaken_again_after_a_resume(counts: tuple[int, ...], workers: int) -> None:
    """Three interruptions, with batches left behind each time."""
    seen: list[list[int]] = []
    state = None
    for slow, count in zip(({0}, {0}, {9}), counts, strict=True):
        data = Waiting(slow)
        loader = loader_of(data, 2, in_order=False)
        if state is not None:
            loader.load_state_dict(state)
        iterator = iter(loader)
        most = min(count, BATCHES - len(seen) - 2)
        seen += [batch.tolist() for batch in itertools.islice(iterator, most)]
        state = loader.state_dict()
        data.gate.set()
        del iterator
    rest = resumed(state, workers)
    assert sorted(seen + rest) == ALL


def test_all_given_out_of_order_and_then_the_end() -> None:
    data = Waiting({0})
    loader = loader_of(data, 2, in_order=False)
    iterator = iter(loader)
    seen = [batch.tolist() for batch in itertools.islice(iterator, 6)]
    data.gate.set()
    seen += [batch.tolist() for batch in itertools.islice(iterator, 2)]
    assert sorted(seen) == ALL
    assert resumed(loader.state_dict()) == []
    assert list(iterator) == []
    assert sorted(resumed(loader.state_dict(), 2, in_order=False)) == ALL


def test_failing_and_overtaking_at_once(attempt) -> None:
    """A batch that fails is one that the loop was not given, whatever came before or after it."""

    class Both(Waiting):
        def __getitem__(self, index: int) -> int:
            if index == 13:
                raise KeyError(index)
            return super().__getitem__(index)

    data = Both({0})
    loader = loader_of(data, 2, in_order=False)
    iterator = iter(loader)
    got = [attempt(iterator.__next__) for _ in range(5)]
    seen = [event[-1] for event in got if event[0] == "tensor"]
    state = loader.state_dict()
    data.gate.set()
    del iterator
    assert len(seen) == 4
    rest = resumed(state)
    # In torch's loop it is passed by; no other one is lost, and none is given twice.
    assert [batch for batch in sorted(seen + rest) if batch != ALL[3]] == [*ALL[:3], *ALL[4:]]
