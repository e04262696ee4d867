"""SubsetRandomSampler against torch's: it yields what the container gives, when it is asked."""

from __future__ import annotations

import array
import decimal
from collections import UserList, deque
from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

import fastsamplers


class Squares(Sequence):
    """A sequence with no list behind it, that keeps a record of what is read."""

    def __init__(self, n: int) -> None:
        self.n = n
        self.read: list[int] = []

    def __len__(self) -> int:
        return self.n

    def __getitem__(self, i: int) -> int:
        self.read.append(i)
        return i * i


class Reversed(list):
    """A list whose items are not what stands in it."""

    def __getitem__(self, i):
        return super().__getitem__(len(self) - 1 - i)


CONTAINERS = {
    "list": lambda: [5, 3, 8, 1, 9, -4, 7],
    "empty list": list,
    "one": lambda: [42],
    "tuple": lambda: (5, 3, 8, 1),
    "range": lambda: range(10, 100, 7),
    "backward range": lambda: range(100, 10, -7),
    "large ints": lambda: [2**70, -(2**70), 2**63, 2**64],
    "bools": lambda: [True, False, True],
    "floats": lambda: [1.5, float("inf"), 2.0],
    "texts": lambda: ["a", "b", "c"],
    "text": lambda: "xyz",
    "bytes": lambda: b"xyz",
    "mixed": lambda: [1, "b", None, 2.5, (1, 2), [3], True],
    "tuples": lambda: [(0, 1), (2, 3), (4, 5)],
    "decimals": lambda: [decimal.Decimal(1), decimal.Decimal("2.50")],
    "numpy scalars": lambda: [np.int32(3), np.int64(4), np.float32(5), np.bool_(True)],
    "tensors": lambda: [torch.tensor(3), torch.tensor([4, 5])],
    "tensor": lambda: torch.tensor([5, 3, 8, 1]),
    "int32 tensor": lambda: torch.tensor([5, 3, 8, 1], dtype=torch.int32),
    "float tensor": lambda: torch.tensor([5.0, 3.5]),
    "bool tensor": lambda: torch.tensor([True, False, True]),
    "2-D tensor": lambda: torch.arange(6).view(3, 2),
    "gradient": lambda: torch.tensor([1.0, 2.0], requires_grad=True),
    "strided tensor": lambda: torch.arange(10)[1::3],
    "2-D array": lambda: np.arange(6).reshape(3, 2),
    "object array": lambda: np.array([1, "b", None], dtype=object),
    "text array": lambda: np.array(["a", "bc"]),
    "dates": lambda: np.array(["2020-01-01", "2021-02-03"], dtype="datetime64[D]"),
    "array.array": lambda: array.array("h", [5, -3, 8]),
    "memoryview": lambda: memoryview(bytearray(b"abc")),
    "deque": lambda: deque([5, 3, 8]),
    "UserList": lambda: UserList([5, 3, 8]),
    "list with its own items": lambda: Reversed([5, 3, 8, 1]),
    "sequence": lambda: Squares(9),
    "dict by position": lambda: {0: "a", 1: "b", 2: "c"},
    # What torch refuses, in its own words.
    "dict": lambda: {5: "a", 6: "b"},
    "set": lambda: {5, 6, 7},
    "int": lambda: 5,
    "None": lambda: None,
    "generator": lambda: (i for i in range(3)),
    "0-D tensor": lambda: torch.tensor(3),
    "0-D array": lambda: np.array(3),
}


@pytest.mark.parametrize("kind", ["global", "own"])
@pytest.mark.parametrize("name", CONTAINERS)
def test_every_state_and_item(same, trace, name: str, kind: str) -> None:
    def scenario(library):
        generator = torch.Generator().manual_seed(9) if kind == "own" else None
        sampler = library.SubsetRandomSampler(CONTAINERS[name](), generator)
        return [trace(lambda: sampler, generator), trace(lambda: sampler, generator)]

    same(scenario)


@pytest.mark.parametrize("drop_last", [False, True])
@pytest.mark.parametrize("name", CONTAINERS)
def test_every_item_in_batches(same, trace, name: str, drop_last: bool) -> None:
    def scenario(library):
        sampler = library.SubsetRandomSampler(CONTAINERS[name]())
        batches = library.BatchSampler(sampler, 2, drop_last)
        return [trace(lambda: batches), trace(lambda: batches)]

    same(scenario)


DTYPES = [f"{order}{kind}{size}" for kind in "iu" for size in (1, 2, 4, 8) for order in "<>"]


