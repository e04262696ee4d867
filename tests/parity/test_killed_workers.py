"""Workers of a DataLoader killed by SIGKILL: a clear error, no hang, and exactly the rest."""

from __future__ import annotations

import sys

import pytest

from trust.faults.children import lines_of
from trust.faults.workers import Kill, survives

pytestmark = [
    pytest.mark.skipif(sys.platform != "linux", reason="forks workers and kills them"),
]


def test_kills_at_random_moments() -> None:
    """In a process of its own, under a watchdog."""
    assert lines_of("workers", 3, 8, patience=280) == [""] * 8


def test_a_loop_that_meets_no_kill_is_reported() -> None:
    """Or the test above could not fail."""
    wrong = survives(Kill("ours, random", persistent=False, epoch=0, after=3, killed=0))
    assert any("the error was None" in text for text in wrong)
