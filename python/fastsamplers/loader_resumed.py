"""A state of a DataLoader that has been loaded: what the next ``iter()`` takes up of it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from fastsamplers import _torch
from fastsamplers._state import State
from fastsamplers.loader_pass import (
    LoaderPass,
    generators_put_back_on_error,
    has_another_generator,
)
from fastsamplers.samplers.places import put_off
from fastsamplers.samplers.replay import generator_of
from fastsamplers.samplers.replayed import Replayed

if TYPE_CHECKING:
    from fastsamplers.loader import DataLoader


class Resumed:
    """What the next ``iter()`` takes up: the rest of a pass, the seed of its workers, or both."""

    def __init__(self, sampler_iter: Any, base_seed: int, received: int, early: str) -> None:
        self._sampler_iter = sampler_iter
        self.base_seed = base_seed
        self._received = received
        self._early = _distances(early)

    @classmethod
    def of_state(cls, loader: DataLoader, given: State) -> Resumed | None:
        """Puts sampler and generators to where they stood."""
        received = given.integer("received", 0)
        has_ended = given.flag("ended")
        has_begun = "begun" not in given or given.flag("begun")
        base_seed = None
        if "base_seed" in given or (has_begun and not has_ended):
            base_seed = given.integer("base_seed", -(2**63), 2**63 - 1)
        early = given.text("early") if "early" in given else ""
        _distances(early)
        generator_state = None
        # What is shared with a sampler that draws before the loader does has been noted, too.
        name = "generator" if has_another_generator(loader) else "stood"
        if name == "generator" or name in given:
            generator_state = _torch.checked_state(given.field(name), loader.generator, name)
        sampler = loader._index_sampler
        sampler_iter = None
        with generators_put_back_on_error(loader):
            if isinstance(sampler, Replayed) and (base_seed is None or has_ended):
                sampler.load_between(given.field("sampler"))
            else:
                sampler_iter = iter(sampler)  # may draw
                sampler_iter.load_state_dict(given.field("sampler"))
            if sampler_iter is not None and not has_begun:
                _put_off(sampler_iter, sampler, given.field("sampler"))
        if generator_state is not None:
            _torch.put_state(loader.generator, generator_state)
        if base_seed is None:
            return None
        return cls(None if has_ended else sampler_iter, base_seed, received, early)

    @property
    def has_rest(self) -> bool:
        """Whether a pass goes on; otherwise a new one begins."""
        return self._sampler_iter is not None

    def open(self) -> tuple[Any, LoaderPass]:
        """The sampler's iterator, and the pass that reads it."""
        iterator = self._sampler_iter
        return iterator, LoaderPass(iterator, int(self.base_seed), self._received, self._early)


def _put_off(sampler_iter: Any, sampler: Any, state: Mapping[str, Any]) -> None:
    """The next pass of the sampler will be that of a state before which nothing was drawn."""
    put_off(sampler_iter)
    if "generator" in state:  # loading may have drawn, as iter() does
        generator = generator_of(sampler)
        _torch.put_state(generator, _torch.checked_state(state["generator"], generator))


def _distances(text: str) -> frozenset[int]:
    try:
        distances = frozenset(int(part) for part in text.split(",") if text)
        if any(distance < 1 for distance in distances):
            raise ValueError
    except ValueError:
        raise ValueError(
            f"early of the state should be distances, comma by comma, but got early={text!r}"
        ) from None
    return distances
