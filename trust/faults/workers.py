"""Kills workers of a DataLoader with SIGKILL while it is read, and resumes from its last state.

``python -m trust.faults.workers SEED ROUNDS`` does it in a process of its own, since what it has to
find might hang: a line for each round that has ended, empty or with what went wrong.
"""

from __future__ import annotations

import itertools
import os
import random
import re
import signal
import sys
import threading
import warnings
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import torch.utils.data

import fastsamplers
from trust.faults.cases import Indices, generator, lengths_of, read

N = 2_000
_BATCH = 4
# More than what the workers have fetched ahead, so that a dead one is always missed.
_MOST_READ = N // _BATCH // 2
_DIED = re.compile(r"DataLoader worker \(pid(\(s\))? [\d, ]+\) (exited unexpectedly|is killed by)")


@dataclass(frozen=True)
class Kill:
    """Which loader, and when how many of its workers are killed.

    ``seconds`` after the loop has been given ``after`` batches of epoch ``epoch``; at once, in the
    thread of the loop, where it is zero.
    """

    kind: str
    persistent: bool
    epoch: int
    after: int
    killed: int = 1
    seconds: float = 0.0


def _batches(made: Any) -> fastsamplers.BatchSampler:
    return fastsamplers.BatchSampler(made, _BATCH, False)


# The sampler of batches, over N samples.
SAMPLERS: dict[str, Callable[[], Any]] = {
    "random": lambda: _batches(fastsamplers.RandomSampler(range(N), generator=generator())),
    "feistel": lambda: _batches(
        fastsamplers.RandomSampler(range(N), generator=generator(), algorithm="feistel")
    ),
    "distributed": lambda: _batches(
        fastsamplers.DistributedSampler(range(2 * N), 2, 1, auto_epoch=True)
    ),
    "buckets": lambda: fastsamplers.BucketBatchSampler(lengths_of(N), _BATCH, seed=4),
    "tokens": lambda: fastsamplers.MaxTokensBatchSampler(lengths_of(N), 1 << 13, seed=4,
                                                         max_samples=_BATCH),
}  # fmt: skip
KINDS = tuple(f"{loader}, {name}" for loader in ("ours", "torch's") for name in SAMPLERS)


def _loader(kill: Kill, workers: int) -> Any:
    loader, name = kill.kind.split(", ")
    made = fastsamplers.DataLoader if loader == "ours" else torch.utils.data.DataLoader
    more: dict[str, Any] = {}
    if workers:
        more = {"persistent_workers": kill.persistent, "multiprocessing_context": "fork"}
    sampler = SAMPLERS[name]()
    return made(Indices(2 * N), batch_sampler=sampler, num_workers=workers, collate_fn=list, **more)


def _next_epoch(loader: Any, epoch: int) -> None:
    """Planned batches of a fixed seed are told; an epoch is not moved on where auto_epoch does."""
    if isinstance(loader.batch_sampler, fastsamplers.BatchSampler):
        return
    loader.batch_sampler.set_epoch(epoch)


def survives(kill: Kill) -> list[str]:
    """What went wrong, in words."""
    whole = _loader(kill, 0)
    expected = []
    for epoch in range(3):
        _next_epoch(whole, epoch)
        expected.append([*whole])
    loader = _loader(kill, 2)
    wrong = []
    for epoch in range(kill.epoch):
        _next_epoch(loader, epoch)
        if [*loader] != expected[epoch]:
            wrong.append(f"epoch {epoch} differs before any worker is killed")
    _next_epoch(loader, kill.epoch)
    given, error = _read_and_kill(loader, kill)
    if _DIED.match(str(error)) is None:
        wrong.append(f"the error was {error!r}")
    if given != expected[kill.epoch][: len(given)]:
        wrong.append("batches before the error differ")
    rest = [expected[kill.epoch][len(given) :], *expected[kill.epoch + 1 :]]
    for name, resumed in _resumed(loader, kill, len(given)):
        if [*resumed] != rest[0]:
            wrong.append(f"the rest differs on {name}")
        for epoch, following in enumerate(rest[1:], kill.epoch + 1):
            _next_epoch(resumed, epoch)
            if [*resumed] != following:
                wrong.append(f"epoch {epoch} differs on {name}")
    return [f"{kill}: {text}" for text in wrong]


def _read_and_kill(loader: Any, kill: Kill) -> tuple[list[Any], Exception | None]:
    """The batches that the loop was given, and what ended it."""
    given: list[Any] = []
    timer = None
    try:
        iterator = iter(loader)
        given.extend(itertools.islice(iterator, kill.after))
        pids = [worker.pid for worker in iterator._workers[: kill.killed]]
        if kill.seconds:
            timer = threading.Timer(kill.seconds, _kill_all, [pids])
            timer.start()
        else:
            _kill_all(pids)
        given.extend(iterator)  # keeps what it was given before the error
    except RuntimeError as error:
        return given, error
    finally:
        if timer is not None:
            timer.join()
    return given, None


def _kill_all(pids: list[int]) -> None:
    for pid in pids:
        os.kill(pid, signal.SIGKILL)


def _resumed(loader: Any, kill: Kill, given: int) -> Iterator[tuple[str, Any]]:
    """Loaders that go on behind the batches given, in the ways there are."""
    if kill.kind.startswith("ours"):
        state = loader.state_dict()
        for workers in (0, 2):
            other = _loader(kill, workers)
            other.load_state_dict(state)
            yield f"another loader with {workers} workers", other
        loader.load_state_dict(state)
        if not kill.persistent:  # torch's keeps its dead workers
            yield "the same loader", loader
        return
    other = _loader(kill, 0)
    for epoch in range(kill.epoch):
        _next_epoch(other, epoch)
        read(other)
    _next_epoch(other, kill.epoch)
    other.batch_sampler.seek(given)
    yield "a sampler that was told the place", other


def random_kill(drawn: random.Random) -> Kill:
    return Kill(
        drawn.choice(KINDS), drawn.random() < 0.5, drawn.randrange(2), drawn.randrange(_MOST_READ),
        drawn.randint(1, 2), drawn.choice([0.0, 0.02 * drawn.random()]),
    )  # fmt: skip


def main() -> None:
    warnings.simplefilter("ignore")
    seed, rounds = map(int, sys.argv[1:])
    drawn = random.Random(seed)
    for _ in range(rounds):
        print("; ".join(survives(random_kill(drawn))), flush=True)


if __name__ == "__main__":
    main()
