"""The attribute weights: what it is, which changes count and when, and what is kept of it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import torch
import torch.utils.data
from hypothesis import given, settings
from hypothesis import strategies as st

import fastsamplers
from fastsamplers import _core

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
            torch.default_generator.manual_seed(1)
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


@pytest.mark.parametrize("count", [10, 3000], ids=["few draws", "many draws"])
def test_a_table_is_kept_while_the_content_stays(count: int) -> None:
    weights = np.random.default_rng(1).random(3000)
    sampler = fastsamplers.WeightedRandomSampler(weights, count)
    list(sampler)
    table = sampler._table
    assert table is not None
    list(sampler)
    list(sampler.blocks())
    sampler.num_samples = count + 20
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


@pytest.mark.parametrize("count", [2, 60], ids=["few draws", "many draws"])
def test_one_more_weight_makes_another_table(count: int) -> None:
    """Also a zero behind zeros, which leaves the fingerprint as it is."""
    weights = np.ones(32)
    weights[0] = 0
    sampler = fastsamplers.WeightedRandomSampler(weights, count)
    list(sampler)
    table = sampler._table
    sampler.weights = torch.from_numpy(np.append(weights, 0.0))
    list(sampler)
    assert sampler._table is not table
    assert len(sampler._table.lookup) == 33


def test_few_and_many_draws_in_turn(same) -> None:
    """Few are made without a table, but by one that stands; each pass is torch's."""
    kinds = []

    def scenario(library):
        weights = values()
        sampler = SAMPLER[library.name](weights, 5)
        outcome = []
        for count in (5, 400, 5, 61, 62, 2, 400):
            sampler.num_samples = count
            for _ in "ab":
                outcome.append(list(sampler))
                if library.name == "fastsamplers":
                    kinds.append(type(sampler._table.lookup))
            weights[count] = 0
        return outcome

    same(scenario)
    few, many = _core.BlockSums, _core.CdfTable
    assert kinds == [few, few, many, many, *[few] * 4, many, many, few, few, many, many]
    sampler = fastsamplers.WeightedRandomSampler(values(), 5)
    list(sampler)
    sampler.num_samples = 400
    list(sampler)
    table = sampler._table
    assert type(table.lookup) is many
    sampler.num_samples = 5
    list(sampler)
    assert sampler._table is table  # it stands, so few draws take it too


@settings(max_examples=150)
@given(
    n=st.sampled_from([2, 31, 33, 1000, 1024, 1025, 65_536, 65_537, 262_145]),
    few=st.booleans(),
    share=st.floats(0, 1),
    factor=st.sampled_from([0.0, 0.5, 1 + 2**-52, 2.0]),
)
def test_one_changed_weight_makes_another_table(n, few, share, factor) -> None:
    weights = np.full(n, 1.0)
    sampler = fastsamplers.WeightedRandomSampler(weights, 2 if few else max(2, n // 7))
    list(sampler)
    table = sampler._table
    place = min(n - 1, int(share * n))
    weights[place] *= factor
    next(iter(sampler))
    assert sampler._table is not table
    weights[place] = 1
    next(iter(sampler))
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
