"""Time against n: every sampler, in every form a pass is read in, and ``randperm``."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from types import ModuleType
from typing import Any

import pytest
import torch

from bench.sides import FUNCTIONS, SIDES, drain, equal_permutations, result_tensor
from bench.sizes import decades

MeasurePoint = Callable[..., None]
Make = Callable[[ModuleType, int], Any]

SAMPLERS: dict[str, Make] = {
    "RandomSampler": lambda module, n: module.RandomSampler(range(n)),
    "RandomSampler(replacement=True)": lambda module, n: module.RandomSampler(range(n), True, n),
    "SequentialSampler": lambda module, n: module.SequentialSampler(range(n)),
    "SubsetRandomSampler of a list": lambda module, n: module.SubsetRandomSampler(list(range(n))),
    "DistributedSampler, one rank of 8": lambda module, n: module.DistributedSampler(
        range(n), num_replicas=8, rank=3
    ),
}
# How a pass in this form is started, again and again.
FORMS: dict[str, Callable[[ModuleType, Any], Callable[[], Iterable[Any]]]] = {
    "ints": lambda module, sampler: sampler.__iter__,
    "lists": lambda module, sampler: module.BatchSampler(sampler, 256, False).__iter__,
    "tensors": lambda module, sampler: (
        module.BatchSampler(sampler, 256, False, output="torch").__iter__
    ),
    "blocks": lambda module, sampler: sampler.blocks,
}
# torch has no other forms.
TORCH_FORMS = ("ints", "lists")


def most(sampler: str, form: str) -> int:
    """Up to which n this sampler is read in this form."""
    if sampler != "RandomSampler":
        return 1_000_000
    return 1_000_000_000 if form == "blocks" else 10_000_000


def cases() -> Iterator[Any]:
    """(sampler, form, n, side); the two sides of one comparison follow each other."""
    for sampler in SAMPLERS:
        for form in FORMS:
            for n in decades(100, most(sampler, form)):
                for side in SIDES if form in TORCH_FORMS else ["fastsamplers"]:
                    marks = [pytest.mark.large] if n > 100_000_000 else []
                    yield pytest.param(sampler, form, n, side, marks=marks)


def indices_of(module: ModuleType, sampler: str, form: str) -> list[int]:
    """The indices of one pass in this form."""
    torch.manual_seed(3)
    items = FORMS[form](module, SAMPLERS[sampler](module, 5_003))()
    return [int(index) for item in items for index in ([item] if form == "ints" else item)]


@pytest.mark.parametrize(("sampler", "form", "n", "side"), list(cases()))
def test_sampler(measure_point: MeasurePoint, sampler: str, form: str, n: int, side: str) -> None:
    expected = indices_of(SIDES["torch"], sampler, "ints")
    assert indices_of(SIDES[side], sampler, form) == expected
    made = SAMPLERS[sampler](SIDES[side], n)
    start = FORMS[form](SIDES[side], made)
    measure_point(
        "scaling",
        lambda: drain(start()),
        n=n,
        indices=len(made),
        sampler=sampler,
        form=form,
        side=side,
    )


@pytest.mark.parametrize("n", decades(100, 100_000_000))
def test_randperm(measure_point: MeasurePoint, side: str, n: int) -> None:
    out = result_tensor(n, torch.int64)
    assert equal_permutations(70_001, out=out.new_empty(70_001))
    measure_point(
        "scaling",
        lambda: FUNCTIONS[side].randperm(n, out=out),
        n=n,
        indices=n,
        sampler="randperm",
        form="out=int64",
        side=side,
    )
