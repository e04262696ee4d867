"""What one pass over a sampler's batches takes, measured in a process of its own."""

from __future__ import annotations

import hashlib
import multiprocessing
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from importlib import import_module
from multiprocessing.connection import Connection
from typing import Any

import numpy as np
import numpy.typing as npt
import torch

from . import memory

BATCH_SIZE = 1024
SEED = 0
# Batches between two reports of how far the pass is.
REPORT_EVERY = 1024
_BIT = (1 << np.arange(8)).astype(np.uint8)


class OrderError(ValueError):
    """Indices that are not where they should be."""


@dataclass(frozen=True)
class Measurement:
    """Seconds and bytes; what the process held before the pass began is not counted."""

    package: str
    n: int
    first_batch: float
    whole_pass: float
    memory: int
    digest: str
    """Of all indices in their order; empty where it was not asked for."""

    def scaled_to(self, n: int) -> Measurement:
        factor = n / self.n
        return replace(
            self,
            n=n,
            first_batch=self.first_batch * factor,
            whole_pass=self.whole_pass * factor,
            memory=round(self.memory * factor),
            digest="",
        )


class Bitmap:
    """Which indices of range(n) have been seen, in n/8 bytes."""

    def __init__(self, n: int) -> None:
        self.n = n
        self.added = 0
        self._bytes = np.empty((n + 7) // 8, dtype=np.uint8)
        self._bytes.fill(0)  # touched now, so that a measurement from here on does not count it
        if n % 8:
            self._bytes[-1] = 255 << n % 8 & 255  # there is no index for these bits

    def add(self, indices: npt.NDArray[np.int64]) -> None:
        """Raises OrderError when one of them is not in range(n)."""
        if len(indices) and (indices.min() < 0 or indices.max() >= self.n):
            raise OrderError(f"an index is not in range({self.n})")
        np.add.at(self._bytes, indices >> 3, _BIT.take(indices & 7))
        self.added += len(indices)

    def is_full(self) -> bool:
        """Whether each index of range(n) was added exactly once.

        The bits are added, not or-ed, because NumPy does that four times faster. It proves the
        same: powers of two up to 128 whose sum is 255 modulo 256 are at least eight, so n of them
        make all n/8 bytes 255 only when each bit is there once.
        """
        return self.added == self.n and bool((self._bytes == 255).all())


def measure(
    package: str,
    n: int,
    output: str | None = None,
    digest: bool = False,
    algorithm: str | None = None,
    report: Callable[[int], None] = lambda _: None,
) -> Measurement:
    """Takes all batches of a shuffled pass over range(n) and checks the indices.

    ``package`` is where the samplers come from, ``output`` and ``algorithm`` are options of
    ``fastsamplers``. What the samplers do is timed; the check is not. ``report`` is called with the
    memory of the process before the pass, then with the number of indices so far.

    Raises OrderError when the order is not a permutation.
    """
    samplers = import_module(package)
    options = {} if output is None else {"output": output}
    order_options = {} if algorithm is None else {"algorithm": algorithm}

    def batches_of(n: int) -> Iterable[Any]:
        order = samplers.RandomSampler(range(n), **order_options)
        return samplers.BatchSampler(order, BATCH_SIZE, drop_last=False, **options)  # type: ignore[no-any-return]

    list(batches_of(8))  # what happens once a process does not belong to the pass
    seen = Bitmap(n)
    hashed = hashlib.sha256()
    torch.manual_seed(SEED)
    baseline = memory.resident() or memory.peak()
    report(baseline)

    begin = time.perf_counter()
    batches = iter(batches_of(n))
    batch = next(batches, None)
    first_batch = whole_pass = time.perf_counter() - begin
    count = 0
    while batch is not None:
        indices = np.asarray(batch, dtype=np.int64)
        seen.add(indices)
        if digest:
            hashed.update(indices.data)
        count += 1
        if count % REPORT_EVERY == 0:
            report(seen.added)
        begin = time.perf_counter()
        batch = next(batches, None)
        whole_pass += time.perf_counter() - begin
    held = max(0, memory.peak() - baseline)  # before the check, which takes memory itself
    if not seen.is_full():
        raise OrderError(f"the order of {package} is not a permutation of {n:,} indices")
    return Measurement(
        package, n, first_batch, whole_pass, held, hashed.hexdigest() if digest else ""
    )


class Child:
    """A fresh process that runs ``measure``; ``receive`` gives what it reports and its result."""

    def __init__(
        self,
        package: str,
        n: int,
        output: str | None,
        digest: bool,
        algorithm: str | None = None,
    ) -> None:
        context = multiprocessing.get_context("spawn")
        self._receiver, sender = context.Pipe(duplex=False)
        self._process = context.Process(
            target=_run, args=(sender, package, n, output, digest, algorithm), daemon=True
        )
        self._process.start()
        sender.close()

    def memory(self) -> int | None:
        """What it holds now, if the system says so."""
        return memory.resident(self._process.pid)

    def receive(self, seconds: float | None) -> int | Measurement | None:
        """The next report or, at the end, the result; None when nothing came in time.

        With ``seconds`` None it waits as long as it takes.
        Raises what ``measure`` raised, RuntimeError when the process died.
        """
        if not self._receiver.poll(seconds):
            return None
        try:
            message = self._receiver.recv()
        except EOFError:
            self._process.join()
            code = self._process.exitcode
            raise RuntimeError(f"the measuring process ended with exit code {code}") from None
        if isinstance(message, Exception):
            raise message
        assert isinstance(message, int | Measurement)
        return message


def _run(
    sender: Connection,
    package: str,
    n: int,
    output: str | None,
    digest: bool,
    algorithm: str | None,
) -> None:
    try:
        sender.send(measure(package, n, output, digest, algorithm, sender.send))
    except Exception as error:
        sender.send(error)
