"""What the batch samplers by length have in common: their batches are those of the plain plans."""

from __future__ import annotations

import collections
import gc
import sys
import weakref
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from tests.parity.plans import FEW, PLANNED, Batch, PlannedKind, all_indices, flat, some_lengths

pytestmark = pytest.mark.filterwarnings("ignore:all .* lengths are .*, so that")

SIZES = [0, 1, 2, 3, 4, 5, 6, 19, 20, 21, 300]
N = 150


@pytest.fixture(params=PLANNED.values(), ids=PLANNED)
def planned(request: pytest.FixtureRequest) -> PlannedKind:
    return request.param


@pytest.mark.parametrize("drop_last", [False, True])
@pytest.mark.parametrize("n", SIZES)
def test_batches_are_those_of_the_plan(planned, n: int, drop_last: bool) -> None:
    lengths = some_lengths(n)
    for seed in (0, 9, 2**64 - 1):
        sampler = planned.make(lengths, drop_last=drop_last, seed=seed)
        for epoch in (0, 1, 5, 2**63):
            sampler.set_epoch(epoch)
            expected = planned.batches(lengths, drop_last=drop_last, seed=seed, epoch=epoch)
            assert list(sampler) == expected
    sampler = planned.make(lengths, drop_last=drop_last, shuffle=False)
    assert list(sampler) == planned.batches(lengths, drop_last=drop_last, shuffle=False)


@given(
    name=st.sampled_from(sorted(PLANNED)),
    lengths=st.lists(st.integers(0, 150), max_size=70) | st.lists(st.integers(0, 3), max_size=70),
    seed=st.integers(-(2**63), 2**64 - 1),
    epoch=st.integers(-(2**63), 2**64 - 1),
    shuffle=st.booleans(),
    drop_last=st.booleans(),
)
def test_any_lengths(name, lengths, seed, epoch, shuffle, drop_last) -> None:
    planned = PLANNED[name]
    sampler = planned.make(lengths, shuffle=shuffle, drop_last=drop_last, seed=seed)
    sampler.set_epoch(epoch)
    keys = seed % 2**64, epoch % 2**64
    expected = planned.batches(
        lengths, shuffle=shuffle, drop_last=drop_last, seed=keys[0], epoch=keys[1]
    )
    assert list(sampler) == expected
    assert len(sampler) == len(expected)


@pytest.mark.parametrize("n", [*SIZES, 5000])
def test_every_sample_comes_once(planned, n: int) -> None:
    lengths = some_lengths(n, seed=2)
    for shuffle in (False, True):
        sampler = planned.make(lengths, shuffle=shuffle)
        for epoch in range(3):
            sampler.set_epoch(epoch)
            assert sorted(all_indices(sampler)) == [*range(n)]


def test_with_drop_last_none_comes_twice(planned) -> None:
    for n in SIZES:
        lengths = some_lengths(n)
        sampler = planned.make(lengths, drop_last=True)
        whole = planned.make(lengths)
        for epoch in range(3):
            sampler.set_epoch(epoch)
            whole.set_epoch(epoch)
            counts = collections.Counter(all_indices(sampler))
            assert set(counts.values()) <= {1}
            # What is left out would have been one batch.
            assert len(whole) - len(sampler) in (0, 1)
            assert n - len(counts) <= max(map(len, map(flat, whole)), default=0)


def test_the_length_is_exact(planned) -> None:
    """Before the first pass, within one and after it, and the same in every epoch."""
    for n in SIZES:
        lengths = some_lengths(n)
        for drop_last in (False, True):
            sampler = planned.make(lengths, drop_last=drop_last, seed=3)
            length = len(sampler)
            for epoch in (0, 1, 17):
                sampler.set_epoch(epoch)
                iterator = iter(sampler)
                assert len(sampler) == length
                got = 0
                for _ in iterator:
                    got += 1
                    assert len(sampler) == length
                assert got == length
            sampler.seek(length)
            assert len(sampler) == length


def types_in(batch: Any) -> set[type]:
    if type(batch) is list:
        return {list}.union(*map(types_in, batch))
    return {type(batch)}


def test_batches_are_fresh_lists_of_ints(planned) -> None:
    lengths = np.array(some_lengths(N))
    for batches in (list(planned.make(lengths)), list(planned.make(lengths, shuffle=False))):
        assert {kind for batch in batches for kind in types_in(batch)} == {list, int}
        assert len({id(batch) for batch in batches}) == len(batches)
    sampler = planned.make(lengths)
    iterator = iter(sampler)
    first = next(iterator)
    copied = [list(item) if isinstance(item, list) else item for item in first]
    first.clear()  # the caller's
    assert next(iterator) == list(sampler)[1]
    assert next(iter(sampler)) == copied


@pytest.mark.unsanitized("counts the blocks of Python's allocator")
@pytest.mark.parametrize("name", FEW)
def test_batches_leave_no_memory_behind(name: str) -> None:
    """Their ints are counted rightly."""
    sampler = PLANNED[name].make(some_lengths(2000))
    list(sampler)
    gc.collect()
    before = sys.getallocatedblocks()
    for _ in range(5):
        list(sampler)
    gc.collect()
    assert sys.getallocatedblocks() - before < 200


def test_a_sampler_goes_when_its_passes_go(planned) -> None:
    sampler = planned.make(some_lengths(N))
    watched = weakref.ref(sampler)
    iterator = iter(sampler)
    next(iterator)
    del sampler
    assert watched() is not None  # its pass goes on
    del iterator
    gc.collect()
    assert watched() is None


def test_epochs_and_seeds_differ(planned) -> None:
    lengths = some_lengths(N)
    sampler = planned.make(lengths)
    seen: list[list[Batch]] = []
    for seed in (0, 1, 2**63):
        for epoch in (0, 1, 2):
            sampler = planned.make(lengths, seed=seed)
            sampler.set_epoch(epoch)
            batches = list(sampler)
            assert batches == list(sampler)  # the same key, the same batches
            assert batches not in seen
            seen.append(batches)


def test_without_shuffling_nothing_decides_but_the_lengths(planned) -> None:
    lengths = some_lengths(N)
    expected = list(planned.make(lengths, shuffle=False))
    sampler = planned.make(lengths, shuffle=False, seed=4, generator=torch.Generator())
    sampler.set_epoch(7)
    assert list(sampler) == expected
