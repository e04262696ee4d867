"""Threads are optional: where there is no memory for them, the work is done without."""

from __future__ import annotations

import sys

import pytest

pytestmark = [
    pytest.mark.unsanitized("bounds the address space"),
    pytest.mark.skipif(sys.platform != "linux", reason="needs RLIMIT_AS and /proc"),
]

LIMIT = """
import os, resource, sys
import torch
import fastsamplers
from fastsamplers import functional

def leave(kibibytes):
    pages = int(open("/proc/self/statm").read().split()[0])
    most = pages * os.sysconf("SC_PAGE_SIZE") + (kibibytes << 10)
    resource.setrlimit(resource.RLIMIT_AS, (most, resource.RLIM_INFINITY))
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
leave(int(sys.argv[1]))
generator.manual_seed(1)
functional.randperm(n, generator=generator, out=out)
resource.setrlimit(resource.RLIMIT_AS, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
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
for k in range(0, n, 1 << 11):
    if k == 1 << 16:  # the places are there, a producer is not
        leave(int(sys.argv[1]))
    got[k : k + (1 << 11)] = next(blocks)
resource.setrlimit(resource.RLIMIT_AS, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
assert (got == expected).all()
"""


@pytest.mark.parametrize("kibibytes", [64, 1_000, 9_500, 20_000, 60_000, 200_000, 600_000])
def test_a_permutation_without_memory_for_threads(run_child, kibibytes: int) -> None:
    run_child(LIMIT + PERMUTATION, kibibytes)


@pytest.mark.parametrize("kibibytes", [64, 900, 1_200, 5_000, 9_000, 10_000])
def test_a_pass_without_memory_to_read_ahead(run_child, kibibytes: int) -> None:
    run_child(LIMIT + PASS, kibibytes)
