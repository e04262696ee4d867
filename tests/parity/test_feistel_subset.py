"""SubsetRandomSampler with algorithm="feistel": the items of any sequence by an IndexShuffle."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from torch.utils.data import DataLoader

from fastsamplers import BatchSampler, IndexShuffle, SubsetRandomSampler

N = 5003


def feistel(indices: Any, generator: torch.Generator | None = None) -> SubsetRandomSampler:
    return SubsetRandomSampler(indices, generator, algorithm="feistel")


def drawn(seed: int = 9) -> tuple[int, torch.Generator]:
    """The seed that a generator of that seed gives, and the generator after that."""
    generator = torch.Generator().manual_seed(seed)
    return int(torch.empty((), dtype=torch.int64).random_(generator=generator).item()), generator


class Items(Sequence):
    """Read item by item, as nothing is known of it but the protocol of a sequence."""

    def __init__(self, items: Sequence[Any]) -> None:
        self.items = items
        self.asked: list[int] = []

    def __len__(self) -> int:
        return len(self.items)

    def __getitem__(self, index: Any) -> Any:
        self.asked.append(index)
        return self.items[index]


INTEGERS = {
    "list": [7 * i - 100 for i in range(N)],
    "tuple": tuple(range(N, 0, -1)),
    "range": range(3 * N, 0, -3),
    "large range": range(-(2**62), 2**62, 2**50),
    "int64": np.arange(N) * 2**40,
    "uint8": np.arange(N).astype(np.uint8),
    "strided": np.arange(5 * N, dtype=np.int16)[3::5],
    "big-endian": np.arange(N, dtype=">i4"),
    "tensor": torch.arange(N) * 3,
    "int32 tensor": torch.arange(2 * N, dtype=torch.int32)[::2],
    "items": Items([2 * i for i in range(N)]),
    "dict": {i: 5 * i for i in range(N)},
    "index shuffle": IndexShuffle(N, 77),
}


@pytest.mark.parametrize("name", INTEGERS)
def test_the_items_in_order(states, name: str) -> None:
    indices = INTEGERS[name]
    seed, after = drawn()
    expected = [indices[place] for place in IndexShuffle(len(indices), seed)]
    generator = torch.Generator().manual_seed(9)
    sampler = feistel(indices, generator)
    assert len(sampler) == len(indices)
    before = states(generator)
    iterator = iter(sampler)
    assert states(generator) == before
    first = next(iterator)
    assert states(generator) == states(after)
    got = [first, *iterator]
    assert [type(item) for item in got] == [type(item) for item in expected]
    assert list(map(int, got)) == list(map(int, expected))
    assert states(generator) == states(after)


@pytest.mark.parametrize("name", INTEGERS)
def test_as_arrays(states, name: str) -> None:
    indices = INTEGERS[name]
    seed, after = drawn()
    expected = [int(indices[place]) for place in IndexShuffle(len(indices), seed)]
    for read in (
        lambda sampler: sampler.blocks(999),
        lambda sampler: BatchSampler(sampler, 64, False, output="numpy"),
        lambda sampler: BatchSampler(sampler, 64, False, output="torch"),
        lambda sampler: BatchSampler(sampler, 64, False),
        lambda sampler: BatchSampler(sampler, 64, False).blocks(100),
    ):
        generator = torch.Generator().manual_seed(9)
        before = states(generator)
        iterator = iter(read(feistel(indices, generator)))
        assert states(generator) == before
        first = next(iterator)
        assert states(generator) == states(after)
        assert [int(index) for part in (first, *iterator) for index in part] == expected
        assert states(generator) == states(after)


def test_a_memory_map_is_read_where_it_is(tmp_path: Path) -> None:
    (np.arange(N, dtype="<u4") * 9).tofile(tmp_path / "indices")
    mapped = np.memmap(tmp_path / "indices", dtype="<u4", mode="r")
    seed, generator = drawn()
    generator.manual_seed(9)
    blocks = [*feistel(mapped, generator).blocks()]
    assert np.array_equal(np.concatenate(blocks), IndexShuffle(N, seed)[:] * 9)


def test_the_global_generator(states) -> None:
    torch.default_generator.manual_seed(9)
    seed, _ = drawn()
    torch.empty((), dtype=torch.int64).random_()
    after = states()
    torch.default_generator.manual_seed(9)
    sampler = feistel(range(100, 200))
    assert list(sampler) == [100 + place for place in IndexShuffle(100, seed)]
    assert states() == after
    assert list(sampler) != [100 + place for place in IndexShuffle(100, seed)]


def test_items_that_are_no_integers() -> None:
    names = ["a", "b", "c", None, (1, 2)]
    seed, generator = drawn()
    generator.manual_seed(9)
    assert list(feistel(names, generator)) == [names[k] for k in IndexShuffle(5, seed)]
    generator.manual_seed(9)
    batches = BatchSampler(feistel(names, generator), 2, False)
    assert list(itertools.chain(*batches)) == [names[k] for k in IndexShuffle(5, seed)]
    with pytest.raises(TypeError, match="indices should be integers, but got"):
        next(feistel(names).blocks())


@pytest.mark.parametrize(
    "indices",
    [np.arange(5.0), torch.arange(5.0), np.zeros((5, 2), int), [1, 2, "a"], [1.5, 2.0],
     torch.tensor([True, False])],
    ids=["floats", "float tensor", "two dimensions", "a string", "list of floats", "bools"],
)  # fmt: skip
def test_arrays_of_no_integers_are_refused_before_the_draw(states, indices: Any) -> None:
    generator = torch.Generator().manual_seed(9)
    before = states(generator)
    for iterator in (
        feistel(indices, generator).blocks(),
        iter(BatchSampler(feistel(indices, generator), 2, False, output="numpy")),
    ):
        with pytest.raises(TypeError, match="indices should be"):
            next(iterator)
    assert states(generator) == before


def test_items_are_read_when_it_is_their_turn() -> None:
    items = Items(list(range(1000)))
    seed, generator = drawn()
    generator.manual_seed(9)
    iterator = iter(feistel(items, generator))
    assert items.asked == []
    for _ in range(5):
        next(iterator)
    assert items.asked == IndexShuffle(1000, seed)[:5].tolist()


def test_a_list_that_changes_during_a_pass() -> None:
    seed, generator = drawn()
    generator.manual_seed(9)
    items = list(range(100))
    iterator = iter(feistel(items, generator))
    order = list(IndexShuffle(100, seed))
    assert next(iterator) == order[0]
    items[:] = [-i for i in range(100)]
    assert [*iterator] == [-place for place in order[1:]]


@pytest.mark.parametrize("n", [10**12, 2**62])
def test_ranges_of_any_length(n: int) -> None:
    seed, generator = drawn()
    shuffle = IndexShuffle(n, seed)
    generator.manual_seed(9)
    indices = range(n - 1, -1, -1)
    got = list(itertools.islice(feistel(indices, generator), 500))
    assert got == (n - 1 - shuffle[:500]).tolist()
    generator.manual_seed(9)
    batch = next(iter(BatchSampler(feistel(indices, generator), 500, False, output="numpy")))
    assert batch.tolist() == got


def test_a_length_that_no_shuffle_has_is_refused_before_the_draw(states) -> None:
    generator = torch.Generator().manual_seed(9)
    before = states(generator)
    sampler = feistel(range(2**62 + 1), generator)
    for iterator in (iter(sampler), sampler.blocks()):
        with pytest.raises(ValueError, match=rf"n should be in \[1, 2\*\*62\].*n={2**62 + 1}"):
            next(iterator)
    assert states(generator) == before


@pytest.mark.parametrize("empty", [[], (), range(0), np.empty(0), torch.arange(0), Items([])])
def test_no_indices(empty: Any) -> None:
    sampler = feistel(empty)
    assert (len(sampler), list(sampler), list(sampler.blocks())) == (0, [], [])
    assert list(BatchSampler(sampler, 3, False, output="numpy")) == []


@pytest.mark.parametrize("name", ["Feistel", None, 1, "random"])
def test_an_unknown_algorithm_is_refused(name: object) -> None:
    with pytest.raises(ValueError, match="algorithm should be one of 'torch', 'feistel', but got"):
        SubsetRandomSampler([1, 2], algorithm=name)


def test_repr() -> None:
    text = "SubsetRandomSampler(n=3, generator=None, algorithm='feistel')"
    assert repr(feistel([1, 2, 3])) == text


@pytest.mark.parametrize("workers", [0, 2])
def test_in_a_data_loader(workers: int) -> None:
    data = [10 * i for i in range(103)]
    indices = list(range(1, 103, 2))
    seed, generator = drawn()
    generator.manual_seed(9)
    loader = DataLoader(
        data, batch_size=8, sampler=feistel(indices, generator), num_workers=workers
    )
    expected = [10 * indices[place] for place in IndexShuffle(len(indices), seed)]
    assert torch.cat([*loader]).tolist() == expected
