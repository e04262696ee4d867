"""One configuration, run with one of the libraries, and the comparison of two such runs."""

from __future__ import annotations

import random
import traceback
import warnings
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any, TypeVar

import torch

import fastsamplers
from fastsamplers import _core
from trust.soak.libraries import TORCH
from trust.soak.seen import difference, plain, raised

_Value = TypeVar("_Value")
# Of each architecture, each wider than the one before it.
_LEVELS = (("scalar", "neon"), ("scalar", "avx2", "avx512"))


class Run:
    """A case's choices, all from one seed, and what was seen of the library.

    Attributes:
        library: the classes and functions that are run.
        choices: where a case's choices come from, the same with both libraries.
        is_ours: whether what only this package has can be asked for.
    """

    def __init__(self, library: SimpleNamespace, seed: int) -> None:
        self.library = library
        self.is_ours = library.name != "torch"
        self.choices = random.Random(seed)
        self._generators: list[torch.Generator] = []
        self._events: list[tuple[str, Any]] = []
        torch.default_generator.manual_seed(self.choices.getrandbits(64))
        self.disturb(None)

    def outcome(self) -> list[tuple[str, Any]]:
        """All that was seen, looked at now: a batch that was given must not change afterwards."""
        return [(what, plain(value)) for what, value in self._events]

    def see(self, what: str, value: Any, with_states: bool = True) -> None:
        """Notes a value, and the states of all generators at this moment."""
        watched = [torch.default_generator, *self._generators]
        self._events.append((what, value))
        if not with_states:
            return
        states = [generator.get_state().numpy().tobytes() for generator in watched]
        self._events.append((f"states after {what}", states))

    def attempt(
        self, what: str, call: Callable[[], _Value], with_states: bool = True
    ) -> _Value | None:
        """Notes what a call returns or raises; returns it, or None for what raised."""
        try:
            value = call()
        except Exception as error:
            self.see(what, raised(error), with_states)
            return None
        self.see(what, value, with_states)
        return value

    def make(self, what: str, call: Callable[[], _Value]) -> _Value | None:
        """Notes that an object can be made, or what the attempt raises; returns it, or None."""
        try:
            made = call()
        except Exception as error:
            self.see(what, raised(error))
            return None
        self.see(what, "made")
        return made

    def generator(self) -> torch.Generator | None:
        """A generator somewhere in its stream, or None for the global one."""
        if self.choices.random() < 0.4:
            return None
        return self.seeded_generator()

    def seeded_generator(self) -> torch.Generator:
        """A generator somewhere in its stream."""
        generator = torch.Generator().manual_seed(self.choices.getrandbits(64))
        self._generators.append(generator)
        self.disturb(generator)
        return generator

    def forget_generators(self, seed: int) -> None:
        """Puts all generators to where a fresh process might have them."""
        for generator in (torch.default_generator, *self._generators):
            generator.manual_seed(seed)

    def disturb(self, generator: torch.Generator | None) -> None:
        """Draws some words, or a normal, of which the state keeps a second one; or nothing."""
        draws = self.choices.choice((0, 0, 1, 622, 623, 624, self.choices.randrange(2000)))
        torch.randint(9, (draws,), generator=generator)
        if self.choices.random() < 0.2:
            torch.randn(self.choices.choice((1, 3)), generator=generator)


Case = Callable[[Run], None]


def _levels() -> tuple[str, ...]:
    """The instruction-set levels of this machine."""
    widest = _core.supported_isa()
    names = next(names for names in _LEVELS if widest in names)
    return names[: names.index(widest) + 1]


def compare(case: Case, seed: int, library: SimpleNamespace) -> str | None:
    """Runs a configuration with torch and with ``library``; where they differ, or None."""
    # Of the seed, too, but no part of what torch can be asked for.
    settings = random.Random(~seed)
    level = settings.choice(_levels())
    threads = settings.choice((1, 1, 2, 3, 4))
    before = (_core.active_isa(), fastsamplers.get_num_threads())
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        expected = Run(TORCH, seed)
        case(expected)
        got = Run(library, seed)
        _core.set_active_isa(level)
        fastsamplers.set_num_threads(threads)
        try:
            case(got)
        except Exception:
            # All that torch raises too was noted; this came from somewhere else.
            return f"({level}, {threads} threads) {traceback.format_exc(limit=-3)}"
        finally:
            _core.set_active_isa(before[0])
            fastsamplers.set_num_threads(before[1])
    theirs, ours = expected.outcome(), got.outcome()
    # They may be long; what == forgets stands in them by name.
    text = None if theirs == ours else difference(theirs, ours)
    return None if text is None else f"({level}, {threads} threads) {text}"
