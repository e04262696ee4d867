"""What batch samplers have in common that plan all batches of a pass beforehand."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
import torch.utils.data

from fastsamplers import _core, _lengths, _threads, _validate
from fastsamplers._state import State
from fastsamplers.samplers.blocks import Blocks
from fastsamplers.samplers.fingerprint import fingerprint_of
from fastsamplers.samplers.planned_order import PlannedOrder
from fastsamplers.samplers.planned_pass import PlannedPass
from fastsamplers.samplers.sampler_pass import Pass
from fastsamplers.samplers.share import steps_of
from fastsamplers.samplers.stream import StreamSampler


class PlannedBatchSampler(StreamSampler, torch.utils.data.Sampler[list[int]]):
    """Base of the batch samplers by length: one plan on all ranks, a share of it on each.

    The plan is a function of the lengths, the options, ``seed`` and ``epoch``. A step gives each
    rank one of ``num_replicas`` batches that stand next to each other in it, so that ranks wait for
    no other's longer batch; all ranks have as many steps.
    """

    # What a survey of the lengths has found; made again where a copy has none.
    _surveyed: _core.Lengths | None = None
    # What is the same in every epoch, and the options that it was made for.
    _kept: tuple[tuple[Any, ...], Any] | None = None
    # The (seed, epoch) read to its end last.
    _completed: tuple[int, int] | None = None
    _has_warned = False
    # Whether the epoch was set and no pass has begun since.
    _is_epoch_chosen = False
    # Where the next pass begins, if another number of ranks has begun it: (taken, start).
    _put_off: tuple[tuple[tuple[int, int], ...], int] | None = None

    def __init__(
        self,
        lengths: Any,
        *,
        shuffle: bool,
        drop_last: bool,
        seed: int,
        generator: torch.Generator | None,
        num_replicas: int,
        rank: int,
    ) -> None:
        self.shuffle = _validate.boolean("shuffle", shuffle)
        self.drop_last = _validate.boolean("drop_last", drop_last)
        _validate.key("seed", seed)
        self.seed = seed
        if generator is not None and not isinstance(generator, torch.Generator):
            raise TypeError(
                f"generator should be a torch.Generator or None, but got generator={generator!r}"
            )
        self.generator = generator
        self.epoch = 0
        self.num_replicas = _validate.positive_index("num_replicas", num_replicas)
        self.rank = _validate.rank(rank, self.num_replicas)
        self.lengths = lengths

    @property
    def lengths(self) -> Any:
        """Lengths of the samples, as they were given; others can be assigned."""
        return self._lengths

    @lengths.setter
    def lengths(self, lengths: Any) -> None:
        self._surveyed = _lengths.survey(lengths)
        self._lengths = lengths
        self._kept = None

    @property
    def sampler(self) -> PlannedOrder:
        """The batches' samples, with this epoch; frameworks look for it to set one."""
        return PlannedOrder(self)

    # What a sampler says of its batches.

    def _plan(self, seed: int, epoch: int) -> _core.BatchPlan:
        """All batches of a pass."""
        raise NotImplementedError

    def _prepare(self) -> None:
        """What can fail of a plan, before a seed is drawn for it."""
        self._batch_count()

    def _batch_count(self) -> int:
        """How many batches a plan has: as many in every epoch."""
        raise NotImplementedError

    def _plan_fields(self) -> dict[str, int | str]:
        """The options that decide the plan beside lengths, seed and epoch, for a state."""
        raise NotImplementedError

    def _keep(self, options: tuple[Any, ...], make: Callable[[], Any]) -> Any:
        """What ``make`` makes, until the options are others."""
        if self._kept is None or self._kept[0] != options:
            self._kept = options, make()
        return self._kept[1]

    def _survey(self) -> _core.Lengths:
        if self._surveyed is None:
            self._surveyed = _lengths.survey(self._lengths)
        return self._surveyed

    # A pass.

    def __iter__(self) -> Iterator[Any]:
        _threads.settle()
        return _core.PlanIterator(self._new_pass())

    def __len__(self) -> int:
        """How many batches this rank has in a pass; O(1) once there is a plan."""
        return steps_of(self._batch_count(), self.num_replicas, self.drop_last)

    def blocks(self, size: int = 65536) -> Iterator[npt.NDArray[np.int64]]:
        """Iterates over the indices of the same pass as int64 arrays, across batch borders.

        Raises:
            ValueError: ``size`` is not a positive int.
            MemoryError: at a block that does not fit; it comes when there is room.
        """
        _validate.positive_int("size", size)
        _threads.settle()
        if type(self).__iter__ is not PlannedBatchSampler.__iter__:
            return Blocks(self, size)
        return Blocks(_core.PlanIterator(self._new_pass(), arrays=True), size, fresh=True)

    def set_epoch(self, epoch: int) -> None:
        """Sets the epoch of the next pass, which decides its order; without effect where a
        generator does.

        Args:
            epoch (int): in [-2**63, 2**64).

        Raises:
            TypeError, ValueError: ``epoch`` is no such int; nothing has changed.
        """
        _validate.key("epoch", epoch)
        self.epoch = epoch
        self._is_epoch_chosen = True

    def _new_pass(self, arrays: bool = False) -> PlannedPass:
        return PlannedPass(self, arrays)

    def seek(self, position: int) -> None:
        super().seek(position)
        vars(self).pop("_put_off", None)

    seek.__doc__ = StreamSampler.seek.__doc__

    def _coming_place(self) -> tuple[tuple[tuple[int, int], ...], int]:
        """Where the next pass begins: what other ranks have had, and steps of these."""
        return self._put_off or ((), self._start)

    def _take_place(self) -> tuple[tuple[tuple[int, int], ...], int]:
        place = self._coming_place()
        self._forget_place()
        return place

    def _forget_place(self) -> None:
        # Copies carry no more than they must.
        vars(self).pop("_put_off", None)
        vars(self).pop("_start", None)

    def _pass_draws(self) -> bool:
        return self.shuffle and self.generator is not None

    def _pass_draws_seed(self) -> bool:
        return self._pass_draws()

    def _state_fields(self, run: Pass) -> dict[str, int | str]:
        fields = {"n": len(self._survey()), **self._plan_fields()}
        fields |= {"shuffle": int(self.shuffle), "drop_last": int(self.drop_last)}
        if self.shuffle and self.generator is None:
            fields["seed"] = int(self.seed)
        return fields

    def _pass_fingerprint(self, run: Pass) -> str:
        if run.fingerprint is None:
            surveyed = self._survey()
            run.fingerprint = f"{fingerprint_of(surveyed.values)} {surveyed.total}"
        return run.fingerprint

    def _check_fingerprint(self, given: State) -> None:
        given.require({"fingerprint": self._pass_fingerprint(Pass(self))})

    def _begin_epoch(self, epoch: int) -> None:
        """The first batch of a pass is asked for."""
        self._is_epoch_chosen = False
        if (
            self._completed == (self.seed, epoch)
            and self.shuffle
            and self.generator is None
            and self.num_replicas > 1
            and not self._has_warned
        ):
            self._has_warned = True
            warnings.warn(
                f"{type(self).__name__} shuffles with seed={self.seed}, epoch={epoch} for the "
                "second time, which gives the order of the pass before: call set_epoch(epoch) "
                "before each pass",
                UserWarning,
                stacklevel=3,
            )

    def _end_epoch(self, epoch: int) -> None:
        """A pass has been read to its end."""
        self._completed = self.seed, epoch

    # Copies carry what was asked for, not what was made of it.

    def __getstate__(self) -> dict[str, Any]:
        left_out = ("_surveyed", "_kept", "_completed", "_has_warned")
        return {name: value for name, value in vars(self).items() if name not in left_out}

    def _repr_fields(self) -> dict[str, Any]:
        return {
            "n": len(self._survey()),
            **self._options(),
            "shuffle": self.shuffle,
            "drop_last": self.drop_last,
            "seed": self.seed,
            "generator": self.generator,
            "num_replicas": self.num_replicas,
            "rank": self.rank,
            "epoch": self.epoch,
        }

    def _options(self) -> dict[str, Any]:
        """The sampler's own options, for ``repr``."""
        raise NotImplementedError