@pytest.mark.parametrize("layout", ["contiguous", "strided", "backward", "unaligned", "read-only"])
@pytest.mark.parametrize("dtype", DTYPES)
def test_arrays_of_every_integer_type(same, trace, dtype: str, layout: str) -> None:
    values = np.array([3, 100, 7, 0, 55, 21, 4, 90, 33], dtype=dtype)
    if layout == "strided":
        values = np.repeat(values, 3)[::3]
    elif layout == "backward":
        values = values[::-1]
    elif layout == "unaligned":
        raw = b"\0" + values.tobytes()
        values = np.frombuffer(raw, dtype=np.dtype(dtype), offset=1)
    elif layout == "read-only":
        values.flags.writeable = False

    def scenario(library):
        sampler = library.SubsetRandomSampler(values)
        return trace(lambda: sampler), trace(lambda: library.BatchSampler(sampler, 4, False))

    same(scenario)


def test_a_memory_map(same, trace, tmp_path) -> None:
    path = tmp_path / "indices.npy"
    np.save(path, np.arange(50, dtype=np.uint16) * 3)
    values = np.load(path, mmap_mode="r")
    assert isinstance(values, np.memmap)
    same(lambda library: trace(lambda: library.SubsetRandomSampler(values)))


@given(
    indices=st.lists(st.integers(-(2**70), 2**70), max_size=400),
    seed=st.integers(-(2**63), 2**64 - 1),
    used=st.integers(0, 1300),
    own=st.booleans(),
    steps=st.integers(0, 410),
)
def test_random_passes(same, states, indices, seed, used, own, steps) -> None:
    def scenario(library):
        generator = torch.Generator().manual_seed(seed) if own else None
        torch.randint(2, (used,), generator=generator)
        sampler = library.SubsetRandomSampler(indices, generator)
        partial = iter(sampler)
        outcome: list[Any] = [[next(partial, "end") for _ in range(steps)], states(generator)]
        for _ in range(2):
            outcome += [list(sampler), states(generator)]
        return [*outcome, list(partial), states(generator), len(sampler)]

    same(scenario, seed=seed)


def test_items_are_the_containers_own_objects() -> None:
    indices = [object() for _ in range(20)]
    assert {*map(id, fastsamplers.SubsetRandomSampler(indices))} == {*map(id, indices)}


@pytest.mark.parametrize("batched", [False, True])
def test_items_are_read_one_by_one_when_they_are_asked_for(same, batched: bool) -> None:
    def scenario(library):
        container = Squares(100)
        sampler = library.SubsetRandomSampler(container)
        iterator = iter(library.BatchSampler(sampler, 3, False) if batched else sampler)
        reads = [len(container.read)]
        for _ in range(10):
            next(iterator)
            reads.append(len(container.read))
        return reads, container.read

    reads, _ = same(scenario)
    assert reads == [k * (3 if batched else 1) for k in range(11)]


def test_the_global_generator_itself_is_consumed(states) -> None:
    torch.default_generator.manual_seed(6)
    iterator = iter(fastsamplers.SubsetRandomSampler(range(100)))
    before = states()
    torch.default_generator.manual_seed(6)
    assert states() == before
    indices = [next(iterator), *iterator]
    after = states()
    torch.default_generator.manual_seed(6)
    assert torch.randperm(100).tolist() == indices
    assert states() == after


def replaced(sampler) -> None:
    sampler.indices = [-i for i in range(50)]


CHANGES = {
    "an item": lambda sampler: sampler.indices.__setitem__(slice(None), range(1000, 1050)),
    "longer": lambda sampler: sampler.indices.extend(range(20)),
    "shorter": lambda sampler: sampler.indices.__delitem__(slice(25, None)),
    "empty": lambda sampler: sampler.indices.clear(),
    "another": replaced,
    "none": lambda sampler: delattr(sampler, "indices"),
}


@pytest.mark.parametrize("steps", [0, 5])
@pytest.mark.parametrize("batched", [False, True])
@pytest.mark.parametrize("name", CHANGES)
def test_a_container_that_changes_during_the_pass(same, attempt, name, batched, steps) -> None:
    def scenario(library):
        sampler = library.SubsetRandomSampler(list(range(50)))
        iterator = iter(library.BatchSampler(sampler, 4, False) if batched else sampler)
        taken = [next(iterator) for _ in range(steps)]
        CHANGES[name](sampler)
        return taken, [attempt(lambda: next(iterator, "end")) for _ in range(60)]

    same(scenario)


class Failing(Squares):
    """Fails at one item with an error of the caller's choice."""

    def __init__(self, n: int, error: Exception) -> None:
        super().__init__(n)
        self.error = error

    def __getitem__(self, i: int) -> int:
        if i == 3:
            raise self.error
        return super().__getitem__(i)


@pytest.mark.parametrize("batched", [False, True])
@pytest.mark.parametrize(
    "error", [IndexError("no"), KeyError("k"), OSError(2, "x"), StopIteration(7)]
)
def test_a_failing_item_ends_the_pass(same, trace, error: Exception, batched: bool) -> None:
    def scenario(library):
        sampler = library.SubsetRandomSampler(Failing(10, error))
        return trace(lambda: library.BatchSampler(sampler, 3, False) if batched else sampler)

    same(scenario)
