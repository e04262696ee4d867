"""Where torch's generators meet the engine: states in and out, and what the kernels can serve."""

from __future__ import annotations

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


class SharedGenerator:
    """A torch generator that other code may use too: read anew, and written back, at each draw."""

    def __init__(self, generator: torch.Generator | None) -> None:
        self._generator = torch.default_generator if generator is None else generator
        self._state = self._generator.get_state()
        self.engine = _core.Mt19937.from_torch_state(self._state.numpy())

    def write_back(self) -> None:
        """Moves torch's generator to where ``engine`` stands; its cached normals stay."""
        self.engine.to_torch_state(self._state.numpy())
        self._generator.set_state(self._state)


def shared_permutation(generator: torch.Generator | None, n: int, length: int) -> _core.IndexStream:
    """The first ``length`` indices of ``torch.randperm(n, generator=generator)``.

    The generator moves on by the whole permutation now, as torch's does; the stream goes on from a
    copy. A permutation that cannot fit is refused before the generator moves.
    """
    shared = SharedGenerator(generator)
    stream = _core.permutation_stream(shared.engine, n, length)
    shared.engine.skip(_core.permutation_words(n))
    shared.write_back()
    return stream
