"""What the suites share: two sides of one comparison, timed in one process."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from types import ModuleType

import pytest
import torch
from pytest_benchmark.fixture import BenchmarkFixture

from bench.sides import SIDES
from bench.sizes import CPUS


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The two sides of a comparison are timed one right after the other."""
    seen: dict[tuple[str, str], int] = {}

    def place(item: pytest.Item) -> int:
        parameters = item.callspec.params if hasattr(item, "callspec") else {}
        rest = {name: value for name, value in parameters.items() if name != "side"}
        return seen.setdefault((item.nodeid.partition("[")[0], repr(rest)), len(seen))

    items.sort(key=place)


@pytest.fixture(params=list(SIDES))
def side(request: pytest.FixtureRequest) -> str:
    """Which of the two is measured."""
    return str(request.param)


@pytest.fixture
def samplers(side: str) -> ModuleType:
    """The module that has the sampler classes of this side."""
    return SIDES[side]


@pytest.fixture
def next_setting() -> Iterator[Callable[[], None]]:
    """Before each round: torch on one thread and on all in turn, so that its best one counts."""
    before = torch.get_num_threads()
    counts = itertools.cycle((1, CPUS))
    yield lambda: torch.set_num_threads(next(counts))
    torch.set_num_threads(before)


@pytest.fixture
def measure(
    benchmark: BenchmarkFixture, side: str, next_setting: Callable[[], None]
) -> Callable[..., None]:
    """Times ``run()`` and files it under the work it does, for one row of the table.

    ``indices``: how many indices one run gives. ``floor``: the least ratio to torch that is
    accepted; ``aim``: the ratio that is hoped for. Rounds are few and whole passes long; the least
    of them counts.
    """

    def timed(
        work: str,
        run: Callable[[], object],
        *,
        indices: int,
        floor: float = 0.0,
        aim: float = 0.0,
        rounds: int = 6,
    ) -> None:
        benchmark.group = work
        benchmark.extra_info.update(
            section="time", work=work, indices=indices, floor=floor, aim=aim, side=side
        )
        torch.manual_seed(0)
        benchmark.pedantic(  # type: ignore[no-untyped-call]
            run, setup=next_setting, rounds=rounds, warmup_rounds=1
        )

    return timed


@pytest.fixture
def measure_point(
    benchmark: BenchmarkFixture, next_setting: Callable[[], None]
) -> Callable[..., None]:
    """Times ``run()`` for one point of a series: what is long is run less often.

    ``labels`` say which point it is; ``n`` decides the rounds, and how many runs make one.
    """

    def timed(section: str, run: Callable[[], object], *, n: int, **labels: object) -> None:
        benchmark.group = section
        benchmark.extra_info.update(section=section, n=n, **labels)
        torch.manual_seed(0)
        iterations = max(1, 20_000 // n)
        # torch starts threads for far longer work than what is repeated within a round.
        next_setting()
        benchmark.pedantic(  # type: ignore[no-untyped-call]
            run,
            setup=next_setting if iterations == 1 else None,
            rounds=6 if n < 10_000_000 else 2,
            warmup_rounds=1 if n < 10_000_000 else 0,
            iterations=iterations,
        )

    return timed
