"""Fuzzing: each libFuzzer target and each state machine for its share of time.

``make fuzz`` builds the targets and runs this. Inputs come from tests/fuzz/corpus and from earlier
runs; what is found is kept in build/fuzz/found. An input that shows a fault is kept in
build/fuzz/faults, and the run fails; a copy of it in tests/fuzz/corpus/TARGET is a regression test.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from fastsamplers import _core
from trust import record

ROOT = Path(__file__).parents[1]
BUILD = ROOT / "build" / "fuzz"
PROGRAMS = BUILD / "tests" / "fuzz"

# What each target holds against what.
TARGETS = {
    "torch_state": "bytes as a generator's state: taken if torch can have written them",
    "engine": "MT19937 at every level against std::mt19937",
    "remainders": "bounded integers at every level against %",
    "copies": "copies and choices of steps at every level against plain loops",
    "feistel_network": "Feistel networks at every level against their formula",
    "index_shuffle": "index shuffles at every level against their formula and their inverse",
    "permutations": "randperm, read in any pieces, against torch's loops",
    "parallel_shuffle": "shuffles by several threads against the plain loop",
    "index_streams": "streams sought and read in any pieces against plain lists",
    "shards": "shards of shards against slices",
    "subset": "items of any array by any indices",
    "argsort": "surveys and argsorts of any array against std::stable_sort",
    "packing": "bins against the textbook's algorithms",
    "bucket_batches": "bucket and grouped batches against plain ones",
    "token_batches": "batches within a budget against plain ones",
    "packed_batches": "batches of bins against plain ones",
    "rank_batches": "steps of ranks after any history against plain ones",
    "weight_survey": "surveys of weights of any bits, at every level",
    "weighted_draws": "multinomial with replacement against running sums",
    "weighted_choice": "multinomial without replacement against topk of quotients",
}
MACHINES = {
    "samplers": "sequences of calls of samplers beside models from torch's",
    "loaders": "sequences of calls of loaders beside torch's",
}

EXECUTIONS = re.compile(r"stat::number_of_executed_units:\s*(\d+)")
EDGES = re.compile(r"\bcov: (\d+)")


@dataclass(frozen=True)
class Outcome:
    """Of one target or machine."""

    name: str
    row: record.Row
    edges: int | None = None  # reached, of the target's own program
    said: str = ""  # where there is a fault


def run_target(name: str, seconds: int) -> Outcome:
    found, faults = BUILD / "found" / name, BUILD / "faults"
    found.mkdir(parents=True, exist_ok=True)
    faults.mkdir(parents=True, exist_ok=True)
    command = [
        str(PROGRAMS / name),
        str(found),
        str(ROOT / "tests" / "fuzz" / "corpus" / name),
        f"-max_total_time={seconds}",
        "-max_len=1024",
        "-len_control=20",
        "-timeout=60",
        "-print_final_stats=1",
        f"-artifact_prefix={faults}/{name}-",
    ]
    options = os.environ | {"UBSAN_OPTIONS": "halt_on_error=1:print_stacktrace=1"}
    ran = subprocess.run(
        command, stderr=subprocess.PIPE, text=True, errors="replace", env=options, check=False
    )
    executions = [int(count) for count in EXECUTIONS.findall(ran.stderr)]
    edges = [int(count) for count in EDGES.findall(ran.stderr)]
    failed = ran.returncode != 0 or not executions
    row = record.Row(TARGETS[name], max([1, *executions]), "executions", int(failed))
    return Outcome(name, row, max(edges, default=0), ran.stderr[-6000:] if failed else "")


def run_machines(seconds: int) -> Iterator[Outcome]:
    command = [sys.executable, "-m", "tests.parity.soak", "--seconds", str(seconds)]
    ran = subprocess.run(command, capture_output=True, text=True, cwd=ROOT, check=False)
    if ran.returncode != 0:
        row = record.Row("; ".join(MACHINES.values()), 1, "sequences", 1)
        yield Outcome("machines", row, said=ran.stdout + ran.stderr)
        return
    counts = json.loads(ran.stdout.splitlines()[-1])
    for name, what in MACHINES.items():
        yield Outcome(name, record.Row(what, counts[name], "sequences"))


def require_targets() -> None:
    """A target that nobody runs would only look like one."""
    corpora = {path.name for path in (ROOT / "tests" / "fuzz" / "corpus").iterdir()}
    missing = sorted(name for name in TARGETS if not (PROGRAMS / name).exists())
    if corpora != {*TARGETS} or missing:
        raise SystemExit(
            f"targets should have a program and a corpus each: no program {missing}, "
            f"not both here and in the corpus {sorted(corpora ^ {*TARGETS})}"
        )


def show(outcome: Outcome) -> None:
    edges = "" if outcome.edges is None else f"{outcome.edges:>7,} edges"
    verdict = "FAULT" if outcome.row.failed else "ok"
    print(
        f"{outcome.name:<17}{outcome.row.count:>12,} {outcome.row.unit:<11}{edges:>14}  {verdict}",
        flush=True,
    )
    if outcome.said:
        print(outcome.said, flush=True)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds-each", type=int, default=15, help="of a target")
    parser.add_argument("--processes", type=int, default=2, help="targets at a time")
    given = parser.parse_args()
    require_targets()
    outcomes = []
    with ThreadPoolExecutor(given.processes) as pool:
        for outcome in pool.map(lambda name: run_target(name, given.seconds_each), TARGETS):
            show(outcome)
            outcomes.append(outcome)
    # Two machines, in the time of four targets.
    for outcome in run_machines(2 * given.seconds_each):
        show(outcome)
        outcomes.append(outcome)
    command = f"make fuzz SECONDS_EACH={given.seconds_each}"
    file = record.write("fuzz", command, [outcome.row for outcome in outcomes])
    print(f"instruction sets up to {_core.active_isa()}; written: {file.relative_to(ROOT)}")
    failed = [outcome.name for outcome in outcomes if outcome.row.failed]
    if failed:
        print(f"faults in {', '.join(failed)}: their inputs are in {BUILD / 'faults'}")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
