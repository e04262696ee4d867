"""Memory of the samplers by length: lengths are read where they are, and bytes a sample are few.

What is measured is the peak of a process of its own, beyond what it took before.
"""

from __future__ import annotations

import json
import sys
import tracemalloc
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import fastsamplers

# For each text, a child's peak beyond its size before, and its growth: without the pages of files,
# which a memory map's are.
CHILD = """
import gc, json, sys, threading
import numpy as np
import fastsamplers
from fastsamplers import functional

def anonymous():
    lines = open("/proc/self/status").read().splitlines()
    return next(1024 * int(line.split()[1]) for line in lines if line.startswith("RssAnon"))

def watch(ended, seen):
    while not ended.wait(0.001):
        seen.append(anonymous())

def measured(text):
    before = anonymous()
    seen, ended = [], threading.Event()
    thread = threading.Thread(target=watch, args=(ended, seen))
    thread.start()
    made = eval(text)
    seen.append(anonymous())
    ended.set()
    thread.join()
    return [(size - before) / len(lengths) for size in (max(seen), seen[-1])]

lengths = np.load(sys.argv[1], mmap_mode="r")
fastsamplers.set_num_threads(1)
texts = json.loads(sys.argv[2])
for text in texts:  # what runs once has run
    eval(text, {"lengths": lengths[:1000], "fastsamplers": fastsamplers, "functional": functional})
outcome = []
for text in texts:
    outcome.append(measured(text))
    gc.collect()
print(json.dumps(outcome))
"""

# What is done, the bytes a sample at its peak, and those that stay.
CASES: dict[str, tuple[str, float, float]] = {
    "survey": ("fastsamplers.BucketBatchSampler(lengths, 64)", 0.1, 0.1),
    "buckets": (
        "(s := fastsamplers.BucketBatchSampler(lengths, 64), it := iter(s), next(it))", 4.4, 4.3,
    ),
    "tokens": ("(s := fastsamplers.MaxTokensBatchSampler(lengths, 8192), len(s))", 4.4, 4.4),
    "tokens, a pass": (
        "(s := fastsamplers.MaxTokensBatchSampler(lengths, 8192), it := iter(s), next(it))",
        4.4, 4.4,
    ),
    "bins": ("(s := fastsamplers.PackedBatchSampler(lengths, 8192), s.num_bins)", 12.6, 4.4),
    "pack": ("functional.pack(lengths, 8192)", 12.8, 8.6),
    "argsort": ("functional.bucket_argsort(lengths)", 8.4, 8.4),
    "grouped": (
        "(s := fastsamplers.LengthGroupedSampler(64, lengths=lengths), it := iter(s), next(it))",
        4.4, 4.4,
    ),
}  # fmt: skip


def saved(path: Path, n: int, part: int = 10_000_000) -> Path:
    """int16 lengths, written in parts."""
    file = np.lib.format.open_memmap(path, mode="w+", dtype=np.int16, shape=(n,))
    random = np.random.default_rng(1)
    for first in range(0, n, part):
        count = min(part, n - first)
        drawn = random.standard_normal(count, dtype=np.float32)
        file[first : first + count] = np.exp(5 + 0.7 * drawn).clip(1, 4096).astype(np.int16)
    file.flush()
    return path


def check(run_child: Any, path: Path) -> None:
    texts = [text for text, *_ in CASES.values()]
    figures = json.loads(run_child(CHILD, path, json.dumps(texts), timeout=900))
    for (name, (_, most_peak, most_kept)), (peak, kept) in zip(CASES.items(), figures, strict=True):
        assert peak < most_peak, (name, peak)
        assert kept < most_kept, (name, kept)
        assert name == "survey" or peak > most_peak / 2, (name, peak)  # or nothing was measured


@pytest.mark.unsanitized("measures resident memory")
def test_bytes_a_sample(run_child, tmp_path: Path) -> None:
    check(run_child, saved(tmp_path / "lengths.npy", 8_000_000))


@pytest.mark.large
def test_many_samples(run_child, tmp_path: Path) -> None:
    path = saved(tmp_path / "lengths.npy", 300_000_000)
    check(run_child, path)
    lengths = np.load(path, mmap_mode="r")
    for make in (
        fastsamplers.BucketBatchSampler,
        fastsamplers.MaxTokensBatchSampler,
        fastsamplers.PackedBatchSampler,
    ):
        is_given = np.zeros(len(lengths), bool)
        count = 0
        for block in make(lengths, 8192).blocks(1 << 20):
            is_given[block] = True
            count += len(block)
        assert count == len(lengths)
        assert is_given.all()
    path.unlink()  # pytest would keep it for a while


def blocks_of(sampler: Any) -> int:
    """Python's blocks while a pass runs, beyond those before it."""
    before = sys.getallocatedblocks()
    most = 0
    for k, _ in enumerate(sampler):
        if k % 200 == 7:
            most = max(most, sys.getallocatedblocks() - before)
    return most


