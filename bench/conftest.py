"""What the suites share: two sides of one comparison, timed in one process."""

from __future__ import annotations

from collections.abc import Callable
from types import ModuleType

import pytest
import torch
from pytest_benchmark.fixture import BenchmarkFixture

from bench.sides import SIDES


@pytest.fixture(params=list(SIDES))
def side(request: pytest.FixtureRequest) -> str:
    """Which of the two is measured."""
    return str(request.param)


@pytest.fixture
def samplers(side: str) -> ModuleType:
    """The module that has the sampler classes of this side."""
    return SIDES[side]


@pytest.fixture
def measure(benchmark: BenchmarkFixture, side: str) -> Callable[..., None]:
    """Times ``run()`` and files it under the work it does.

    ``indices``: how many indices one run gives, for the figure per index. ``floor``: the ratio to
    torch that is promised. Rounds are few and whole passes long; the least of them counts.
    """

    def timed(
        work: str, run: Callable[[], object], *, indices: int, floor: float = 0.0, rounds: int = 5
    ) -> None:
        benchmark.group = work
        benchmark.extra_info.update(side=side, indices=indices, floor=floor)
        torch.manual_seed(0)
        benchmark.pedantic(run, rounds=rounds, warmup_rounds=1)  # type: ignore[no-untyped-call]

    return timed
