"""Faults at random for so many minutes, counted: ``python -m trust.faults --minutes 10``."""

from __future__ import annotations

import argparse
import json
import random
import sys
import time
import warnings
from collections.abc import Callable, Iterator
from typing import Any

from tests.parity import kill_runs
from trust import record
from trust.faults import cases, forks, leaks, limits, long_calls, shared_memory, threads
from trust.faults.children import lines_of
from trust.faults.interrupts import Answer, interrupted
from trust.record import Row

# How large the calls are that are interrupted, in parts of their size in long_calls.py.
_SCALE = 0.1
_PASSES = 1_000
_LEAKS = "ways to iterate watched for leaks, 1,000 passes each"
# Milliseconds within which a call has to come out of an interrupt.
_MOST_WAIT = 1_000


class Counts:
    """What was tried and what failed, of several kinds."""

    def __init__(self) -> None:
        self._rows: dict[str, list[Any]] = {}
        self.faults: list[str] = []

    def add(self, what: str, unit: str, count: int, wrong: list[str]) -> None:
        """``count`` more were tried, of which the faults in ``wrong`` tell one each."""
        row = self._rows.setdefault(what, [0, unit, 0])
        count = max(count, len(wrong))
        row[0] += count
        row[2] += min(count, len(wrong))
        self.faults += wrong
        for text in wrong:
            print(f"FAULT {text}", flush=True)

    def most(self, what: str, unit: str, count: int, bound: int) -> None:
        """A figure of which the greatest counts, and has failed above ``bound``."""
        row = self._rows.setdefault(what, [1, unit, 0])
        row[0] = max(row[0], count)
        if count > bound:
            row[2] = 1
            self.faults.append(f"{what}: {count} {unit}, more than {bound}")
            print(f"FAULT {self.faults[-1]}", flush=True)

    def rows(self) -> list[Row]:
        return [
            Row(what, count, unit, failed)
            for what, (count, unit, failed) in self._rows.items()
            if count > 0
        ]


def kill_trainings(counts: Counts, drawn: random.Random) -> None:
    """A training on 1 to 4 ranks that is killed, goes on with others, and is killed again."""
    kills = 6
    told = kill_runs.run(
        kills,
        seed=drawn.randrange(2**31),
        algorithm=drawn.choice(["torch", "feistel"]),
        layout=drawn.choice(["interleaved", "contiguous"]),
        workers=drawn.choice([0, 2]),
    )
    samples = int(told["samples_trained"])
    changed = [*(["a batch was repeated otherwise"] * told["batches_repeated_otherwise"])]
    lost = [f"lost in {told}"] * told["samples_lost"]
    repeated = [f"repeated in {told}"] * told["samples_repeated"]
    counts.add("a training on 1-4 ranks killed by SIGKILL", "kills", kills, changed)
    counts.add("samples of these trainings, lost or repeated", "samples", samples, lost + repeated)


def kill_workers(counts: Counts, drawn: random.Random) -> None:
    """Workers of a DataLoader killed in the middle of its loop."""
    rounds = 10
    try:
        lines = lines_of("workers", drawn.randrange(2**31), rounds)
        wrong = [line for line in lines if line]
        if len(lines) != rounds:
            wrong.append(f"only {len(lines)} of {rounds} kills were told of")
    except RuntimeError as error:
        wrong = [str(error)]
    counts.add("DataLoader workers killed by SIGKILL", "kills", rounds, wrong)


def kill_owners(counts: Counts, drawn: random.Random) -> None:
    """Ranks that share a permutation killed, while it is made and while it is read."""
    rounds = 3
    wrong = [text for _ in range(rounds) for text in shared_memory.random_kill(drawn)]
    counts.add("owners of shared memory killed by SIGKILL", "kills", rounds, wrong)


def interrupt(counts: Counts, drawn: random.Random) -> None:
    """SIGINT in the middle of long calls."""
    names = drawn.sample([*long_calls.LONG_CALLS], 5)
    answers: list[Answer] = [*interrupted(names, _SCALE, 4, drawn)]
    inside = [answer for answer in answers if answer.was_inside]
    wrong = [f"{answer.name}: {answer.wrong}" for answer in answers if answer.wrong]
    if not inside:  # so many cannot all have come too late
        counts.add("SIGINT in a long call", "interrupts", 1, [*wrong, f"none came into {names}"])
        return
    counts.add("SIGINT in a long call", "interrupts", len(inside), wrong)
    slowest = max(inside, key=lambda answer: answer.seconds)
    print(f"slowest answer: {slowest.name}, {1000 * slowest.seconds:.0f} ms", flush=True)
    waited = round(1000 * slowest.seconds)
    counts.most("longest wait for KeyboardInterrupt", "ms", waited, _MOST_WAIT)


