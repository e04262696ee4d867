"""Forks at several places of a pass of every kind, with and without a thread that reads ahead."""

from __future__ import annotations

import os

import pytest

from trust.faults.cases import CASES
from trust.faults.forks import fork_in_a_pass, status_of_child, workers_in_a_pass

pytestmark = [
    pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork here"),
    pytest.mark.filterwarnings("ignore:.* for the second time, which gives the order"),
]
# From some thousand indices on these are read ahead.
LONG = (
    "batches as arrays",
    "random, in blocks",
    "subset of a list, in blocks",
    "wrapper, in blocks",
)


@pytest.mark.parametrize("name", CASES)
def test_both_go_on_with_the_same_rest(name: str) -> None:
    assert fork_in_a_pass(name, 1_000, [0, 1, 7]) == []


@pytest.mark.parametrize("count", [1, 2], ids=["one thread", "read ahead"])
@pytest.mark.parametrize("name", LONG)
def test_both_go_on_with_a_long_rest(threads, name: str, count: int) -> None:
    threads(count)
    items = 2_000
    assert fork_in_a_pass(name, 100 * items, [0, items // 3, items // 2, items - 1]) == []


@pytest.mark.parametrize("name", CASES)
def test_workers_that_begin_in_the_middle_of_a_pass(name: str) -> None:
    assert workers_in_a_pass(name, 1_000, 5) == []


def test_a_child_that_differs_is_noticed() -> None:
    """Or none of these tests could fail."""
    assert status_of_child(lambda: True) == 0
    assert status_of_child(lambda: False) == 1
    assert status_of_child(lambda: os.kill(os.getpid(), 9) is None) == -9
