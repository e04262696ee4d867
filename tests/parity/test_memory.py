"""No Python object per index is ever held, and what cannot fit is refused before it begins."""

from __future__ import annotations

import gc
import sys
import tracemalloc
from collections import deque
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest
import torch

import fastsamplers
from fastsamplers import _core

N = 3_000_000
# A list of N ints takes 8 N bytes and as many more blocks; these bounds lie far below.
MOST_BYTES = 2_000_000
MOST_BLOCKS = 30_000


def generator() -> torch.Generator:
    return torch.Generator().manual_seed(1)


PASSES: dict[str, Callable[[], Iterator[Any]]] = {
    "sequential": lambda: iter(fastsamplers.SequentialSampler(range(N))),
    "random": lambda: iter(fastsamplers.RandomSampler(range(N))),
    "shared": lambda: iter(fastsamplers.RandomSampler(range(N), generator=generator())),
    "replacement": lambda: iter(fastsamplers.RandomSampler(range(N), True)),
    "subset": lambda: iter(fastsamplers.SubsetRandomSampler(range(N))),
    "distributed": lambda: iter(fastsamplers.DistributedSampler(range(2 * N), 2, 1)),
    "batches": lambda: iter(
        fastsamplers.BatchSampler(fastsamplers.RandomSampler(range(N)), 256, False)
    ),
    "shared batches": lambda: iter(
        fastsamplers.BatchSampler(
            fastsamplers.RandomSampler(range(N), True, N, generator()), 256, False
        )
    ),
    "arrays": lambda: iter(
        fastsamplers.BatchSampler(fastsamplers.RandomSampler(range(N)), 256, False, output="numpy")
    ),
    "tensors": lambda: iter(
        fastsamplers.BatchSampler(fastsamplers.RandomSampler(range(N)), 256, False, output="torch")
    ),
    "subset arrays": lambda: iter(
        fastsamplers.BatchSampler(
            fastsamplers.SubsetRandomSampler(range(N)), 256, False, output="numpy"
        )
    ),
    "blocks": lambda: fastsamplers.RandomSampler(range(N)).blocks(),
    "blocks of batches": lambda: fastsamplers.BatchSampler(
        fastsamplers.RandomSampler(range(N)), 256, True
    ).blocks(),
}
# Each takes seconds under tracemalloc: one of a kind.
TRACED = ("random", "batches", "arrays", "tensors", "subset arrays", "blocks", "blocks of batches")


@pytest.mark.unsanitized("counts the blocks of Python's allocator")
@pytest.mark.parametrize("name", PASSES)
def test_python_objects_stay_few(name: str) -> None:
    next(PASSES[name]())  # what the first pass ever leaves behind is not the question
    gc.collect()
    blocks, objects = sys.getallocatedblocks(), len(gc.get_objects())
    most_blocks = most_objects = 0
    for k, _ in enumerate(PASSES[name]()):
        if k % 50_000 == 7 or k in (0, 1, 2):
            most_blocks = max(most_blocks, sys.getallocatedblocks() - blocks)
            most_objects = max(most_objects, len(gc.get_objects()) - objects)
    assert most_blocks < MOST_BLOCKS
    assert most_objects < 1000
    gc.collect()
    assert sys.getallocatedblocks() - blocks < 2000


@pytest.mark.parametrize("name", TRACED)
def test_python_memory_stays_small(name: str) -> None:
    next(PASSES[name]())
    tracemalloc.start()
    try:
        base = tracemalloc.get_traced_memory()[0]
        deque(PASSES[name](), maxlen=1)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak - base < MOST_BYTES


@pytest.mark.unsanitized("counts the blocks of Python's allocator")
def test_the_bounds_would_notice_torchs_lists() -> None:
    gc.collect()
    blocks = sys.getallocatedblocks()
    iterator = iter(torch.utils.data.RandomSampler(range(N)))
    next(iterator)
    assert sys.getallocatedblocks() - blocks > 10 * MOST_BLOCKS


def test_a_kept_batch_keeps_little_alive() -> None:
    batches = fastsamplers.BatchSampler(
        fastsamplers.SequentialSampler(range(N)), 64, False, output="numpy"
    )
    tracemalloc.start()
    try:
        iterator = iter(batches)
        base = tracemalloc.get_traced_memory()[0]
        for _ in range(1000):
            kept = next(iterator)
        del iterator
        assert len(kept) == 64
        assert tracemalloc.get_traced_memory()[0] - base < 300_000
    finally:
        tracemalloc.stop()


