"""Ctrl-C at a moment of a call's work."""

from __future__ import annotations

import contextlib
import gc
import signal
from collections.abc import Callable, Iterator
from types import FrameType


class Interrupts:
    """Ctrl-C at a moment of a call's work; at no other."""

    def __init__(self) -> None:
        self._is_armed = False

    def handle(self, _: int, frame: FrameType | None) -> None:
        if self._is_armed:
            self._is_armed = False
            raise KeyboardInterrupt

    def interrupted(self, seconds: float, call: Callable[[], object]) -> bool:
        """Whether the call was ended after so many seconds of the process's work."""
        try:
            self._is_armed = True
            signal.setitimer(signal.ITIMER_PROF, seconds)
            call()
            self._is_armed = False
        except KeyboardInterrupt:
            return True
        finally:
            signal.setitimer(signal.ITIMER_PROF, 0)
        return False


@contextlib.contextmanager
def timed_interrupts() -> Iterator[Interrupts]:
    interrupts = Interrupts()
    before = signal.signal(signal.SIGPROF, interrupts.handle)
    gc.disable()  # an error in a callback of the collector would come out nowhere
    try:
        yield interrupts
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
        gc.enable()
        signal.signal(signal.SIGPROF, before)
