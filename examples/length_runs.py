"""Trains the same model with batches made in four ways, side by side, and measures each."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import torch
from torch.utils.data import DataLoader

from fastsamplers import (
    BatchSampler,
    BucketBatchSampler,
    MaxTokensBatchSampler,
    PackedBatchSampler,
    RandomSampler,
)

from .measurement import Bitmap, OrderError
from .reader import Reader
from .snippets import LONGEST, Batch, Snippets, collate

BATCH_SIZE = 8
LEARNING_RATE = 1.2e-2
# A budget of tokens is never quite used: with a tenth more there are about as many steps.
ROOM = 1.1
Make = Callable[[Snippets, torch.Generator], Any]


def tokens_per_step(data: Snippets) -> float:
    """Real tokens in a mean batch of BATCH_SIZE snippets."""
    return float(data.lengths.sum()) * BATCH_SIZE / len(data)


def _random(data: Snippets, generator: torch.Generator) -> Any:
    return BatchSampler(RandomSampler(data, generator=generator), BATCH_SIZE, drop_last=False)


def _buckets(data: Snippets, generator: torch.Generator) -> Any:
    return BucketBatchSampler(data.lengths, BATCH_SIZE, generator=generator)


def _max_tokens(data: Snippets, generator: torch.Generator) -> Any:
    budget = max(LONGEST, round(ROOM * tokens_per_step(data)))
    return MaxTokensBatchSampler(data.lengths, budget, generator=generator)


def _packed(data: Snippets, generator: torch.Generator) -> Any:
    bins = max(1, round(tokens_per_step(data) / LONGEST))
    return PackedBatchSampler(data.lengths, LONGEST, batch_size=bins, generator=generator)


# All with about as many real tokens in a step, so that all take about as many steps.
STRATEGIES: dict[str, Make] = {
    "RandomSampler": _random,
    "BucketBatchSampler": _buckets,
    "MaxTokensBatchSampler": _max_tokens,
    "PackedBatchSampler": _packed,
}
BASE = "RandomSampler"


@dataclass
class Epoch:
    """One pass over the training data, counted where the batches reach the model."""

    batches: int = 0
    tokens: int = 0
    padded_tokens: int = 0
    seconds: float = 0.0


@dataclass
class Outcome:
    """What the trainings with one strategy gave."""

    strategy: str
    epochs: list[Epoch] = field(default_factory=list)
    """In the same order for all strategies: of each seed in turn."""
    losses: list[float] = field(default_factory=list)
    """Nats per held-out byte after the last epoch, for each seed."""

    def figures(self, base: Outcome) -> dict[str, Any]:
        """Means over the epochs, medians of times; ratios and differences pair by pair."""
        padded = statistics.mean(epoch.padded_tokens for epoch in self.epochs)
        tokens = statistics.mean(epoch.tokens for epoch in self.epochs)
        pairs = zip(self.epochs, base.epochs, strict=True)
        differences = [a - b for a, b in zip(self.losses, base.losses, strict=True)]
        return {
            "strategy": self.strategy,
            "batches": round(statistics.mean(epoch.batches for epoch in self.epochs)),
            "tokens": round(tokens),
            "padded_tokens": round(padded),
            "waste": _rounded(1 - tokens / padded),
            "seconds": _rounded(statistics.median(epoch.seconds for epoch in self.epochs)),
            "time_ratio": _rounded(statistics.median(a.seconds / b.seconds for a, b in pairs)),
            "losses": [_rounded(loss) for loss in self.losses],
            "loss": _rounded(statistics.mean(self.losses)),
            "loss_deviation": _deviation(self.losses),
            "difference": _rounded(statistics.mean(differences)),
            "difference_deviation": _deviation(differences),
        }


def _rounded(value: float) -> float:
    return float(f"{value:.5g}")


def _deviation(values: list[float]) -> float:
    return _rounded(statistics.stdev(values)) if len(values) > 1 else 0.0


class Training:
    """A model on its way, with batches of one strategy."""

    def __init__(self, make: Make, data: Snippets, epochs: int, seed: int) -> None:
        torch.manual_seed(seed)
        self.data = data
        self.model = Reader()
        batches = make(data, torch.Generator().manual_seed(seed))
        self.loader: DataLoader[Batch] = DataLoader(
            data,  # type: ignore[arg-type]  # collate makes the batches
            batch_sampler=batches,
            collate_fn=collate,
        )
        self.optimizer = torch.optim.Adam(self.model.parameters(), LEARNING_RATE)
        steps = epochs * len(batches)

        def rate(step: int) -> float:
            # The whole curve for everyone, whatever the number of steps: up over the first tenth,
            # then down to nothing.
            return min(10 * (step + 1) / steps, 1) * (1 - step / steps)

        self.schedule = torch.optim.lr_scheduler.LambdaLR(self.optimizer, rate)

    def epoch(self) -> Epoch:
        """Trains on every snippet once; OrderError if it was not so."""
        done, seen = Epoch(), Bitmap(len(self.data))
        # Every token counts the same in each strategy, however many share its step.
        unit = tokens_per_step(self.data)
        # The processor's time: neighbours on a busy machine count less. With one thread and nobody
        # else it is the clock's.
        begin = time.process_time()
        for batch in self.loader:
            loss = self.model.loss(batch) / unit
            self.optimizer.zero_grad()
            loss.backward()  # type: ignore[no-untyped-call]
            self.optimizer.step()
            self.schedule.step()
            done.batches += 1
            done.tokens += batch.tokens
            done.padded_tokens += batch.padded_tokens
            seen.add(np.array(batch.indices))
        done.seconds = time.process_time() - begin
        if not seen.is_full() or done.tokens != self.data.lengths.sum():
            raise OrderError(f"an epoch was not each of {len(self.data):,} snippets once")
        return done

    def loss_on(self, held_out: Snippets) -> float:
        """Nats per byte."""
        shortest_first = sorted(range(len(held_out)), key=held_out.lengths.__getitem__)
        total = 0.0
        with torch.no_grad():
            for begin in range(0, len(held_out), BATCH_SIZE):
                rows = [held_out[i] for i in shortest_first[begin : begin + BATCH_SIZE]]
                total += self.model.loss(collate(rows)).item()
        return total / int(held_out.lengths.sum())


def run(
    training: Snippets, held_out: Snippets, epochs: int, seeds: int,
    track: Callable[[Iterable[str]], Iterable[str]] = iter,
) -> dict[str, Outcome]:  # fmt: skip
    """By strategy. ``track`` is given the turns, one for each epoch of a strategy."""
    outcomes = {name: Outcome(name) for name in STRATEGIES}
    sides: dict[str, Training] = {}

    def turns() -> Iterator[str]:
        # Epoch by epoch in turn, each time another one first: a machine that is slower for a
        # while is so for all.
        names = list(STRATEGIES)
        for round_ in range(seeds * epochs):
            first = round_ % len(names)
            yield from names[first:] + names[:first]

    for turn, name in enumerate(track(list(turns()))):
        seed, epoch = divmod(turn // len(STRATEGIES), epochs)
        if epoch == 0:
            sides[name] = Training(STRATEGIES[name], training, epochs, seed)
        outcomes[name].epochs.append(sides[name].epoch())
        if epoch == epochs - 1:
            outcomes[name].losses.append(sides[name].loss_on(held_out))
    return outcomes
