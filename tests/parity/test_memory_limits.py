"""Limits on the address space around what a call needs: done, or refused in words and unharmed."""

from __future__ import annotations

import json
import sys

import pytest

from trust.faults.children import lines_of

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="needs RLIMIT_AS and /proc")
NAMES = [
    "randperm", "multinomial, few draws", "bucket_argsort", "pack, sequential", "index_shuffle",
    "index shuffle of places", "one block", "one batch", "weighted", "buckets", "loader",
]  # fmt: skip


def test_calls_near_what_they_need() -> None:
    outcomes = [json.loads(line) for line in lines_of("limits", 2, 4, *NAMES)]
    assert [name for name, *_ in outcomes] == NAMES
    assert [text for *_, wrong in outcomes for text in wrong] == []
    assert sum(done for _, done, *_ in outcomes) > 0
    assert sum(refused for _, _, refused, _ in outcomes) > 0
