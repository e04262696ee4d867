"""Memory of weighted draws: what is never copied, and what does not fit is refused undrawn."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch.utils.data

import fastsamplers

SAMPLER = {
    "torch": torch.utils.data.WeightedRandomSampler,
    "fastsamplers": fastsamplers.WeightedRandomSampler,
}
N = 8_000_000
# Memory in use at its greatest beyond what there was before, in bytes a weight. Pages of a mapped
# file that have been read count as in use too.
PEAK = """
import sys, numpy as np, torch, fastsamplers
from pathlib import Path
def peak():
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) * 1024 for line in lines if line.startswith("VmHWM"))
what, path = sys.argv[1:]
fastsamplers.set_num_threads(1)
def draw(weights, count):
    for replacement in (False, True):
        single = fastsamplers.WeightedRandomSampler(weights, count, replacement)
        ranked = fastsamplers.DistributedWeightedRandomSampler(weights, count, replacement, 2, 0)
        for sampler in (single, ranked):
            list(sampler)
            list(sampler)
            repr(sampler), len(sampler)
            del sampler
        del single, ranked
        fastsamplers.functional.multinomial(weights, count, replacement)
draw(np.ones(1000, dtype=np.float32), 10)
weights = np.load(path, mmap_mode="r")
if what == "array":
    weights = np.array(weights)
before = peak()
if what == "map":
    draw(weights, 1000)
else:
    sampler = fastsamplers.WeightedRandomSampler(weights, 1000, False)
    list(sampler)
print((peak() - before) / len(weights))
"""


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("weights") / "weights.npy"
    np.save(path, np.random.default_rng(1).random(N, dtype=np.float32))
    return path


# The mapped file itself is 4 bytes a weight, the copy of an array too; float64 would be 8 more.
@pytest.mark.unsanitized("measures resident memory")
@pytest.mark.parametrize("what", ["map", "array"])
def test_float32_weights_are_not_widened_as_a_whole(run_child, path: Path, what: str) -> None:
    assert float(run_child(PEAK, what, path)) < 8


SHORT = """
import gc, torch, fastsamplers
from fastsamplers import functional
from trust.faults.address_space import at_most
n = 20_000_000
weights = torch.rand(n, dtype=torch.float64)
one = torch.zeros(n).index_fill_(0, torch.tensor([5]), 1)
generator = torch.Generator().manual_seed(1)
before = generator.get_state()
def first(*arguments):
    return next(iter(fastsamplers.WeightedRandomSampler(*arguments, generator)))
calls = {
    "choice": lambda: functional.multinomial(weights, n, generator=generator),
    "tied choice": lambda: functional.multinomial(one, n // 2, generator=generator),
    "result": lambda: functional.multinomial(weights[:100], 4 * n, True, generator=generator),
    "table": lambda: functional.multinomial(weights, n // 4, True, generator=generator),
    "few": lambda: functional.multinomial(weights, n // 9, True, generator=generator),
    "choice of a pass": lambda: first(weights, n, False),
    "table of a pass": lambda: first(weights, n, True),
    "few of a pass": lambda: first(weights, n // 9, True),
}
functional.multinomial(weights[:1000], 10)
for name, call in calls.items():
    gc.collect()
    most = 60_000_000 if "few" in name else 200_000_000
    try:
        with at_most(most):
            call()
    except MemoryError as error:
        if "bytes" not in str(error):
            print(name, "is refused without a number:", error)
    else:
        print(name, "is not refused")
    if not torch.equal(generator.get_state(), before):
        print(name, "has drawn")
        generator.set_state(before)
"""


@pytest.mark.unsanitized("bounds the address space")
def test_nothing_is_drawn_where_memory_is_short(run_child) -> None:
    assert run_child(SHORT) == ""


def test_draws_are_not_kept() -> None:
    """10**9 draws, of which few are asked for: torch would make them all before the first."""
    iterator = iter(fastsamplers.WeightedRandomSampler([0, 1, 0], 10**9))
    assert [next(iterator) for _ in range(5)] == [1] * 5


@pytest.mark.parametrize("mode", ["r", "r+", "c"])
@pytest.mark.parametrize("dtype", ["float64", "float32", "float16"])
@pytest.mark.filterwarnings("ignore:The given NumPy array is not writable")
def test_the_passes_of_memory_maps_are_torchs(
    same, states, tmp_path: Path, dtype: str, mode: str
) -> None:
    np.save(tmp_path / "weights.npy", np.random.default_rng(3).random(500).astype(dtype))

    def scenario(library):
        weights = np.load(tmp_path / "weights.npy", mmap_mode=mode)
        outcome = []
        for part in (weights, weights[10:], weights[::3]):
            for replacement in (True, False):
                sampler = SAMPLER[library.name](part, 100, replacement)
                outcome += [list(sampler), list(sampler), sampler.weights.tolist(), list(sampler)]
        return [*outcome, states()]

    same(scenario)


def test_a_float32_memory_map_is_used_where_it_is(tmp_path: Path) -> None:
    np.save(tmp_path / "weights.npy", np.ones(500, dtype=np.float32))
    weights = np.load(tmp_path / "weights.npy", mmap_mode="r+")
    sampler = fastsamplers.WeightedRandomSampler(weights, 100)
    weights[:-1] = 0  # what changes in the file counts, as nothing has been copied
    assert list(sampler) == [499] * 100
