"""Weights and arguments that torch refuses: its types and texts, at its moment, nothing drawn."""

from __future__ import annotations

import itertools
import math
from typing import Any

import numpy as np
import pytest
import torch
import torch.utils.data

import fastsamplers
import fastsamplers.functional
from fastsamplers import _core

SAMPLER = {
    "torch": torch.utils.data.WeightedRandomSampler,
    "fastsamplers": fastsamplers.WeightedRandomSampler,
}
MULTINOMIAL = {"torch": torch.multinomial, "fastsamplers": fastsamplers.functional.multinomial}
pytestmark = pytest.mark.filterwarnings("ignore:num_samples should be at most the number of nonz")

NAN, INF = math.nan, math.inf
SPOILED = {
    "empty": [],
    "zero": [0.0],
    "all zero": [0.0, -0.0, 0.0],
    "one": [-1.0],
    "minus infinity": [1.0, -INF, 1.0],
    "tiny negative": [1.0, -5e-324, 1.0],
    # The first fault decides, and NaN is the same fault as a negative weight.
    **{
        f"order {order}": [1.0, *order, 1.0]
        for size in (1, 2, 3)
        for order in itertools.permutations((-1.0, NAN, INF), size)
    },
    "zeros before": [0.0, 0.0, NAN],
    "zeros after": [INF, 0.0, 0.0],
    "negative NaN": [1.0, math.copysign(NAN, -1.0)],
    "at the end": [1.0] * 3000 + [INF],
    "far apart": [1.0] * 1030 + [INF] + [1.0] * 70_000 + [NAN],
    "far apart, the other way": [1.0] * 1030 + [NAN] + [1.0] * 70_000 + [INF],
    "largest": [np.finfo(np.float64).max] * 3,
}
FLOATS = ("float64", "float32", "float16", "bfloat16")


@pytest.mark.parametrize("dtype", FLOATS)
@pytest.mark.parametrize("name", SPOILED)
def test_the_function_with_spoiled_weights(same, attempt, states, name: str, dtype: str) -> None:
    weights = torch.tensor(SPOILED[name], dtype=torch.float64).to(getattr(torch, dtype))

    def scenario(library):
        generator = torch.Generator().manual_seed(1)
        outcome = []
        for count, replacement in itertools.product((1, 2, 3, 5000), (True, False)):
            call = lambda k=count, r=replacement: MULTINOMIAL[library.name](  # noqa: E731
                weights, k, r, generator=generator
            )
            outcome.append((attempt(call), states(generator)))
        return outcome

    same(scenario)


@pytest.mark.parametrize("form", [list, np.float64, np.float32, torch.float64, torch.float32])
@pytest.mark.parametrize("name", SPOILED)
def test_the_sampler_with_spoiled_weights(same, trace, name: str, form: Any) -> None:
    plain = SPOILED[name]
    if isinstance(form, torch.dtype):
        weights = torch.tensor(plain, dtype=form)
    else:
        with np.errstate(over="ignore"):
            weights = plain if form is list else np.array(plain, dtype=np.float64).astype(form)

    def scenario(library):
        generator = torch.Generator().manual_seed(1)
        outcome = []
        for count, replacement in itertools.product((1, 2, 3), (True, False)):
            sampler = SAMPLER[library.name](weights, count, replacement, generator)
            for source in (sampler, library.BatchSampler(sampler, 2, False)):
                outcome += [trace(lambda s=source: s, generator) for _ in "ab"]
        return outcome

    same(scenario)


@pytest.mark.parametrize("place", [0, 31, 1023, 1024, 65_535, 65_536, 299_999])
@pytest.mark.parametrize("fault", [-1.0, NAN, INF])
def test_one_spoiled_weight_anywhere(same, attempt, states, threads, fault: float, place) -> None:
    weights = torch.ones(300_000, dtype=torch.float64)
    weights[place] = fault
    threads(2)

    def scenario(library):
        return [
            (attempt(lambda a=arguments: MULTINOMIAL[library.name](weights, *a)), states())
            for arguments in ((5, True), (5, False))
        ]

    assert all(outcome[0] == "raised" for outcome, _ in same(scenario))