def fork(counts: Counts, drawn: random.Random) -> None:
    """Forks in the middle of passes, and workers that begin there."""
    for name in drawn.sample([*cases.CASES], 10):
        n = drawn.randrange(500, 5_000)
        items = sum(1 for _ in cases.CASES[name](n)())
        places = drawn.sample(range(items), min(items, 4))
        wrong = forks.fork_in_a_pass(name, n, places)
        counts.add("forks in the middle of a pass", "forks", 2 * len(places), wrong)
        wrong = forks.workers_in_a_pass(name, n, drawn.randrange(items))
        counts.add("workers begun in the middle of a pass", "loops", 1, wrong)


def share_iterators(counts: Counts, drawn: random.Random) -> None:
    """Several threads at one iterator, and at one sampler."""
    for name in drawn.sample(threads.SHARED, 10):
        expected, got = threads.share(name, drawn.randrange(1_000, 50_000), 4)
        wrong = [] if got == expected else [f"{name}: threads that share it lose or repeat items"]
        counts.add("an iterator shared by 4 threads", "passes", 1, wrong)
    for name in drawn.sample(threads.DRAWN_ONCE, 10):
        passes, got_passes = threads.passes_of_one_sampler(name, drawn.randrange(500, 5_000), 4, 3)
        wrong = [] if got_passes == passes else [f"{name}: passes of several threads differ"]
        counts.add("a sampler shared by 4 threads", "passes", 12, wrong)


def limit_memory(counts: Counts, drawn: random.Random) -> None:
    """Calls under limits on the address space."""
    names = drawn.sample([*limits.CALLS], 4)
    lines = lines_of("limits", drawn.randrange(2**31), 8, *names, patience=1200)
    _require_all(counts, "limits on memory around what a call needs", "limits", lines, names)
    for line in lines:
        _, done, refused, wrong = json.loads(line)
        counts.add("limits on memory around what a call needs", "limits", done + refused, wrong)


def watch_for_leaks(counts: Counts, drawn: random.Random) -> None:
    """Passes again and again."""
    names = drawn.sample([*leaks.RUNS], 12)
    lines = lines_of("leaks", _PASSES, *names, patience=1200)
    _require_all(counts, _LEAKS, "ways", lines, names)
    for line in lines:
        name, is_leak, *grown = json.loads(line)
        wrong = [f"{name} grows by {grown} in {_PASSES} passes"] if is_leak else []
        counts.add(_LEAKS, "ways", 1, wrong)


def _require_all(counts: Counts, what: str, unit: str, lines: list[str], names: list[str]) -> None:
    """A process that has ended early without an error has not tried all."""
    told = [json.loads(line)[0] for line in lines]
    if told != names:
        counts.add(what, unit, 1, [f"told of {told}, not of {names}"])


PARTS: tuple[Callable[[Counts, random.Random], None], ...] = (
    kill_trainings, kill_workers, kill_owners, interrupt, fork, share_iterators, limit_memory,
    watch_for_leaks,
)  # fmt: skip


def _by_turns(minutes: float) -> Iterator[Callable[[Counts, random.Random], None]]:
    """All parts once, and then that which has had least time, until the time is over."""
    spent = dict.fromkeys(PARTS, 0.0)
    begun = time.monotonic()
    while time.monotonic() - begun < 60 * minutes or 0.0 in spent.values():
        part = min(PARTS, key=lambda part: spent[part])
        start = time.monotonic()
        yield part
        spent[part] += time.monotonic() - start


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--minutes", type=float, default=10)
    parser.add_argument("--seed", type=int, default=0)
    arguments = parser.parse_args()
    warnings.simplefilter("ignore")
    drawn = random.Random(arguments.seed)
    counts = Counts()
    for part in _by_turns(arguments.minutes):
        print(f"{part.__name__} ...", flush=True)
        part(counts, drawn)
    command = f"python -m trust.faults --minutes {arguments.minutes:g} --seed {arguments.seed}"
    path = record.write("faults", command, counts.rows())
    print(path.read_text())
    return 1 if counts.faults else 0


if __name__ == "__main__":
    sys.exit(main())