SAMPLERS: dict[str, Callable[[Any], Any]] = {
    "buckets": lambda lengths: fastsamplers.BucketBatchSampler(lengths, 64),
    "tokens": lambda lengths: fastsamplers.MaxTokensBatchSampler(lengths, 8192),
    "bins": lambda lengths: fastsamplers.PackedBatchSampler(lengths, 8192),
    "batches of bins": lambda lengths: fastsamplers.PackedBatchSampler(lengths, 8192, batch_size=4),
    "grouped": lambda lengths: fastsamplers.LengthGroupedSampler(64, lengths=lengths),
}


@pytest.mark.unsanitized("counts the blocks of Python's allocator")
@pytest.mark.parametrize("name", SAMPLERS)
def test_no_python_object_for_each_sample(name: str) -> None:
    lengths = np.random.default_rng(1).lognormal(5, 0.7, 300_000).astype(np.int64).clip(1, 4096)
    sampler = SAMPLERS[name](lengths)
    next(iter(sampler))
    assert blocks_of(sampler) < 5_000
    tracemalloc.start()
    try:
        base = tracemalloc.get_traced_memory()[0]
        iterator = iter(SAMPLERS[name](lengths))
        for _ in range(100):
            next(iterator)
        assert tracemalloc.get_traced_memory()[1] - base < 200_000
    finally:
        tracemalloc.stop()


@pytest.mark.unsanitized("bounds the address space")
def test_what_cannot_fit_is_refused_and_draws_nothing(run_child) -> None:
    """In a process of its own, whose address space ends soon; it goes on with what fits."""
    code = """
import numpy as np, torch, fastsamplers
from fastsamplers import functional
from trust.faults.address_space import at_most
n = 60_000_000
lengths = np.arange(n, dtype=np.uint8)  # 60 MB; a plan takes 240 MB and more
generator = torch.Generator().manual_seed(3)
samplers = [
    fastsamplers.BucketBatchSampler(lengths, 64, generator=generator),
    fastsamplers.MaxTokensBatchSampler(lengths, 8192, generator=generator),
    fastsamplers.PackedBatchSampler(lengths, 8192, generator=generator),
]
calls = [lambda made=made: next(iter(made)) for made in samplers]
calls += [lambda: len(samplers[1]), lambda: samplers[2].num_bins]
calls += [lambda: functional.pack(lengths, 8192), lambda: functional.bucket_argsort(lengths)]
before = generator.get_state(), torch.get_rng_state()
for number, call in enumerate(calls):
    try:
        with at_most(200_000_000):
            call()
    except MemoryError as error:
        assert "bytes, but only" in str(error), error
        assert torch.equal(generator.get_state(), before[0]), number
    else:
        raise SystemExit(f"{number} was not refused")
assert torch.equal(torch.get_rng_state(), before[1])
print(all(len(next(iter(made))) > 0 for made in samplers))
"""
    assert run_child(code) == "True"


@pytest.mark.unsanitized("bounds the address space")
@pytest.mark.parametrize("reader", ["lists", "blocks"])
def test_a_batch_for_which_there_was_no_memory_comes_when_there_is(run_child, reader: str) -> None:
    code = """
import sys, numpy as np, fastsamplers
from trust.faults.address_space import read_with_ever_more
n = 2_000_000
lengths = np.arange(n, dtype=np.uint32) % 7 + 1
fastsamplers.set_num_threads(1)
samplers = [
    lambda: fastsamplers.BucketBatchSampler(lengths, n // 2 - 1, seed=3),
    lambda: fastsamplers.MaxTokensBatchSampler(lengths, 10**7 // 2, seed=3),
    lambda: fastsamplers.PackedBatchSampler(lengths, 10**7 // 2, seed=3),
    lambda: fastsamplers.PackedBatchSampler(lengths, 7, batch_size=n // 3, seed=3),
]
def read(items):
    return iter(items) if sys.argv[1] == "lists" else items.blocks(n // 2)
def as_list(batch):
    return batch if isinstance(batch, list) else batch.tolist()
refusals = []
for make in samplers:
    expected = [as_list(batch) for batch in read(make())]
    sampler = make()
    own = read(sampler)
    first = next(own)  # the plan has been made
    rest, refused = read_with_ever_more(own, 3_000_000)
    assert all(" bytes, but only " in text for text in refused), refused
    assert [as_list(batch) for batch in (first, *rest)] == expected
    refusals.append(len(refused))
print(min(refusals) > 0)
"""
    assert run_child(code, reader) == "True"


@pytest.mark.unsanitized("bounds the address space")
def test_a_refused_plan_leaves_the_place_that_was_sought(run_child) -> None:
    code = """
import numpy as np, fastsamplers
from trust.faults.address_space import at_most
sampler = fastsamplers.BucketBatchSampler(np.arange(8_000_000, dtype=np.uint32), 64)
sampler.seek(100)
with at_most(20_000_000):
    try:
        next(iter(sampler))
    except MemoryError as error:
        assert "a plan of" in str(error), error
    else:
        raise SystemExit("was not refused")
print(sum(1 for _ in sampler), sum(1 for _ in sampler))
"""
    assert run_child(code) == "124900 125000"
