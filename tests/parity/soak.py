"""Runs the state machines on sequences of calls that no run has tried before, for as long as told.

``python -m tests.parity.soak --seconds 60`` prints, as JSON, how many sequences each has tried. A
sequence that fails is shortened and printed by Hypothesis, and ends the run with an error.
"""

from __future__ import annotations

import argparse
import json
import time
import warnings

from hypothesis import HealthCheck, settings
from hypothesis.stateful import run_state_machine_as_test

from tests.parity.loader_machine import LoaderMachine
from tests.parity.sampler_machine import SamplerMachine

MACHINES = {"samplers": SamplerMachine, "loaders": LoaderMachine}
# Between two looks at the clock.
SOME = settings(
    max_examples=10,
    stateful_step_count=40,
    database=None,
    deadline=None,
    suppress_health_check=list(HealthCheck),
)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=60, help="for each machine")
    seconds = parser.parse_args().seconds
    warnings.simplefilter("error")
    # One epoch is read more than once here, and Pythons warn of a fork beside threads.
    warnings.filterwarnings("ignore", ".* for the second time, which gives the order")
    warnings.filterwarnings("ignore", "This process .* is multi-threaded, use of fork")
    for machine in MACHINES.values():
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            run_state_machine_as_test(machine, settings=SOME)
    print(json.dumps({name: machine.examples for name, machine in MACHINES.items()}))


if __name__ == "__main__":
    main()
