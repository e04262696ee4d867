"""Sends SIGINT, as Ctrl-C does, to a process in the middle of a long call.

The process (``python -m trust.faults.interrupts SCALE NAME ...``) makes each call once for its
result; after that for each line that it is given: it says that it begins, and then what became of
the call. It has to come out with KeyboardInterrupt, and then give the same result as before.
"""

from __future__ import annotations

import random
import signal
import subprocess
import sys
import threading
import time
import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch.utils.data

from trust.faults.cases import generator
from trust.faults.long_calls import LONG_CALLS


@dataclass(frozen=True)
class Answer:
    """What became of a call that was interrupted: ``seconds`` from the signal to its end."""

    name: str
    seconds: float
    was_inside: bool  # or the call had ended before the signal came
    wrong: str


def interrupted(
    names: list[str], scale: float, rounds: int, drawn: random.Random, patience: float = 600
) -> Iterator[Answer]:
    """Interrupts each call at ``rounds`` random moments, in one process of their own.

    Raises:
        RuntimeError: the process has died, or was killed after ``patience`` seconds.
    """
    child = subprocess.Popen(
        [sys.executable, "-m", "trust.faults.interrupts", str(scale), *names],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, bufsize=1,
    )  # fmt: skip
    assert child.stdin is not None
    assert child.stdout is not None
    watchdog = threading.Timer(patience, child.kill)
    watchdog.start()
    try:
        for name in names:
            taken = float(_line(child, "takes"))
            for _ in range(rounds):
                child.stdin.write("again\n")
                _line(child, "begins")
                time.sleep(drawn.uniform(0, taken))  # any moment will do
                sent = time.monotonic()
                child.send_signal(signal.SIGINT)
                child.stdin.write("sent\n")
                inside, ended, wrong = _line(child, "came out").split(" ", 2)
                yield Answer(name, float(ended) - sent, inside == "inside", wrong)
            child.stdin.write("enough\n")
        child.stdin.close()
        child.wait()
    finally:
        watchdog.cancel()
        child.kill()
        child.stdout.close()
        child.wait()


def _line(child: subprocess.Popen[str], begin: str) -> str:
    assert child.stdout is not None
    line = child.stdout.readline()
    if not line.startswith(begin):
        raise RuntimeError(f"the process should say {begin!r}, but said {line!r}")
    return line.removeprefix(begin).strip("\n").removeprefix(" ")


def _say(text: str) -> None:
    print(text, flush=True)


def _sample(result: Any) -> bytes:
    """Of a long result its length and 10,000 values."""
    values = np.asarray(result)
    return str(values.shape).encode() + values[:: max(1, len(values) // 10_000)].tobytes()


def _serve(name: str, scale: float) -> None:
    call = LONG_CALLS[name]
    n = int(call.size * scale)
    drawn = generator()
    made = call.make(n, drawn)
    begun = time.monotonic()
    expected = _sample(call.call(made, drawn))
    taken = time.monotonic() - begun
    after = drawn.get_state()
    wrong = ""
    if call.torchs is not None:
        drawn.manual_seed(9)
        if _sample(call.torchs(n, drawn)) != expected:
            wrong = "not torch's result; "
    _say(f"takes {taken}")
    while sys.stdin.readline() == "again\n":
        drawn.manual_seed(9)
        before = drawn.get_state()
        inside = "inside"
        try:
            _say("begins")
            call.call(made, drawn)
            inside = "outside"
            while True:  # not one long wait, which a signal just before it would not end
                time.sleep(0.01)
        except KeyboardInterrupt:
            ended = time.monotonic()
        # Read here alone: a line that an interrupt cuts off would be lost.
        while (line := sys.stdin.readline()) != "sent\n":
            if not line:
                return
        # A pass draws more than once, a function all or nothing.
        is_pass = isinstance(made, torch.utils.data.Sampler)
        if not is_pass and not any(torch.equal(drawn.get_state(), s) for s in (before, after)):
            wrong += "the generator stands in between; "
        drawn.manual_seed(9)
        if _sample(call.call(made, drawn)) != expected:
            wrong += "another result after the interrupt; "
        if not torch.equal(drawn.get_state(), after):
            wrong += "another state of the generator after the interrupt; "
        _say(f"came out {inside} {ended} {wrong}")
        wrong = ""


def main() -> None:
    warnings.simplefilter("ignore")
    # Shells start what runs in the background with this signal ignored, and Python leaves it so.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    scale, *names = sys.argv[1:]
    for name in names:
        _serve(name, float(scale))


if __name__ == "__main__":
    main()
