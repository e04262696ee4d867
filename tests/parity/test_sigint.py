"""A real SIGINT in the middle of long calls: KeyboardInterrupt comes out, and all can be used."""

from __future__ import annotations

import random
import sys

import pytest

from trust.faults.interrupts import interrupted
from trust.faults.long_calls import LONG_CALLS

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="SIGINT is sent to a process")
NAMES = [
    "randint", "multinomial, few draws", "multinomial, choice", "index_shuffle",
    "buckets, one window", "end of random", "end of infinite", "one batch", "a subset of a list",
]  # fmt: skip


def test_what_was_interrupted_can_be_used() -> None:
    """How long it takes to come out is measured by ``make faults``."""
    answers = [*interrupted(NAMES, 0.02, 2, random.Random(5))]
    assert len(answers) == 2 * len(NAMES)
    assert [answer for answer in answers if answer.wrong] == []
    assert any(answer.was_inside for answer in answers)


def test_every_name_is_a_call() -> None:
    assert {*NAMES} <= LONG_CALLS.keys()
