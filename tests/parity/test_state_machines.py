"""Samplers and loaders through any sequence of calls, beside plain models of them.

The sequences are the same in every run; ``python -m tests.parity.soak`` tries others.
"""

from __future__ import annotations

import pytest
from hypothesis import settings
from hypothesis.stateful import run_state_machine_as_test

from tests.parity.loader_machine import LoaderMachine
from tests.parity.sampler_machine import SamplerMachine

# One epoch is read more than once here, and Pythons warn of a fork beside threads.
pytestmark = [
    pytest.mark.filterwarnings("ignore:.* for the second time, which gives the order"),
    pytest.mark.filterwarnings("ignore:This process .* is multi-threaded, use of fork"),
]

FIXED = settings(derandomize=True, database=None, deadline=None, stateful_step_count=25)


def test_samplers_go_on_as_their_models() -> None:
    run_state_machine_as_test(SamplerMachine, settings=settings(FIXED, max_examples=120))


def test_loaders_go_on_as_torchs() -> None:
    run_state_machine_as_test(LoaderMachine, settings=settings(FIXED, max_examples=60))
