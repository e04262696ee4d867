"""Orders around n = 214,748,364, where torch.randperm changes, and 4.6 bytes an index.

torch makes its permutations as int32 here, so that a test stays below 3 GB; test_randperm.py shows
for small n that the type does not change the order.
"""

from __future__ import annotations

import numpy as np
import pytest
import torch

import fastsamplers
from fastsamplers import _core

pytestmark = pytest.mark.large

SWITCH = 214_748_364
BLOCK = 1 << 22


def equal_in_blocks(blocks, expected: np.ndarray, scale: int = 1, offset: int = 0) -> bool:
    """Whether the blocks, one after another, are ``offset + scale * expected``."""
    position = 0
    for block in blocks:
        part = expected[position : position + len(block)].astype(np.int64)
        if not np.array_equal(block, offset + scale * part):
            return False
        position += len(block)
    return position == len(expected)


@pytest.mark.parametrize("n", [SWITCH - 1, SWITCH, SWITCH + 1])
def test_around_the_switch(states, n: int) -> None:
    theirs = torch.Generator().manual_seed(2**40 + n)
    ours = torch.Generator().manual_seed(2**40 + n)
    order = torch.randperm(n, generator=theirs, dtype=torch.int32)
    after_one = states(theirs)

    # The function, in both types; the kernel writes both without scratch memory.
    assert torch.equal(
        fastsamplers.functional.randperm(n, generator=ours, dtype=torch.int32), order
    )
    assert states(ours) == after_one
    ours.manual_seed(2**40 + n)
    wide = fastsamplers.functional.randperm(n, generator=ours)
    assert wide.dtype == torch.int64
    assert equal_in_blocks(np.split(wide.numpy(), range(BLOCK, n, BLOCK)), order.numpy())
    assert states(ours) == after_one
    del wide

    # A pass: its first index takes all the words, and its end those of one more permutation.
    ours.manual_seed(2**40 + n)
    before = states(ours)
    blocks = fastsamplers.RandomSampler(range(n), generator=ours).blocks(BLOCK)
    assert states(ours) == before
    first = next(blocks)
    assert states(ours) == after_one
    assert np.array_equal(first, order.numpy()[:BLOCK])
    assert equal_in_blocks(blocks, order.numpy()[BLOCK:])
    del blocks
    engine = _core.Mt19937(2**40 + n)
    engine.skip(2 * _core.permutation_words(n))
    twice = theirs.get_state()
    engine.to_torch_state(twice.numpy())
    assert states(ours)[1] == twice.numpy().tobytes()


@pytest.mark.parametrize("n", [SWITCH - 1, SWITCH])
def test_shares_and_subsets_around_the_switch(states, n: int) -> None:
    order = torch.randperm(
        n, generator=torch.Generator().manual_seed(12), dtype=torch.int32
    ).numpy()
    for replicas, rank, drop_last in ((8, 7, False), (1000, 3, True), (5000, 4999, False)):
        sampler = fastsamplers.DistributedSampler(
            range(n), replicas, rank, seed=10, drop_last=drop_last
        )
        sampler.set_epoch(2)
        total = sampler.total_size
        share = (order[:total] if drop_last else np.append(order, order[: total - n]))[
            rank::replicas
        ]
        assert equal_in_blocks(sampler.blocks(BLOCK), share)
        iterator = iter(sampler)
        assert [next(iterator) for _ in range(1000)] == share[:1000].tolist()
    torch.default_generator.manual_seed(12)
    subset = fastsamplers.SubsetRandomSampler(range(7, 7 + 3 * n, 3))
    assert equal_in_blocks(subset.blocks(BLOCK), order, scale=3, offset=7)
    drawn = states()
    torch.default_generator.manual_seed(12)
    batches = iter(
        fastsamplers.BatchSampler(fastsamplers.SubsetRandomSampler(range(n)), 1000, False)
    )
    assert [next(batches) for _ in range(20)] == order[:20_000].reshape(20, 1000).tolist()
    assert states() == drawn


def test_the_extra_permutation_above_the_switch_is_torchs(states) -> None:
    theirs = torch.Generator().manual_seed(3)
    scratch = torch.empty(SWITCH, dtype=torch.int32)
    torch.randperm(SWITCH, generator=theirs, out=scratch)
    torch.randperm(SWITCH, generator=theirs, out=scratch)
    ours = torch.Generator().manual_seed(3)
    for _ in fastsamplers.RandomSampler(range(SWITCH), generator=ours).blocks(BLOCK):
        pass
    assert states(ours) == states(theirs)
    assert np.array_equal(
        next(fastsamplers.RandomSampler(range(SWITCH), generator=ours).blocks(1000)),
        torch.randperm(SWITCH, generator=theirs, out=scratch).numpy()[:1000],
    )


N = 100_000_000
PEAK = """
import sys, torch, fastsamplers
from collections import deque
from pathlib import Path
n = int(sys.argv[1])
sampler = fastsamplers.RandomSampler(range(n))
batches = fastsamplers.BatchSampler(sampler, 256, False, output="torch")
passes = {
    "ints": lambda: iter(sampler),
    "blocks": sampler.blocks,
    "lists": lambda: iter(fastsamplers.BatchSampler(sampler, 256, False)),
    "tensors": lambda: iter(batches),
}
deque(passes[sys.argv[2]](), maxlen=1)
lines = Path("/proc/self/status").read_text().splitlines()
print(next(int(line.split()[1]) * 1024 for line in lines if line.startswith("VmHWM")))
"""


@pytest.mark.parametrize("kind", ["ints", "blocks", "lists", "tensors"])
def test_a_pass_takes_at_most_4_6_bytes_an_index(run_child, kind: str) -> None:
    baseline, peak = (int(run_child(PEAK, n, kind)) for n in (1000, N))
    assert (peak - baseline) / N <= 4.6
