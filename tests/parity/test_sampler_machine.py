"""Samplers through any sequence of calls, beside a plain model: see sampler_machine.py."""

from __future__ import annotations

import pytest
from hypothesis import settings
from hypothesis.stateful import run_state_machine_as_test

from tests.parity.sampler_machine import SamplerMachine

# One epoch is read more than once here, and Pythons warn of a fork beside threads.
pytestmark = [
    pytest.mark.filterwarnings("ignore:.* for the second time, which gives the order"),
    pytest.mark.filterwarnings("ignore:This process .* is multi-threaded, use of fork"),
]


def test_samplers_go_on_as_their_models() -> None:
    run_state_machine_as_test(
        SamplerMachine,
        settings=settings(
            max_examples=150, stateful_step_count=25, derandomize=True, database=None, deadline=None
        ),
    )
