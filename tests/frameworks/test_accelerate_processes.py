"""Two processes: what reaches each model is the same with torch's samplers and ours."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

pytest.importorskip("accelerate")
pytest.importorskip("torchdata")

from tests.frameworks.runs.accelerate_processes import DONE, LOADERS, OPTIONS, SIZES, TRAINED

UNTOUCHED = pytest.mark.conformance("Accelerate", "training in several processes", "untouched")
ADAPTED = pytest.mark.conformance("Accelerate", "training in several processes", "adapter")
DISPATCHED = pytest.mark.conformance("Accelerate", "`dispatch_batches=True`", "untouched")
ONCE = ("sequential", "random", "random, generator", "subset")


@pytest.fixture(scope="module")
def ranks(launch: Callable[..., list[Any]]) -> list[Any]:
    return launch("accelerate_processes", 2)


def select(ranks: list[Any], *wanted: Any) -> Iterator[tuple[list[Any], list[dict[str, Any]]]]:
    """Cases in which all that is wanted occurs, with what both processes found."""
    cases = 0
    for (case, one), (_, other) in zip(*ranks, strict=True):
        if all(value in case for value in wanted):
            cases += 1
            yield case, [one, other]
    assert cases > 0, wanted


def flat(epochs: list[list[int]]) -> list[int]:
    return [index for batch in epochs for index in batch]


def require_same(ranks: list[Any], variant: str, *wanted: Any) -> None:
    for case, found in select(ranks, *wanted):
        for rank, variants in enumerate(found):
            assert variants[variant] == variants["torch"], (case, rank)


@pytest.mark.parametrize("kind", TRAINED)
@UNTOUCHED
def test_samplers(ranks: list[Any], kind: str) -> None:
    """With and without ``use_seedable_sampler``; also resumed by Accelerate's function."""
    for options in ("seedable", "not seedable"):
        require_same(ranks, "untouched", options, kind)


@pytest.mark.parametrize("variant", ["adapted", "torch, adapted"])
@pytest.mark.parametrize("kind", TRAINED)
@ADAPTED
def test_samplers_adapted(ranks: list[Any], kind: str, variant: str) -> None:
    for options in ("seedable", "not seedable"):
        require_same(ranks, variant, options, kind)


VARIANTS = [
    pytest.param("untouched", marks=UNTOUCHED),
    pytest.param("adapted", marks=ADAPTED),
    pytest.param("torch, adapted", marks=ADAPTED),
]


@pytest.mark.parametrize("variant", VARIANTS)
@pytest.mark.parametrize("loader", LOADERS)
def test_loaders(ranks: list[Any], loader: str, variant: str) -> None:
    require_same(ranks, variant, loader)


@pytest.mark.parametrize("variant", VARIANTS)
@pytest.mark.parametrize("options", [name for name in OPTIONS if "dispatch" not in name])
def test_options(ranks: list[Any], options: str, variant: str) -> None:
    require_same(ranks, variant, options)


@pytest.mark.parametrize("options", [name for name in OPTIONS if "dispatch" in name])
@DISPATCHED
def test_dispatch(ranks: list[Any], options: str) -> None:
    """One process reads for all, with the adapter and without."""
    for variant in ("untouched", "adapted", "torch, adapted"):
        require_same(ranks, variant, options)
    for _, (one, other) in select(ranks, options):
        for epoch in range(3):
            both = (found["untouched"]["epochs"][epoch] for found in (one, other))
            assert {*flat([batch for part in both for batch in part])} == {*range(SIZES[1])}


@pytest.mark.parametrize("kind", ONCE)
@ADAPTED
def test_each_sample_comes_once(ranks: list[Any], kind: str) -> None:
    """Where processes and batches divide their number; else the fewest are repeated."""
    for (options, _, _, n), found in select(ranks, kind, "sampler"):
        if options not in ("seedable", "not seedable"):
            continue
        samples = [*range(0, 3 * n, 3)] if kind == "subset" else [*range(n)]
        for variant in found[0]:
            for epoch in range(3):
                shares = [rank[variant]["epochs"][epoch] for rank in found]
                steps = found[0][variant]["len"]
                assert [len(share) for share in shares] == [steps, steps]
                given = flat(shares[0] + shares[1])
                if n == SIZES[0]:
                    assert sorted(given) == samples
                else:
                    assert {*given} == {*samples}
                    assert len(given) == 30


@ADAPTED
def test_epochs_differ(ranks: list[Any]) -> None:
    for _, found in select(ranks, "random"):
        for variants in found:
            for found_ in variants.values():
                first, second, third = found_["epochs"]
                assert first != second != third


@ADAPTED
def test_the_rest_of_an_epoch(ranks: list[Any]) -> None:
    """In epoch 2: what is left of the samples that the first batches did not have."""
    for (_, _, _, n), found in select(ranks, "seedable", "random", "sampler"):
        for variant in found[0]:
            rests = [rank[variant]["rest"] for rank in found]
            steps = found[0][variant]["len"]
            assert [len(rest) for rest in rests] == [steps - DONE] * 2
            if n == SIZES[0]:
                given = flat(rests[0] + rests[1])
                assert len({*given}) == len(given) == n - DONE * 2 * 3
