"""The functions under torch.func and dispatch modes, and tensors without memory: left to torch."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import torch
from torch._subclasses.fake_tensor import FakeTensorMode
from torch.func import grad, vmap

from fastsamplers import functional

SIDES = (torch, functional)
WEIGHTS = torch.rand(50, dtype=torch.float64, generator=torch.Generator().manual_seed(1))


def same(run: Callable[[Any], object]) -> object:
    seen = []
    for module in SIDES:
        torch.default_generator.manual_seed(7)
        try:
            seen.append(run(module))
        except Exception as error:
            seen.append((type(error).__name__, str(error)))
        seen.append(torch.get_rng_state().tolist())
    assert seen[:2] == seen[2:]
    return seen[0]


CALLS: dict[str, Callable[[Any, torch.Tensor], torch.Tensor]] = {
    "given weights": lambda module, row: module.multinomial(row, 3, True) + row[:3] * 0,
    "other weights": lambda module, row: module.multinomial(WEIGHTS, 3, True) + row[:3] * 0,
    "without replacement": lambda module, row: module.multinomial(row, 3) + row[:3] * 0,
    "randperm": lambda module, row: module.randperm(3) + row[:3] * 0,
    "randint": lambda module, row: module.randint(9, (3,)) + row[:3] * 0,
}


@pytest.mark.parametrize("call", CALLS.values(), ids=CALLS)
@pytest.mark.parametrize("randomness", ["different", "same", "error"])
def test_vmap(call: Callable[[Any, torch.Tensor], torch.Tensor], randomness: str) -> None:
    rows = WEIGHTS.view(5, 10)
    same(lambda module: vmap(lambda row: call(module, row), randomness=randomness)(rows).tolist())


@pytest.mark.parametrize("call", CALLS.values(), ids=CALLS)
def test_grad(call: Callable[[Any, torch.Tensor], torch.Tensor]) -> None:
    same(lambda module: grad(lambda row: call(module, row).sum())(WEIGHTS).tolist())


@pytest.mark.parametrize("call", CALLS.values(), ids=CALLS)
def test_fake_tensors(call: Callable[[Any, torch.Tensor], torch.Tensor]) -> None:
    def run(module: Any) -> object:
        with FakeTensorMode(allow_non_fake_inputs=True):
            drawn = call(module, torch.rand(10))
            return type(drawn).__name__, drawn.shape

    same(run)


@pytest.mark.parametrize(("count", "replacement"), [(1, False), (10, True), (10, False)])
def test_weights_whose_memory_was_given_back(count: int, replacement: bool) -> None:
    weights = torch.rand(500).double()
    weights.untyped_storage().resize_(0)
    kind, _ = same(lambda module: module.multinomial(weights, count, replacement).tolist())
    assert kind == "RuntimeError"


def test_a_result_whose_memory_was_given_back() -> None:
    for call in (
        lambda module, out: module.multinomial(WEIGHTS, 10, True, out=out),
        lambda module, out: module.randperm(10, out=out),
    ):

        def run(module: Any, call: Any = call) -> object:
            out = torch.empty(10, dtype=torch.int64)
            out.untyped_storage().resize_(0)
            return call(module, out).tolist()

        same(run)
