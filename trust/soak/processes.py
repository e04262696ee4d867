"""Two processes that are always busy, and what happens when one of them dies."""

from __future__ import annotations

import multiprocessing
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from itertools import chain
from pathlib import Path

from trust.soak import work

_PROCESSES = 2
# What work.run is given.
Part = tuple[str, int, float, int | None]


def results(parts: Iterator[Part], replacements: str | None) -> Iterator[work.Found]:
    """What ``work.run`` finds in each part, in the order in which they end."""
    pending: dict[Future[work.Found], Part] = {}
    with tempfile.TemporaryDirectory() as folder:
        notes = Path(folder)
        pool = _pool(replacements, notes)
        try:
            while True:
                while len(pending) < 2 * _PROCESSES and (part := next(parts, None)) is not None:
                    pending[pool.submit(work.run, *part)] = part
                if not pending:
                    return
                done, _ = wait(pending, return_when=FIRST_COMPLETED)
                try:
                    for future in done:
                        found = future.result()
                        del pending[future]
                        yield found
                except BrokenProcessPool as broken:
                    # All of its processes are gone, and what they were given.
                    pool.shutdown()
                    ended = [_tried_alone(*each, replacements) for each in work.unfinished(notes)]
                    if not any(found.faults for found in ended):
                        raise RuntimeError(
                            f"a process has ended, at one of {ended}, none alone"
                        ) from broken
                    yield from ended
                    faulty = {found.case for found in ended if found.faults}
                    again = [part for part in pending.values() if part[0] not in faulty]
                    parts = chain(again, parts)
                    pending = {}
                    pool = _pool(replacements, notes)
        finally:
            pool.shutdown()


def _pool(replacements: str | None, notes: Path) -> ProcessPoolExecutor:
    context = multiprocessing.get_context("spawn")
    return ProcessPoolExecutor(_PROCESSES, context, work.prepare, (replacements, notes))


def _tried_alone(case: str, seed: int, replacements: str | None) -> work.Found:
    """One of the configurations at which processes ended, in a process of its own.

    The pool ends all of them when one dies, so that most of these have no fault.
    """
    command = [sys.executable, "-m", "trust.soak", "--case", case, "--seed", str(seed)]
    command += [] if replacements is None else ["--ours", replacements]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode == 0:
        return work.Found(case, 1)
    text = f"exit code {done.returncode}: {done.stdout}{done.stderr}"
    return work.Found(case, 1, [(seed, text.strip()[-300:])])
