"""Compares for some minutes, shows how many of each case, and writes the results for the docs."""

from __future__ import annotations

import argparse
import random
import shlex
import sys
import time
from collections.abc import Iterator
from pathlib import Path

from rich.console import Console
from rich.progress import Progress
from rich.table import Table

from trust import record
from trust.soak import processes, work
from trust.soak.cases import CASES

# How long one process stays with a case before it takes another.
_SECONDS_OF_A_PART = 1.0


def main(arguments: list[str]) -> int:
    given = _parser().parse_args(arguments)
    console = Console(highlight=False)
    if given.seed is not None:
        return _run_one(given)
    begin = given.start if given.start is not None else random.SystemRandom().getrandbits(64)
    console.print(f"started with --start {begin}")
    totals = {name: work.Found(name) for name in given.case or CASES}
    started = time.monotonic()
    with Progress(console=console, disable=not console.is_terminal) as progress:
        bar = progress.add_task("comparing", total=1.0)
        for found in _run_parts(given, [*totals], begin):
            total = totals[found.case]
            total.configurations += found.configurations
            total.faults += found.faults
            for seed, text in found.faults:
                line = f"python -m trust.soak --case {shlex.quote(found.case)} --seed {seed}"
                print(f"{line}  # {text}", flush=True)
            share = (time.monotonic() - started) / (60 * given.minutes)
            progress.update(bar, completed=min(1.0, share))
    seconds = time.monotonic() - started
    console.print(_table(totals, seconds))
    if given.results is not None:
        _write(given, totals)
    return 1 if any(found.faults for found in totals.values()) else 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m trust.soak", description=__doc__)
    parser.add_argument("--minutes", type=float, default=3.0)
    parser.add_argument("--count", type=int, help="so many of each case, instead of minutes")
    parser.add_argument("--case", action="append", choices=[*CASES], help="instead of all")
    parser.add_argument("--seed", type=int, help="one configuration of --case, again")
    parser.add_argument("--start", type=int, help="of all seeds, to do a whole run again")
    parser.add_argument("--results", type=Path, help="folder to write soak.json to")
    parser.add_argument("--ours", help="a module whose classes are compared instead of ours")
    return parser


def _run_one(given: argparse.Namespace) -> int:
    if given.case is None:
        sys.exit("--seed belongs to a --case")
    work.prepare(given.ours, None)
    found = work.Found(given.case[0])
    work.one(found, given.seed)
    print(found.faults[0][1] if found.faults else "no difference")
    return 1 if found.faults else 0


def _run_parts(given: argparse.Namespace, names: list[str], begin: int) -> Iterator[work.Found]:
    """Results of parts of the run as they come."""
    seeds = random.Random(begin)
    end = time.monotonic() + 60 * given.minutes

    def parts() -> Iterator[processes.Part]:
        while True:
            for name in names:
                yield name, seeds.getrandbits(64), _SECONDS_OF_A_PART, given.count
            if given.count is not None or time.monotonic() >= end:
                return

    return processes.results(parts(), given.ours)


def _table(totals: dict[str, work.Found], seconds: float) -> Table:
    table = Table(title=f"beside torch, {seconds / 60:.1f} minutes")
    for column in ("case", "configurations", "different"):
        table.add_column(column, justify="left" if column == "case" else "right")
    for name, found in totals.items():
        table.add_row(name, f"{found.configurations:,}", f"{len(found.faults):,}")
    every = sum(found.configurations for found in totals.values())
    table.add_row("all", f"{every:,}", f"{sum(len(of.faults) for of in totals.values()):,}")
    return table


def _write(given: argparse.Namespace, totals: dict[str, work.Found]) -> None:
    rows = [
        record.Row(
            f"{name}: random configurations beside "
            + ("transformers'" if name == "LengthGroupedSampler" else "torch's"),
            found.configurations,
            "configurations",
            len(found.faults),
        )
        for name, found in totals.items()
    ]
    record.write("soak", f"make soak MINUTES={given.minutes:g}", rows, given.results)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
