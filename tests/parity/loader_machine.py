"""A state machine that interrupts and resumes a loader anywhere, beside torch's that never was."""

from __future__ import annotations

import itertools
import pickle
from typing import Any

import torch
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule

from tests.parity.loader_cases import WITH_TORCH, Worlds, set_epoch, values

EPOCHS = 6  # of which the reference is known
# Those that draw from a generator, so that epochs differ by themselves.
NAMES = sorted(name for name in WITH_TORCH if name != "distributed")


def reference_passes(name: str) -> tuple[list[list[Any]], list[torch.Tensor]]:
    """The batches of each epoch by torch's loader, and the generator after it."""
    loader = Worlds(name).reference()
    passes, stood = [], []
    for _ in range(EPOCHS):
        passes.append([values(batch) for batch in loader])
        stood.append(loader.generator.get_state())
    return passes, stood


class LoaderMachine(RuleBasedStateMachine):
    """One loader of ours, and the loop over it that began last."""

    examples = 0

    @initialize(name=st.sampled_from(NAMES))
    def begin_with(self, name: str) -> None:
        LoaderMachine.examples += 1
        self.worlds = Worlds(name)
        self.passes, self.stood = reference_passes(name)
        self.loader = self.worlds.loader()
        self.saved: list[tuple[Any, int, int]] = []
        self.forget_loop(0)

    def forget_loop(self, epoch: int, first: int = 0) -> None:
        """The next loop is over ``epoch`` from batch ``first`` on."""
        self.epoch, self.first = epoch, first
        self.loop: Any = None
        self.had = first

    @precondition(lambda self: self.epoch < EPOCHS and self.loop is None)
    @rule()
    def begin(self) -> None:
        set_epoch(self.loader, self.epoch)
        self.loop = iter(self.loader)
        self.had = self.first

    @precondition(lambda self: self.loop is not None)
    @rule(count=st.sampled_from([1, 2, 3, 100]))
    def read(self, count: int) -> None:
        expected = self.passes[self.epoch]
        batches = [values(batch) for batch in itertools.islice(self.loop, count)]
        assert batches == expected[self.had : self.had + count]
        self.had += len(batches)
        if len(batches) < count:
            assert torch.equal(self.loader.generator.get_state(), self.stood[self.epoch])
            self.forget_loop(self.epoch + 1)

    @precondition(lambda self: len(self.saved) < 4)
    @rule()
    def save(self) -> None:
        self.saved.append((self.loader.state_dict(), self.epoch, self.had))

    @precondition(lambda self: self.saved)
    @rule(number=st.integers(0, 3), fresh=st.booleans())
    def load(self, number: int, fresh: bool) -> None:
        state, epoch, had = self.saved[number % len(self.saved)]
        if fresh:  # where all generators stood elsewhere
            self.loader = self.worlds.fresh(state)
        else:
            self.loop = None
            self.loader.load_state_dict(pickle.loads(pickle.dumps(state)))
        self.forget_loop(epoch, had)
