"""Kills a training with SIGKILL again and again, and counts what became of its samples.

``python -m tests.parity.kill_runs --kills 40 --json counts.json`` does it by hand.
"""

from __future__ import annotations

import argparse
import collections
import datetime
import json
import os
import platform
import random
import signal
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import torch

from tests.parity import kill_training
from tests.parity.kill_training import BATCH_SIZE, EPOCHS, MOST_RANKS, checkpoint_of, lines_of

# Lines of output for each kill, on average; so many are printed between "up" and the last batch.
_LINES_PER_KILL = 40
# So many batches the training may be ahead of who watches it.
_LEAD = 6


class Run:
    """One training from its start to its end, with interruptions."""

    def __init__(self, folder: Path, kills: int, seed: int, options: dict[str, Any]) -> None:
        self._folder = folder
        self._kills = kills
        self._random = random.Random(seed)
        self._options = options
        self._n = _LINES_PER_KILL * (kills + 1) * BATCH_SIZE // EPOCHS + 3
        self._world = self._random.randint(1, MOST_RANKS)
        self._discarded: list[list[str]] = [[] for _ in range(MOST_RANKS)]
        self.worlds: list[int] = []
        self.counts: dict[str, Any] = {
            "interruptions": 0, "before_first_batch": 0, "inside_checkpoint": 0,
            "batches_discarded": 0, "batches_repeated_identically": 0,
            "batches_repeated_otherwise": 0,
        }  # fmt: skip

    def go(self) -> dict[str, Any]:
        """Trains to the end; what was lost and repeated in each epoch."""
        while self.counts["interruptions"] < self._kills:
            most = 2 * _LINES_PER_KILL if self._random.random() < 0.8 else MOST_RANKS
            if self._attempt(lines=self._random.randrange(most)):
                break
            self.counts["interruptions"] += 1
            kept = checkpoint_of(self._folder)["lines"]
            self._truncate(kept)
            if self._random.random() < 0.6:
                self._world = self._random.randint(1, MOST_RANKS)
        else:
            assert self._attempt(lines=None)
        epochs = self._epochs()
        return {
            **self._options,
            "n": self._n,
            "worlds": "".join(map(str, self.worlds)),
            **self.counts,
            "samples_trained": sum(epoch["trained"] for epoch in epochs),
            "samples_lost": sum(epoch["lost"] for epoch in epochs),
            "samples_repeated": sum(epoch["repeated"] for epoch in epochs),
            "epochs": epochs,
        }

    def _attempt(self, lines: int | None) -> bool:
        """One start of all ranks, killed after so many lines; whether training came to its end."""
        kept = checkpoint_of(self._folder)["lines"]
        (self._folder / "store").unlink(missing_ok=True)
        script = str(Path(kill_training.__file__))
        command = [sys.executable, script, str(self._folder), "--world", str(self._world)]
        for name, value in {"n": self._n, **self._options}.items():
            command += [f"--{name}", str(value)]
        with (self._folder / "errors.txt").open("ab") as errors:
            ranks = subprocess.Popen(
                command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=errors,
                start_new_session=True, bufsize=0,
            )  # fmt: skip
        assert ranks.stdin is not None
        try:
            if lines is None:
                ranks.stdin.close()
            else:
                ranks.stdin.write(b"." * (lines + _LEAD))
            seen = self._watch(ranks, sys.maxsize if lines is None else lines)
        finally:
            _kill_group(ranks)
        self.worlds.append(self._world)
        self._compare_with_discarded(kept)
        has_ended = ranks.returncode == 0
        if ranks.returncode not in (0, -signal.SIGKILL):
            raise AssertionError((self._folder / "errors.txt").read_text()[-3000:])
        if not has_ended:
            has_trained = any(line[0].isdigit() for line in seen)
            self.counts["before_first_batch"] += not has_trained
            self.counts["inside_checkpoint"] += bool(seen) and seen[-1].startswith("sav")
        return has_ended

    @staticmethod
    def _watch(ranks: subprocess.Popen[bytes], lines: int) -> list[str]:
        """Waits for so many lines, or for the end."""
        output: Any = ranks.stdout
        seen = b""
        while seen.count(b"\n") < lines:
            part = output.read(4096)
            if not part:
                ranks.wait()
                break
            seen += part
        return seen.decode().splitlines()

    def _compare_with_discarded(self, kept: list[int]) -> None:
        """What was trained after the last checkpoint is trained again, by as many ranks alike."""
        if len(self.worlds) < 2 or self.worlds[-2] != self._world:
            return
        for rank, discarded in enumerate(self._discarded):
            again = lines_of(self._folder, rank)[kept[rank] :]
            for before, after in zip(discarded, again, strict=False):
                name = "identically" if before == after else "otherwise"
                self.counts[f"batches_repeated_{name}"] += 1

    def _truncate(self, kept: list[int]) -> None:
        for rank in range(MOST_RANKS):
            lines = lines_of(self._folder, rank)
            self._discarded[rank] = lines[kept[rank] :]
            self.counts["batches_discarded"] += len(self._discarded[rank])
            text = "".join(f"{line}\n" for line in lines[: kept[rank]])
            kill_training.log_of(self._folder, rank).write_text(text)

    def _epochs(self) -> list[dict[str, int]]:
        """Of each epoch: what is missing, what is there twice, and what of that is padding."""
        logs = [lines_of(self._folder, rank) for rank in range(MOST_RANKS)]
        lines = [[int(word) for word in line.split()] for log in logs for line in log]
        epochs = []
        for epoch in range(EPOCHS):
            steps = [(step, world, batch) for e, step, world, *batch in lines if e == epoch]
            last, world, _ = max(steps)
            assert sum(step == last for step, *_ in steps) == world
            # Padding can only be the last that a rank has.
            inside = [k for step, _, batch in steps for k in batch[: -1 if step == last else None]]
            ends = [batch[-1] for step, _, batch in steps if step == last]
            trained = collections.Counter(inside + ends)
            padding = sum(trained.values()) - self._n
            repeated = len(inside) - len(set(inside)) + max(0, padding - world + 1)
            lost = self._n - len(trained.keys() & set(range(self._n)))
            epochs.append({
                "trained": len(trained), "lost": lost, "repeated": repeated,
                "padding": padding, "world_at_end": world,
            })  # fmt: skip
        return epochs


