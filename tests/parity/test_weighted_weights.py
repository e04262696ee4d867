"""The attribute weights: what it is, which changes count and when, and what is kept of it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
import torch.utils.data
from hypothesis import given, settings
from hypothesis import strategies as st

import fastsamplers

SAMPLER = {
    "torch": torch.utils.data.WeightedRandomSampler,
    "fastsamplers": fastsamplers.WeightedRandomSampler,
}
N = 500


def values(dtype: type = np.float64) -> np.ndarray:
    return np.random.default_rng(3).random(N).astype(dtype)


def parameter(array: np.ndarray) -> torch.nn.Parameter:
    return torch.nn.Parameter(torch.from_numpy(array))


# What is given is made of an array, through which the caller changes it.
GIVEN: dict[str, tuple[Callable[[np.ndarray], Any], type]] = {
    f"{how} of {dtype.__name__}": (convert, dtype)
    for dtype in (np.float64, np.float32, np.float16)
    for how, convert in (
        ("array", np.asarray),
        ("tensor", torch.from_numpy),
        ("every second", lambda array: array[::2]),
        ("parameter", parameter),
    )
}
GIVEN["array of int64"] = (np.asarray, np.int64)
GIVEN["tensor of int32"] = (torch.from_numpy, np.int32)


@pytest.mark.parametrize("replacement", [True, False])
@pytest.mark.parametrize("name", GIVEN)
def test_changes_to_what_was_given(same, attempt, name: str, replacement: bool) -> None:
    """A float64 tensor or array is aliased, all else is copied: as with torch."""

    def scenario(library):
        convert, dtype = GIVEN[name]
        array = (values() * 100).astype(dtype)
        weights = convert(array)
        sampler = SAMPLER[library.name](weights, 50, replacement)
        outcome = [list(sampler)]
        array[: N // 2] = 0  # through NumPy: no version is counted
        outcome += [list(sampler), sampler.weights.dtype, attempt(sampler.weights.detach)]
        array[:] = array[::-1].copy()
        outcome += [list(sampler), sampler.weights.requires_grad]
        sampler.weights.detach().numpy()[60:120] = 0  # of the attribute itself
        outcome += [list(sampler), array.sum()]
        sampler.weights.data[-1] = 1e6
        return [*outcome, list(sampler)]

    same(scenario)


@pytest.mark.parametrize("kind", [torch.from_numpy, np.asarray])
def test_float64_is_the_callers_own_memory(kind: Callable[[np.ndarray], Any]) -> None:
    array = values()
    sampler = fastsamplers.WeightedRandomSampler(kind(array), 5)
    assert sampler.weights.data_ptr() == array.ctypes.data
    assert sampler.weights is sampler.weights


@pytest.mark.parametrize("kind", [torch.from_numpy, np.asarray])
def test_float32_becomes_float64_at_the_first_look(kind: Callable[[np.ndarray], Any]) -> None:
    array = values(np.float32)
    sampler = fastsamplers.WeightedRandomSampler(kind(array), 5)
    list(sampler)
    table = sampler._table
    assert sampler.weights.dtype == torch.float64
    assert sampler.weights is sampler.weights
    assert sampler.weights.tolist() == array.tolist()
    list(sampler)
    assert sampler._table is table  # the same content


ASSIGNED: dict[str, Callable[[], Any]] = {
    "float64 tensor": lambda: torch.from_numpy(values()),
    "float32 tensor": lambda: torch.from_numpy(values(np.float32)),
    "float16 tensor": lambda: torch.from_numpy(values(np.float16)),
    "bfloat16 tensor": lambda: torch.from_numpy(values()).to(torch.bfloat16),
    "strided tensor": lambda: torch.from_numpy(values())[::3],
    "longer tensor": lambda: torch.from_numpy(np.tile(values(), 3)),
    "requires grad": lambda: torch.from_numpy(values()).requires_grad_(),
    "2-D tensor": lambda: torch.from_numpy(values()).view(2, -1),
    "0-D tensor": lambda: torch.tensor(3.0),
    "empty tensor": lambda: torch.empty(0),
    "int64 tensor": lambda: torch.arange(N),
    "meta tensor": lambda: torch.ones(N, device="meta"),
    "array": values,
    "list": lambda: [1.0, 2.0],
    "None": lambda: None,
}


@pytest.mark.parametrize("count", [1, 7, 200])
@pytest.mark.parametrize("dtype", [np.float64, np.float32])
@pytest.mark.parametrize("name", ASSIGNED)
def test_weights_that_are_assigned(same, trace, name: str, dtype: type, count: int) -> None:
    def scenario(library):
        outcome = []
        for replacement in (True, False):
            sampler = SAMPLER[library.name](values(dtype), count, replacement)
            outcome.append(list(sampler))
            sampler.weights = ASSIGNED[name]()
            outcome.append(trace(lambda s=sampler: s))
            sampler.weights = torch.arange(300, dtype=torch.float64)
            outcome.append(trace(lambda s=sampler: s))
        return outcome

    same(scenario)


def test_a_table_serves_one_precision(same) -> None:
    """Weights of equal content, which torch adds up in float32 and in float64."""
    weights = torch.rand(20_000, generator=torch.Generator().manual_seed(1))

    def scenario(library):
        sampler = SAMPLER[library.name](weights, 5000)
        outcome = [list(sampler)]
        for dtype in (torch.float32, torch.float64, torch.float32):
            sampler.weights = weights.to(dtype)
            torch.manual_seed(1)
            outcome.append(list(sampler))
        return outcome

    outcome = same(scenario)
    assert outcome[1] == outcome[3] != outcome[2]


@pytest.mark.parametrize("replacement", [True, False])
@pytest.mark.parametrize("over", ["ints", "batches", "blocks"])
def test_a_change_counts_from_the_first_next_on(over: str, replacement: bool) -> None:
    n = 40_000
    for moment in ("before iter", "after iter", "after next"):
        weights = np.zeros(n)
        weights[:20_000] = 1
        sampler = fastsamplers.WeightedRandomSampler(weights, 15_000, replacement)
        list(sampler)
        made = []
        for step in ("before iter", "iter", "after iter", "next", "after next"):
            if step == "iter":
                iterator = {
                    "ints": lambda s=sampler: iter(s),
                    "batches": lambda s=sampler: iter(fastsamplers.BatchSampler(s, 10, False)),
                    "blocks": lambda s=sampler: s.blocks(10),
                }[over]()
            elif step == "next":
                made.append(next(iterator))
            elif step == moment:
                weights[:] = weights[::-1].copy()
        drawn = np.concatenate([np.atleast_1d(part) for part in (*made, *iterator)])
        assert len(drawn) == 15_000
        assert (drawn < 20_000).all() if moment == "after next" else (drawn >= 20_000).all()


def test_a_table_is_kept_while_the_content_stays() -> None:
    weights = np.random.default_rng(1).random(3000)
    sampler = fastsamplers.WeightedRandomSampler(weights, 10)
    list(sampler)
    table = sampler._table
    assert table is not None
    list(sampler)
    list(sampler.blocks())
    sampler.num_samples = 20
    list(sampler)
    weights[:] = weights.copy()
    sampler.weights = torch.from_numpy(weights.copy())  # other memory, same content
    list(sampler)
    sampler.weights = torch.from_numpy(np.repeat(weights, 2))[::2]
    list(sampler)
    assert sampler._table is table
    sampler.weights[7] *= 2
    list(sampler)
    assert sampler._table is not table


@settings(max_examples=150)
@given(
    n=st.sampled_from([2, 31, 33, 1000, 1024, 1025, 65_536, 65_537, 262_145]),
    share=st.floats(0, 1),
    factor=st.sampled_from([0.0, 0.5, 1 + 2**-52, 2.0]),
)
def test_one_changed_weight_makes_another_table(n: int, share: float, factor: float) -> None:
    weights = np.full(n, 1.0)
    sampler = fastsamplers.WeightedRandomSampler(weights, 2)
    list(sampler)
    table = sampler._table
    place = min(n - 1, int(share * n))
    weights[place] *= factor
    list(sampler)
    assert sampler._table is not table
    weights[place] = 1
    list(sampler)
    assert sampler._table.fingerprint == table.fingerprint


def test_weights_that_change_places_make_another_table() -> None:
    base = np.random.default_rng(1).random(200_000)
    sampler = fastsamplers.WeightedRandomSampler(base, 2)
    list(sampler)
    seen = {sampler._table.fingerprint}
    for apart in (1, 8, 16, 32, 1024, 65_536):  # the lanes and parts of a fingerprint
        base[[0, apart]] = base[[apart, 0]]
        list(sampler)
        seen.add(sampler._table.fingerprint)
        base[:] = np.roll(base, apart)
        list(sampler)
        seen.add(sampler._table.fingerprint)
    assert len(seen) == 13


@pytest.mark.parametrize("mode", ["r", "r+", "c"])
@pytest.mark.parametrize("dtype", ["float64", "float32", "float16"])
@pytest.mark.filterwarnings("ignore:The given NumPy array is not writable")
def test_memory_maps(same, states, tmp_path: Path, dtype: str, mode: str) -> None:
    np.save(tmp_path / "weights.npy", values(dtype))

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
    np.save(tmp_path / "weights.npy", np.ones(N, dtype=np.float32))
    weights = np.load(tmp_path / "weights.npy", mmap_mode="r+")
    sampler = fastsamplers.WeightedRandomSampler(weights, 100)
    weights[:-1] = 0  # what changes in the file counts, as nothing has been copied
    assert list(sampler) == [N - 1] * 100


@pytest.mark.parametrize("replacement", [True, False])
@pytest.mark.parametrize("name", [name for name in ASSIGNED if "meta" not in name])
def test_another_default_device(same, attempt, trace, name: str, replacement: bool) -> None:
    """Made under it, and used under it after being made elsewhere."""

    def scenario(library):
        made = attempt(lambda: SAMPLER[library.name](ASSIGNED[name](), 2, replacement) is not None)
        if made[0] == "raised":
            return made
        outside = SAMPLER[library.name](ASSIGNED[name](), 2, replacement)
        with torch.device("meta"):
            inside = SAMPLER[library.name](ASSIGNED[name](), 2, replacement)
            outcome = [trace(lambda: inside), trace(lambda: outside), str(inside.weights.device)]
        return [*outcome, trace(lambda: inside), trace(lambda: outside)]

    same(scenario)
