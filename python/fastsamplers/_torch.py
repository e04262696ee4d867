"""Where torch's generators meet the engine: states in and out, and what the kernels can serve."""

from __future__ import annotations

import os
import threading
from types import TracebackType
from typing import Any

import torch

from fastsamplers import _core


def serves_default_device() -> bool:
    """Whether torch makes tensors on the CPU when it is not told otherwise."""
    return torch.get_default_device().type == "cpu"


def serves_generator(generator: Any) -> bool:
    """Whether ``generator`` is None or a CPU generator; torch deals with all others."""
    if generator is None:
        return True
    return isinstance(generator, torch.Generator) and generator.device.type == "cpu"


def draw_seed() -> int:
    """The int64 that ``RandomSampler`` takes from the global generator: two words."""
    return int(torch.empty((), dtype=torch.int64).random_().item())


def seeded_engine(seed: int) -> _core.Mt19937:
    """The engine of ``torch.Generator().manual_seed(seed)``, with torch's errors for a bad seed."""
    return _core.Mt19937(torch.Generator().manual_seed(seed).initial_seed())


# Taking a state out and putting it back is no single step, as a draw of torch's is: our own draws
# wait for each other here.
_lock = threading.RLock()


def _renew_lock() -> None:
    global _lock
    _lock = threading.RLock()


if hasattr(os, "register_at_fork"):  # a child must not inherit a lock that another thread held
    os.register_at_fork(after_in_child=_renew_lock)


class SharedGenerator:
    """A torch generator that other code may use too: read anew, and written back, at each draw.

    ``with SharedGenerator(generator) as engine:`` gives the engine as the generator stands; when
    the block ends without an error, the generator moves to where the engine then stands.
    """

    def __init__(self, generator: torch.Generator | None) -> None:
        self._generator = torch.default_generator if generator is None else generator

    def __enter__(self) -> _core.Mt19937:
        self._held = _lock
        self._held.acquire()
        try:
            self._state = self._generator.get_state()
            self._engine = _core.Mt19937.from_torch_state(self._state.numpy())
        except BaseException:
            self._held.release()
            raise
        return self._engine

    def __exit__(
        self,
        error_type: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        try:
            if error is None:
                self._engine.to_torch_state(self._state.numpy())  # cached normals stay
                self._generator.set_state(self._state)
        finally:
            self._held.release()


def shared_permutation(generator: torch.Generator | None, n: int, length: int) -> _core.IndexStream:
    """The first ``length`` indices of ``torch.randperm(n, generator=generator)``.

    The generator moves on by the whole permutation now, as torch's does; the stream goes on from a
    copy. A permutation that cannot fit is refused before the generator moves.
    """
    with SharedGenerator(generator) as engine:
        stream = _core.permutation_stream(engine, n, length)
        engine.skip(_core.permutation_words(n))
    return stream
