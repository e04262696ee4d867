"""LengthGroupedSampler is transformers' own class: indices, generator states, lengths, loaders."""

from __future__ import annotations

import collections
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
import torch
import torch.utils.data
from hypothesis import given
from hypothesis import strategies as st

import fastsamplers

trainer = pytest.importorskip("transformers.trainer_pt_utils")

# What is compared: conftest's `same` gives torch's and our namespaces, of which the name is used.
CLASSES = {
    "torch": trainer.LengthGroupedSampler,
    "fastsamplers": fastsamplers.LengthGroupedSampler,
}

# Where all lengths are equal ours warns, which is tested in test_lengths_input.py.
pytestmark = pytest.mark.filterwarnings("ignore:all .* so that grouping by length does nothing")


def make(library: SimpleNamespace, *arguments: Any, **options: Any) -> Any:
    return CLASSES[library.name](*arguments, **options)


def ties(n: int, kinds: int = 7) -> list[int]:
    return np.random.default_rng((n, kinds)).integers(1, kinds, n, endpoint=True).tolist()


# Two mega-batches and one, 50 batches to a mega-batch and fewer, and the sizes around them.
SIZES = [(n, size) for size in (1, 2, 8) for n in (1, 2, 3, 4 * size - 1, 4 * size, 4 * size + 1)]
SIZES += [
    (8 * 4 - 1, 4),
    (8 * 4, 4),
    (1000, 5),
    (1001, 5),
    (999, 5),
    (5000, 16),
    (3000, 7),
    (50, 64),
]


@pytest.mark.parametrize("own", [False, True])
@pytest.mark.parametrize(("n", "batch_size"), SIZES)
def test_passes_and_generator_states(same, trace, n: int, batch_size: int, own: bool) -> None:
    """States of both generators after iter(), after every index and after the end."""

    def scenario(library) -> list[Any]:
        generator = torch.Generator().manual_seed(6) if own else None
        sampler = make(library, batch_size, lengths=ties(n), generator=generator)
        # Of long passes the first steps one by one, and the end.
        return [
            trace(lambda: sampler, generator, steps=None if n < 60 else 3),
            list(sampler),
            trace(lambda: sampler, generator, steps=2),
            len(sampler),
        ]

    same(scenario)


@given(
    n=st.integers(1, 3000),
    batch_size=st.integers(1, 100),
    kinds=st.sampled_from([1, 2, 10, 1000, 10**6]),
    seed=st.integers(-(2**63), 2**64 - 1),
    own=st.booleans(),
)
def test_any_sizes_and_seeds(
    same, states, n: int, batch_size: int, kinds: int, seed: int, own: bool
) -> None:
    def scenario(library) -> Any:
        generator = torch.Generator().manual_seed(seed) if own else None
        sampler = make(library, batch_size, lengths=ties(n, kinds), generator=generator)
        return [list(sampler) for _ in range(3)], states(generator)

    same(scenario)


@pytest.mark.parametrize("n", [30_000, 100_003])
def test_several_threads(same, threads: Callable[[int], None], n: int) -> None:
    for count in (1, 2, 3):
        threads(count)
        same(lambda library: list(make(library, 16, lengths=ties(n, 500))))


def test_the_longest_of_all_comes_first(same) -> None:
    """Also where several mega-batches have one that is as long: the first of them counts."""
    for kinds in (1, 2, 3):
        lengths = ties(2000, kinds)
        lengths[1234] = 99
        for seed in range(10):
            order = same(lambda library, given=lengths: list(make(library, 3, lengths=given)), seed)
            assert order[0] == 1234
            same(lambda library, given=lengths[:1200]: list(make(library, 3, lengths=given)), seed)


DTYPES = [f"{sign}int{bits}" for sign in ("", "u") for bits in (8, 16, 32, 64)]


