"""Accelerate's random sampler of one seed and a count of epochs, as streams."""

from __future__ import annotations

from collections.abc import Iterator, Sized
from typing import Any

import accelerate.data_loader
import torch

from fastsamplers import _core
from fastsamplers._state import State
from fastsamplers.samplers.random import RandomSampler
from fastsamplers.samplers.sampler_pass import Pass


class SeedableRandomSampler(RandomSampler, accelerate.data_loader.SeedableRandomSampler):
    """``accelerate.data_loader.SeedableRandomSampler``: same indices, same epochs, as kernels.

    Each pass seeds the generator with ``initial_seed + epoch``; a pass that has been read to its
    end moves on to the next epoch.

    Args:
        data_source, replacement, num_samples: as ``RandomSampler``.
        generator (torch.Generator, optional): seeded at each pass; default is one of its own.
        data_seed (int, keyword only): the seed; default ``torch.initial_seed()``.
        algorithm (str, keyword only): as ``RandomSampler``.

    Raises:
        TypeError, ValueError, MemoryError: as ``RandomSampler``.

    Memory and work: as ``RandomSampler``. An iterator's state is numbers: seed, epoch, position.
    Source: ``accelerate.data_loader.SeedableRandomSampler``.
    """

    def __init__(
        self,
        data_source: Sized,
        replacement: bool = False,
        num_samples: int | None = None,
        generator: torch.Generator | None = None,
        *,
        data_seed: int | None = None,
        algorithm: str = "torch",
    ) -> None:
        super().__init__(data_source, replacement, num_samples, generator, algorithm=algorithm)
        self.initial_seed = torch.random.initial_seed() if data_seed is None else data_seed
        if self.generator is None:
            self.generator = torch.Generator(device="cpu").manual_seed(self.initial_seed)

    @classmethod
    def like(cls, sampler: Any) -> SeedableRandomSampler:
        """One with the same order and epoch as ``sampler``, which is Accelerate's."""
        made = cls(
            sampler.data_source,
            sampler.replacement,
            sampler._num_samples,
            sampler.generator,
            data_seed=sampler.initial_seed,
        )
        made.set_epoch(sampler.epoch)
        return made

    def _new_pass(self, arrays: bool = False) -> Pass:
        return SeededPass(self, arrays)

    # Seed and epoch decide a pass, whatever the generator has been used for.

    def _pass_draws(self) -> bool:
        return False

    def _pass_draws_seed(self) -> bool:
        return False

    def _state_fields(self, run: Pass) -> dict[str, int | str]:
        return {**super()._state_fields(run), "seed": int(self.initial_seed)}

    def _pass_streams(self, run: Pass) -> Iterator[_core.IndexStream]:
        epoch = run.epoch if isinstance(run, SeededPass) else None
        if epoch is None:
            epoch = self.epoch
        if isinstance(run, SeededPass):
            run.epoch = epoch
        if self.generator is None:
            self.generator = torch.Generator(device="cpu")
        self.generator.manual_seed(self.initial_seed + epoch)
        run.generator = self.generator
        yield from super()._pass_streams(run)
        self.set_epoch(self.epoch + 1)


class SeededPass(Pass):
    """A pass with an epoch.

    Attributes:
        epoch: of the pass; None before its first index, when it is the sampler's.
    """

    epoch: int | None = None

    def _place(self, position: int) -> dict[str, int | str]:
        epoch = self.sampler.epoch if self.epoch is None else self.epoch  # type: ignore[attr-defined]
        return {"epoch": int(epoch), **super()._place(position)}

    def _take_place(self, given: State) -> None:
        self.epoch = given.integer("epoch", -(2**63), 2**63 - 1)
        super()._take_place(given)

    def _settle(self) -> None:
        if self.epoch is not None:
            self.sampler.set_epoch(self.epoch)  # type: ignore[attr-defined]
