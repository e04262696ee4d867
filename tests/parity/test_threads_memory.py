"""Threads are optional: where there is no memory for them, the work is done without."""

from __future__ import annotations

import sys

import pytest

pytestmark = [
    pytest.mark.unsanitized("bounds the address space"),
    pytest.mark.skipif(sys.platform != "linux", reason="needs RLIMIT_AS and /proc"),
]

IMPORTS = """
import sys
import torch
import fastsamplers
from fastsamplers import functional
from trust.faults.address_space import at_most
free = int(sys.argv[1]) << 10
"""

# Stacks take 8 MB a thread, and the lists of 64 threads some 25 MB.
PERMUTATION = """
n = 1 << 23
out = torch.empty(n, dtype=torch.int32)
generator = torch.Generator().manual_seed(1)
expected = torch.randperm(n, generator=generator, dtype=torch.int32)
after = generator.get_state()
functional.randperm(100)
fastsamplers.set_num_threads(64)
generator.manual_seed(1)
with at_most(free):
    functional.randperm(n, generator=generator, out=out)
assert torch.equal(out, expected) and torch.equal(generator.get_state(), after)
"""

# A producer has a stack and 1 MB of blocks.
PASS = """
n = 1 << 19
fastsamplers.set_num_threads(2)
expected = torch.randperm(n, generator=torch.Generator().manual_seed(1)).numpy()
sampler = fastsamplers.RandomSampler(range(n), generator=torch.Generator().manual_seed(1))
blocks = sampler.blocks(1 << 11)
got = expected * 0
def read(begin, end):
    for k in range(begin, end, 1 << 11):
        got[k : k + (1 << 11)] = next(blocks)
read(0, 1 << 16)  # the places are there, a producer is not
with at_most(free):
    read(1 << 16, n)
assert (got == expected).all()
"""


@pytest.mark.parametrize("kibibytes", [64, 1_000, 9_500, 20_000, 60_000, 200_000, 600_000])
def test_a_permutation_without_memory_for_threads(run_child, kibibytes: int) -> None:
    run_child(IMPORTS + PERMUTATION, kibibytes)


@pytest.mark.parametrize("kibibytes", [64, 900, 1_200, 5_000, 9_000, 10_000])
def test_a_pass_without_memory_to_read_ahead(run_child, kibibytes: int) -> None:
    run_child(IMPORTS + PASS, kibibytes)