@pytest.mark.parametrize("dtype", DTYPES)
def test_arrays_and_tensors_of_every_dtype(same, tmp_path: Path, dtype: str) -> None:
    array = np.array(ties(700, 120), dtype=dtype)
    np.save(tmp_path / "lengths.npy", array)
    for lengths in (
        array,
        array[::2],
        array[::-1],
        array.astype(array.dtype.newbyteorder(">")),
        np.load(tmp_path / "lengths.npy", mmap_mode="r"),
        torch.from_numpy(array),
        torch.from_numpy(array)[::3],
        tuple(array.tolist()),
    ):
        # The original takes no array of uint16 and wider, and reads arrays step by step.
        same(lambda library, lengths=lengths: list(make(library, 4, lengths=of(library, lengths))))


def of(library: SimpleNamespace, lengths: Any) -> Any:
    is_list = library.name == "torch" and isinstance(lengths, np.ndarray | torch.Tensor)
    return lengths.tolist() if is_list else lengths


@pytest.mark.parametrize("large", [2**31, 2**40, 2**62])
def test_lengths_beyond_32_bits(same, large: int) -> None:
    lengths = [large + length for length in ties(500, 300)]
    same(lambda library: list(make(library, 4, lengths=lengths)))
    same(lambda library: list(make(library, 4, lengths=[*lengths, 0, 1])))


def dataset(name: str = "input_ids") -> list[dict[str, list[int]]]:
    return [{name: [0] * length, "labels": []} for length in ties(300, 30)]


@pytest.mark.parametrize("name", [None, "input_ids", "pixels"])
def test_lengths_of_a_dataset(same, name: str | None) -> None:
    items = dataset(name or "input_ids")
    for data in (items, [collections.UserDict(item) for item in items], tuple(items)):
        same(lambda library, data=data: list(make(library, 4, data, model_input_name=name)))
    # Lengths that are given go before those of the dataset.
    same(lambda library: list(make(library, 4, items, ties(300, 9), name)))
    same(lambda library: make(library, 4, items, model_input_name=name).lengths)


class Reads:
    """A dataset that counts how often its items are read."""

    def __init__(self) -> None:
        self.read = 0

    def __len__(self) -> int:
        return 20

    def __getitem__(self, i: int) -> dict[str, str]:
        if i >= 20:
            raise IndexError
        self.read += 1
        return {"input_ids": "x" * (i % 5)}


def test_a_dataset_is_read_as_often(same) -> None:
    def scenario(library) -> Any:
        items = Reads()
        order = list(make(library, 2, items))
        return order, items.read

    same(scenario)


def batched(module: Any, sampler: Any, drop_last: bool) -> Any:
    return module.BatchSampler(sampler, 4, drop_last)


@pytest.mark.parametrize("drop_last", [False, True])
@pytest.mark.parametrize("batches", [torch.utils.data, fastsamplers])
def test_batches(same, trace, batches: Any, drop_last: bool) -> None:
    """The original in torch's BatchSampler is the reference; ours goes into torch's and ours."""

    def scenario(library) -> Any:
        module = torch.utils.data if library.name == "torch" else batches
        generator = torch.Generator().manual_seed(6)
        sampler = make(library, 4, lengths=ties(90), generator=generator)
        wrapped = batched(module, sampler, drop_last)
        return [trace(lambda: wrapped, generator) for _ in range(2)], len(wrapped)

    same(scenario)


@pytest.mark.parametrize("batch_size", [None, 1, 4])
@pytest.mark.parametrize("loader", [torch.utils.data.DataLoader, fastsamplers.DataLoader])
def test_loaders(same, loader: Any, batch_size: int | None) -> None:
    def scenario(library) -> Any:
        module = torch.utils.data.DataLoader if library.name == "torch" else loader
        sampler = make(library, 4, lengths=ties(90))
        made = module(range(90), batch_size=batch_size, sampler=sampler)
        return [[torch.as_tensor(batch).tolist() for batch in made] for _ in range(2)]

    same(scenario)