REFUSED = {
    "random": lambda n, g: iter(fastsamplers.RandomSampler(range(n), generator=g)),
    "part": lambda n, g: iter(fastsamplers.RandomSampler(range(n), num_samples=5, generator=g)),
    "subset": lambda n, g: iter(fastsamplers.SubsetRandomSampler(range(n), g)),
    "distributed": lambda n, g: iter(fastsamplers.DistributedSampler(range(n), 2, 0)),
    "batches": lambda n, g: iter(
        fastsamplers.BatchSampler(fastsamplers.RandomSampler(range(n), generator=g), 5, False)
    ),
    "blocks": lambda n, g: fastsamplers.RandomSampler(range(n), generator=g).blocks(),
    "subset blocks": lambda n, g: fastsamplers.SubsetRandomSampler(range(n), g).blocks(),
}


@pytest.mark.parametrize("own", [False, True])
@pytest.mark.parametrize("name", REFUSED)
def test_what_cannot_fit_is_refused_and_draws_nothing(states, name: str, own: bool) -> None:
    shared = generator() if own else None
    before = states(shared)
    with pytest.raises(
        MemoryError,
        match=r"n=1000000000000 indices needs 8000000000000 bytes, but only \d+ are available; .*"
        r"algorithm='feistel'",
    ):
        next(REFUSED[name](10**12, shared))
    assert states(shared) == before


def test_sizes_whose_bytes_overflow_are_refused(run_child) -> None:
    """In a process of its own, where a size that has wrapped around can do no harm."""
    code = """
import itertools, torch, fastsamplers
sizes = 2**59, 2**60, 2**61 - 1, 2**61, 2**61 + 1, 2**61 + 2**20, 2**62, 2**62 + 1, 2**63 - 1
for n, generator in itertools.product(sizes, (None, torch.Generator())):
    before = torch.get_rng_state(), torch.Generator().get_state()
    for make in (
        lambda: iter(fastsamplers.RandomSampler(range(n), generator=generator)),
        lambda: iter(fastsamplers.SubsetRandomSampler(range(n), generator)),
        lambda: iter(fastsamplers.DistributedSampler(range(n), 2, 0)),
    ):
        try:
            next(make())
        except (MemoryError, ValueError) as error:
            assert str(n) in str(error), error
        except AssertionError as error:  # torch divides n in double: its share may not add up
            assert "does not match total_size" in str(error), error
        else:
            raise SystemExit(f"{n} was not refused")
    assert torch.equal(torch.get_rng_state(), before[0])
    assert generator is None or torch.equal(generator.get_state(), before[1])
print("refused")
"""
    assert run_child(code, timeout=60) == "refused"


@pytest.mark.unsanitized("bounds the address space")
def test_a_limit_on_the_address_space_counts(run_child) -> None:
    code = """
import torch, fastsamplers
from trust.faults.address_space import at_most
with at_most(300_000_000):
    assert next(iter(fastsamplers.RandomSampler(range(10_000_000)))) >= 0
    state = torch.get_rng_state()
    try:
        next(iter(fastsamplers.RandomSampler(range(100_000_000))))
    except MemoryError as error:
        assert "400000000 bytes" in str(error), error
        print("refused", torch.equal(torch.get_rng_state(), state))
"""
    assert run_child(code) == "refused True"


HUGE_BATCHES = {
    "blocks": lambda g: fastsamplers.RandomSampler(range(10**12), True, generator=g).blocks(10**12),
    "blocks of places": lambda g: fastsamplers.RandomSampler(
        range(10**12), generator=g, algorithm="feistel"
    ).blocks(10**13),
    "lists": lambda g: iter(
        fastsamplers.BatchSampler(
            fastsamplers.RandomSampler(range(10**12), True, generator=g), 10**12, False
        )
    ),
    "arrays": lambda g: iter(
        fastsamplers.BatchSampler(
            fastsamplers.RandomSampler(range(10**12), True, generator=g), 10**12, True,
            output="torch",
        )
    ),
    "a rank's": lambda g: fastsamplers.DistributedSamplerWrapper(
        fastsamplers.RandomSampler(range(4 * 10**12), True, generator=g), 4, 1
    ).blocks(10**13),
}  # fmt: skip


