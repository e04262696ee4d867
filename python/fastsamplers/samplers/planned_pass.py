"""One rank's pass over a plan of batches, and what is left of it for other ranks."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from fastsamplers import _core, _validate
from fastsamplers._state import State
from fastsamplers.samplers.sampler_pass import Pass
from fastsamplers.samplers.share import steps_of, taken_of_text, text_of_taken

if TYPE_CHECKING:
    from fastsamplers.samplers.planned import PlannedBatchSampler


class PlannedPass(Pass):
    """A pass whose state is free of ranks: how many of them have had how many steps.

    The epoch is that at the first batch, the ranks are those at ``iter()``.

    Attributes:
        epoch: of the pass.
        taken: (ranks, steps) that had been given before those that this pass counts, where the
            number of ranks has changed.
    """

    sampler: PlannedBatchSampler
    epoch: int
    taken: tuple[tuple[int, int], ...]

    def __init__(self, sampler: PlannedBatchSampler, arrays: bool = False) -> None:
        super().__init__(sampler, arrays)
        self.epoch = sampler.epoch
        self.num_replicas = sampler.num_replicas
        self.rank = sampler.rank
        self.taken = ()

    def __iter__(self) -> Iterator[_core.RankBatches]:  # type: ignore[override]
        # Like torch's batch samplers, at the first batch: loaders call iter() before set_epoch().
        self.epoch = self.sampler.epoch
        self.generator = self.sampler.generator
        self.sampler._prepare()  # what it refuses does not take the place that was sought
        self.taken, self.start = self.sampler._take_place()
        self.sampler._begin_epoch(self.epoch)
        yield from self._batches()
        self.sampler._end_epoch(self.epoch)

    def _begin(self) -> Iterator[_core.RankBatches]:  # type: ignore[override]
        yield from self._batches()
        self.sampler._end_epoch(self.epoch)

    def _batches(self) -> Iterator[_core.RankBatches]:
        self._has_begun = True
        self.sampler._prepare()
        batches = self._dealt(self.taken)
        batches.seek(min(self.start, len(batches)))
        yield batches

    def _dealt(self, taken: tuple[tuple[int, int], ...]) -> _core.RankBatches:
        sampler = self.sampler
        seed, epoch = self._key()
        plan = sampler._plan(seed, epoch)
        ranks = self.num_replicas, self.rank
        options = sampler.shuffle, sampler.drop_last
        return _core.RankBatches(plan, taken, *ranks, *options, seed, epoch)

    def _key(self) -> tuple[int, int]:
        if not self.sampler.shuffle:
            return 0, 0
        if self.sampler.generator is not None:
            return _validate.key("seed", self.draw_seed()), 0
        return _validate.key("seed", self.sampler.seed), _validate.key("epoch", self.epoch)

    def head(self, count: int) -> list[Any]:
        """The first batches of the whole pass; none while its seed has not been drawn."""
        if self.sampler._pass_draws() and self._seed is None:
            return []
        return list(itertools.islice(_core.PlanIterator([self._dealt(())]), count))

    def _place(self, position: int) -> dict[str, int | str]:
        taken, start = self.taken, self.start
        epoch = self.epoch
        if not (self._has_begun or self._is_loaded):
            taken, start = self.sampler._coming_place()
            epoch = self.sampler.epoch
        had = start + position
        if had:
            taken = (*taken, (self.num_replicas, had))
        fields: dict[str, int | str] = {"epoch": int(epoch)}
        fields["position"] = sum(ranks * steps for ranks, steps in taken)
        if any(ranks > 1 for ranks, _ in taken):
            fields["taken"] = text_of_taken(taken)
        return fields

    def _take_place(self, given: State) -> None:
        self.epoch = given.integer("epoch", -(2**63), 2**64 - 1)
        position = given.integer("position", 0)
        left = self.sampler._batch_count()
        if "taken" in given:
            taken = taken_of_text(given.text("taken"), 2**63 - 1)
            given.require({"position": sum(ranks * steps for ranks, steps in taken)})
        else:
            taken = ((1, position),) if position else ()
        for ranks, steps in taken:
            if steps > steps_of(left, ranks, self.sampler.drop_last):
                field = "taken" if "taken" in given else "position"
                raise ValueError(
                    f"{field} of the state should be no more than there was, but got "
                    f"{field}={given.field(field)!r}"
                )
            left = max(0, left - ranks * steps)
        self.taken = taken
        self.start = 0
        if taken and taken[-1][0] == self.num_replicas:  # their deal goes on
            self.taken, self.start = taken[:-1], taken[-1][1]

    def put_off(self) -> None:
        """The next pass of the sampler will be this one, of which nothing has been read."""
        self.sampler._put_off = self.taken, self.start

    def _settle(self) -> None:
        self.sampler._forget_place()
        # Some loaders hand back a state when the next epoch has been set, and is about to begin.
        if not self.sampler._is_epoch_chosen:
            self.sampler.epoch = self.epoch