ODD_WEIGHTS: dict[str, Any] = {
    "None": None,
    "number": 3.0,
    "text": "abc",
    "texts": ["a", "b"],
    "rows": [[1.0, 2.0], [3.0, 4.0]],
    "ragged": [[1.0], [2.0, 3.0]],
    "one row": torch.ones(1, 3),
    "rows of float32": np.ones((2, 2), dtype=np.float32),
    "no dimension": torch.tensor(1.0),
    "no dimension of float32": np.array(1.0, dtype=np.float32),
    "empty float32": np.empty(0, dtype=np.float32),
    "empty rows": torch.empty(3, 0),
    "set": {1.0, 2.0},
    "dict": {"a": 1.0},
    "range": range(1, 4),
    "tuple of ints": (1, 2, 3),
    "bools": [True, False, True],
    "complex": torch.ones(3, dtype=torch.complex128),
    "bytes swapped": np.ones(3, dtype=">f4"),
    "meta": torch.ones(3, device="meta"),
    "sparse": torch.eye(3)[0].to_sparse(),
    "sparse float64": torch.eye(3, dtype=torch.float64)[0].to_sparse(),
}
ODD_NUMBERS = [
    0,
    -1,
    True,
    False,
    None,
    2.0,
    "2",
    np.int64(2),
    [2],
    torch.tensor(2),
    4,
    2**63,
    -(2**63),
]


@pytest.mark.filterwarnings("ignore:Casting complex values to real")
@pytest.mark.parametrize("name", ODD_WEIGHTS)
def test_odd_weights(same, trace, attempt, name: str) -> None:
    def scenario(library):
        outcome = []
        for replacement in (True, False):
            make = lambda r=replacement: SAMPLER[library.name](ODD_WEIGHTS[name], 2, r)  # noqa: E731
            outcome += [attempt(lambda m=make: m() is not None), trace(make)]
            outcome.append(attempt(lambda m=make: len(m())))
        return outcome

    same(scenario)


@pytest.mark.parametrize("weights", [[1.0, 2.0, 3.0], np.ones(3, dtype=np.float32), None, [[1.0]]])
@pytest.mark.parametrize("number", ODD_NUMBERS, ids=repr)
def test_odd_numbers_of_samples(same, trace, number: object, weights: Any) -> None:
    def scenario(library):
        return [
            trace(lambda r=replacement: SAMPLER[library.name](weights, number, r), steps=5)
            for replacement in (True, False, 1)
        ]

    same(scenario)


@pytest.mark.parametrize("replacement", [0, 1, None, "x", [], np.True_, torch.tensor(True)])
def test_replacement_that_is_no_bool(same, trace, replacement: object) -> None:
    same(lambda library: trace(lambda: SAMPLER[library.name]([1.0, 2.0], 2, replacement)))


@pytest.mark.parametrize("generator", ["cpu", 5, torch.Generator, np.random.default_rng(1)])
def test_a_generator_of_another_kind(same, trace, generator: object) -> None:
    def scenario(library):
        return [
            trace(lambda k=count, r=replacement: SAMPLER[library.name]([1.0, 2], k, r, generator))
            for count, replacement in itertools.product((1, 2), (True, False))
        ]

    same(scenario)


def test_the_order_of_the_checks(same, attempt) -> None:
    def scenario(library):
        make = SAMPLER[library.name]
        ours = {} if library.name == "torch" else {"strict": "none"}
        return [
            attempt(lambda: make([[1.0]], 0, 1, **ours)),
            attempt(lambda: make([[1.0]], 1, 1, **ours)),
            attempt(lambda: make([[1.0]], 1, True, **ours)),
            attempt(lambda: make("a", 1, True, **ours)),
        ]

    same(scenario)


def test_wrong_numbers_of_arguments_are_type_errors() -> None:
    for arguments in ((), ([1.0],), ([1.0], 1, True, None, False)):
        with pytest.raises(TypeError):
            fastsamplers.WeightedRandomSampler(*arguments)
    ones = torch.ones(3)
    for arguments in ((), (ones,), (ones, 1, True, None)):
        with pytest.raises(TypeError):
            fastsamplers.functional.multinomial(*arguments)


def test_what_cannot_fit_is_refused_before_anything_is_drawn(states) -> None:
    generator = torch.Generator().manual_seed(1)
    before = states(generator)
    with pytest.raises(MemoryError, match=r"8000000000000 bytes.*draw it in parts"):
        fastsamplers.functional.multinomial(torch.ones(3), 10**12, True, generator=generator)
    assert states(generator) == before
    # The look at so many weights would come first: the table by itself.
    with pytest.raises(MemoryError, match=r"n=1000000000000000 weights.*replacement=False"):
        _core.CdfTable(np.broadcast_to(np.ones(1), 10**15), False)


def test_a_pass_after_an_error_is_as_if_there_had_been_none(same, attempt, states) -> None:
    def scenario(library):
        weights = np.ones(100)
        outcome = []
        for replacement in (True, False):
            sampler = SAMPLER[library.name](weights, 60, replacement)
            outcome.append(list(sampler))
            for fault in (-1.0, NAN, INF):
                weights[50] = fault
                outcome += [attempt(lambda s=sampler: list(s)), states()]
                weights[50] = 1
                outcome += [list(sampler), states()]
        return outcome

    same(scenario)
