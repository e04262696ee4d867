"""A state machine that does to a sampler what users do, in any order, beside a plain model."""

from __future__ import annotations

import copy
import os
import pickle
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import torch
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from tests.parity.kinds import to_epoch
from tests.parity.stateful_models import ENDLESS, MODELS, Trace, plain_item, trace

COPIES: dict[str, Callable[[Any], Any]] = {
    "pickle": lambda sampler: pickle.loads(pickle.dumps(sampler)),
    "copy": copy.copy,
    "deepcopy": copy.deepcopy,
}
END = "end"


@dataclass
class Run:
    """What the model knows of the iterator in use."""

    epoch: int | None  # None: that of the sampler when the first item is asked for
    trace: Trace | None = None  # None: nothing has been asked for yet
    position: int = 0  # items given, and left out
    start: int | None = None  # where it begins, as a state said
    ended: bool = False


def generator_of(sampler: Any) -> torch.Generator | None:
    """The generator of a sampler, or of the one that it is made of."""
    for owner in (sampler, getattr(sampler, "sampler", None)):
        if getattr(owner, "generator", None) is not None:
            return owner.generator
        inner = getattr(owner, "sampler", None)
        if getattr(inner, "generator", None) is not None:
            return inner.generator
    return None


class SamplerMachine(RuleBasedStateMachine):
    """One sampler, one iterator, one generator that both sides draw from."""

    examples = 0

    @initialize(
        name=st.sampled_from(sorted(MODELS)),
        n=st.sampled_from([30, 5, 41]),
        own=st.booleans(),
        seed=st.integers(0, 2**63 - 1),
    )
    def begin_with(self, name: str, n: int, own: bool, seed: int) -> None:
        SamplerMachine.examples += 1
        self.model, self.n, self.own = MODELS[name], n, own
        torch.default_generator.manual_seed(seed)
        generator = torch.Generator().manual_seed(seed + 1) if own else None
        self.sampler = self.model.make(n, generator)
        self.generator = generator
        self.state = self.drawn_from().get_state()
        whole = trace(self.model, n, own, self.state, 0)
        self.draws = not torch.equal(whole.final, self.state)
        self.most = ENDLESS if self.model.endless else 10**9
        self.epoch = 0
        self.is_epoch_chosen = False  # since the last pass began
        self.start = 0
        self.iterator: Any = iter(self.sampler)
        self.run = self.new_run()
        self.saved: list[tuple[Any, Run, torch.Tensor]] = []
        self.watch()

    def drawn_from(self) -> torch.Generator:
        return torch.default_generator if self.generator is None else self.generator

    def watch(self) -> None:
        """With a generator of its own nothing draws from the global one."""
        self.untouched = torch.get_rng_state() if self.own else None

    # What the model says.

    def new_run(self) -> Run:
        return Run(None if self.model.begins_late else self.epoch)

    def opened(self) -> Trace:
        """The pass in use, which begins now if it has not."""
        run = self.run
        if run.trace is None:
            run.epoch = self.epoch if run.epoch is None else run.epoch
            run.trace = trace(self.model, self.n, self.own, self.state, run.epoch)
            if run.start is None:
                run.position, self.start = self.start, 0
                self.is_epoch_chosen = False
            else:
                run.position = run.start
        return run.trace

    def stands_at(self) -> torch.Tensor:
        """Where the generator should stand now."""
        run = self.run
        if run.trace is None or not self.draws:
            return self.state
        return run.trace.final if run.ended else run.trace.after[run.position]

    def is_known(self) -> bool:
        """Whether the model knows where the generator stands."""
        return self.model.draws_as_torch or self.run.trace is None or self.run.ended

    # What users do.

    @rule()
    def iterate(self) -> None:
        if not self.is_known():  # the pass is left in the middle
            self.state = self.drawn_from().get_state()
        self.iterator = iter(self.sampler)
        self.run = self.new_run()

    @rule(count=st.sampled_from([1, 2, 3, 7, 1000]))
    def read(self, count: int) -> None:
        for _ in range(count):
            if self.run.trace is not None and self.run.position >= self.most:
                break
            item = plain_item(next(self.iterator, END))
            expected = self.opened()
            run = self.run
            had_ended = run.ended
            if run.ended or run.position >= len(expected.items):
                assert item == END
                run.ended = True
            else:
                assert item == expected.items[run.position]
                run.position += 1
            if self.is_known():
                if not had_ended:
                    self.state = self.stands_at()
                assert torch.equal(self.drawn_from().get_state(), self.state)
            if run.ended:
                break

    @rule(share=st.floats(0, 1), beyond=st.sampled_from([0, 0, 0, 1, 10**12]))
    def seek(self, share: float, beyond: int) -> None:
        length = ENDLESS // 2 if self.model.endless else len(self.sampler)
        if beyond and not self.model.endless:
            try:
                self.sampler.seek(length + beyond)
            except ValueError:
                return
            raise AssertionError("a place beyond the end was taken")
        place = int(share * length)
        self.sampler.seek(place)
        self.start = place

    @precondition(lambda self: len(self.saved) < 4)
    @rule(through_bytes=st.booleans())
    def save(self, through_bytes: bool) -> None:
        state = self.iterator.state_dict()
        if through_bytes:
            state = pickle.loads(pickle.dumps(state))
        run = replace(self.run)
        if run.epoch is None:
            run.epoch = self.epoch
        if run.trace is None and run.start is None:
            run.start = self.start
        self.saved.append((state, run, self.state))

    @precondition(lambda self: self.saved)
    @rule(number=st.integers(0, 3), fresh=st.booleans(), is_read=st.booleans())
    def load(self, number: int, fresh: bool, is_read: bool) -> None:
        state, run, stood = self.saved[number % len(self.saved)]
        if fresh:  # as in a process that knows nothing
            torch.default_generator.manual_seed(99)
            self.generator = torch.Generator().manual_seed(77) if self.own else None
            self.sampler = self.model.make(self.n, self.generator)
        self.iterator = iter(self.sampler)
        if is_read:
            next(self.iterator, END)
        if fresh or is_read:
            self.is_epoch_chosen = False
        self.iterator.load_state_dict(state)
        self.run = replace(run)
        self.start = 0
        assert run.epoch is not None
        if self.model.begins_late:  # its epoch is looked at later: to be that of the state
            to_epoch(self.sampler, run.epoch)
            self.is_epoch_chosen = False
        if not self.is_epoch_chosen:  # an epoch that has been chosen is that of the next pass
            self.epoch = run.epoch
        self.state = stood if self.draws else self.drawn_from().get_state()
        if self.model.replays and self.run.trace is None and self.run.start:
            self.opened()  # what has been sought is left out now, which draws
            self.state = self.stands_at()
        self.watch()

    @precondition(lambda self: self.model.has_epoch)
    @rule(epoch=st.integers(0, 3))
    def set_epoch(self, epoch: int) -> None:
        to_epoch(self.sampler, epoch)
        self.epoch, self.is_epoch_chosen = epoch, True

    @rule(how=st.sampled_from(sorted(COPIES)))
    def carry(self, how: str) -> None:
        """The sampler as another process, or a copy of it, has it, and a pass of that."""
        if not self.is_known():
            self.state = self.drawn_from().get_state()
        self.sampler = COPIES[how](self.sampler)
        if self.own and generator_of(self.sampler) is not None:
            self.generator = generator_of(self.sampler)
        self.iterator = iter(self.sampler)
        self.run = self.new_run()

    @precondition(lambda self: self.run.trace is None or self.run.ended)
    @rule(count=st.integers(1, 700))
    def draw(self, count: int) -> None:
        """Somebody else draws from the generator while no pass depends on it."""
        torch.randint(10, (count,), generator=self.generator)
        self.state = self.drawn_from().get_state()

    @precondition(lambda self: not self.model.endless)
    @rule()
    def fork(self) -> None:
        """The child goes on with the same rest, and nothing of it is seen here."""
        readable, writable = os.pipe()
        child = os.fork()
        if child == 0:
            try:
                rest = [plain_item(item) for item in self.iterator]
                outcome = (rest, self.drawn_from().get_state())
            except BaseException as error:
                outcome = (repr(error), None)
            with os.fdopen(writable, "wb") as pipe:
                pickle.dump(outcome, pipe)
            os._exit(0)
        os.close(writable)
        with os.fdopen(readable, "rb") as pipe:
            rest, stood = pickle.load(pipe)
        os.waitpid(child, 0)
        start, run = self.start, replace(self.run)
        expected = self.opened()
        assert rest == ([] if run.ended else expected.items[self.run.position :])
        assert torch.equal(stood, expected.final if self.draws and not run.ended else self.state)
        self.start, self.run = start, run

    # What always holds.

    @invariant()
    def nobody_else_draws(self) -> None:
        if not hasattr(self, "model"):
            return
        if self.untouched is not None:
            assert torch.equal(torch.get_rng_state(), self.untouched)
        if self.is_known():
            assert torch.equal(self.drawn_from().get_state(), self.state)