def run(kills: int, seed: int = 0, **options: Any) -> dict[str, Any]:
    """The counts of one training that is killed so many times.

    Options are those of ``kill_training.py``: algorithm, layout, workers, every.
    """
    with tempfile.TemporaryDirectory() as folder:
        return Run(Path(folder), kills, seed, options).go()


def _kill_group(ranks: subprocess.Popen[bytes]) -> None:
    """Kills the ranks and their workers, and waits until none of them is left."""
    assert ranks.stdout is not None
    if ranks.poll() is None:
        os.killpg(ranks.pid, signal.SIGKILL)
    while not ranks.stdout.closed and ranks.stdout.read(65536):
        pass
    ranks.wait()
    for pipe in (ranks.stdin, ranks.stdout):
        if pipe is not None:
            pipe.close()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kills", type=int, default=40)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--algorithm", default="torch")
    parser.add_argument("--layout", default="interleaved")
    parser.add_argument("--workers", type=int, default=0)
    parser.add_argument("--json", type=Path)
    arguments = vars(parser.parse_args())
    path = arguments.pop("json")
    counts = run(**arguments) | {
        "command": " ".join(["python -m tests.parity.kill_runs", *sys.argv[1:]]),
        "date": datetime.date.today().isoformat(),
        "versions": {"python": platform.python_version(), "torch": torch.__version__},
        "machine": f"{os.cpu_count()} cores, {platform.system()} {platform.machine()}",
    }
    text = json.dumps(counts, indent=1)
    print(text)
    if path is not None:
        path.write_text(text + "\n")


if __name__ == "__main__":
    main()