@pytest.mark.parametrize("own", [False, True])
@pytest.mark.parametrize("name", HUGE_BATCHES)
def test_a_batch_that_cannot_fit_is_refused_and_draws_nothing(states, name: str, own: bool) -> None:
    shared = generator() if own else None
    batches = HUGE_BATCHES[name](shared)
    needed = 48 if name == "lists" else 8
    before = states(shared)
    for _ in range(2):
        with pytest.raises(
            MemoryError,
            match=rf"a batch of 1000000000000 indices needs {needed}000000000000 bytes, but only "
            r"\d+ are available; smaller batches or blocks need less",
        ):
            next(batches)
        assert states(shared) == before


@pytest.mark.unsanitized("bounds the address space")
def test_a_batch_for_which_there_was_no_memory_comes_when_there_is(run_child) -> None:
    code = """
import sys, torch, fastsamplers
from trust.faults.address_space import read_with_ever_more
n = 4_000_000
def batches():
    # A list's memory runs short behind the permutation, an array's before anything is drawn.
    generator = torch.Generator().manual_seed(1)
    replacement = sys.argv[2] == "numpy" or int(sys.argv[1]) <= 2**20
    sampler = fastsamplers.RandomSampler(range(n), replacement, generator=generator)
    return iter(fastsamplers.BatchSampler(sampler, int(sys.argv[1]), False, output=sys.argv[2]))
def as_list(batch):
    return batch if isinstance(batch, list) else batch.tolist()
expected = [as_list(batch) for batch in batches()]
got, refusals = read_with_ever_more(batches(), 3_000_000)
assert all("need" in text for text in refusals), refusals
assert [as_list(batch) for batch in got] == expected
print(len(refusals) > 2)
"""
    for size in (4_000_000, 3_000_000, 1_500_000):
        for output in ("list", "numpy"):
            assert run_child(code, size, output) == "True", (size, output)
    # Whose last batch, a shorter one, is refused when the pass has been read to its end.
    assert run_child(code, 2**20, "list") == "True"


def test_a_wrappers_huge_batch_needs_no_more_than_there_is() -> None:
    batches = fastsamplers.BatchSampler(fastsamplers.SequentialSampler(range(10)), 10**12, False)
    for ranks in (1, 2):
        wrapper = fastsamplers.DistributedSamplerWrapper(batches, ranks, 0)
        assert list(wrapper) == [list(range(10))]


def test_what_needs_no_memory_is_not_refused() -> None:
    assert 0 <= next(iter(fastsamplers.RandomSampler(range(10**15), True, 10))) < 10**15
    assert next(iter(fastsamplers.SequentialSampler(range(10**15)))) == 0
    unshuffled = fastsamplers.DistributedSampler(range(10**15), 4, 3, shuffle=False)
    iterator = iter(unshuffled)
    assert [next(iterator), next(iterator)] == [3, 7]
    assert _core.available_memory() > 0


@pytest.mark.unsanitized("measures resident memory")
def test_the_first_index_of_a_large_order_needs_no_large_order(run_child) -> None:
    """150 million indices are 600 MB when they are made; the first batch must not touch them."""
    code = """
import torch, fastsamplers
from pathlib import Path
def peak():
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmHWM"))
fastsamplers.RandomSampler([1]).__iter__().__next__()
before = peak()
next(iter(fastsamplers.BatchSampler(fastsamplers.RandomSampler(range(150_000_000)), 256, False)))
print(peak() - before)
"""
    assert int(run_child(code)) < 20_000


def test_array_batches_do_not_copy_the_indices() -> None:
    indices = np.arange(N, dtype=np.int64)
    sampler = fastsamplers.SubsetRandomSampler(indices)
    tracemalloc.start()
    try:
        base = tracemalloc.get_traced_memory()[0]
        next(iter(fastsamplers.BatchSampler(sampler, 256, False, output="numpy")))
        next(sampler.blocks(100))
        assert tracemalloc.get_traced_memory()[1] - base < MOST_BYTES
    finally:
        tracemalloc.stop()
