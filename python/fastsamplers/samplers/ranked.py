"""What samplers that deal an order out to ranks have in common."""

from __future__ import annotations

import math
from typing import Any

import torch.distributed
import torch.utils.data
import torch.utils.data.distributed

from fastsamplers import _validate
from fastsamplers.samplers.rank_pass import RankPass
from fastsamplers.samplers.sampler_pass import Pass
from fastsamplers.samplers.share import (
    LAYOUTS,
    PADDINGS,
    Contiguous,
    Deal,
    Interleaved,
    Piece,
    padding_of,
)
from fastsamplers.samplers.stream import StreamSampler

_TorchSampler = torch.utils.data.distributed.DistributedSampler
# What torch's constructor sets, from the process group if need be.
_LOOKED_UP = ("num_replicas", "rank", "num_samples", "total_size")


class RankedSampler(StreamSampler, _TorchSampler):  # type: ignore[type-arg]
    """Base of the samplers of one rank: world size and rank, epochs, padding.

    Where the process group is not up when the sampler is made, what was not given is looked up when
    it is first needed.
    """

    padding: str = "repeat"
    layout: str = "interleaved"
    auto_epoch: bool = False
    # Whether the present epoch's order has been read.
    _has_begun_epoch = False
    # Whether it was set and no pass has begun since.
    _is_epoch_chosen = False

    # What a loaded state leaves for the next pass; None: all of it.
    _put_off_rest: Interleaved | Contiguous | None = None

    def _set_up(
        self,
        dataset: Any,
        num_replicas: int | None,
        rank: int | None,
        shuffle: bool,
        seed: int,
        drop_last: bool,
        *,
        padding: str = "repeat",
        layout: str = "interleaved",
    ) -> None:
        """What torch's constructor does, or as much of it as can be done now."""
        self.padding = _validate.one_of("padding", padding, PADDINGS)
        self.layout = _validate.one_of("layout", layout, LAYOUTS)
        if (num_replicas is None or rank is None) and not has_process_group():
            self.dataset = dataset
            self.epoch = 0
            self.drop_last = drop_last
            self.shuffle = shuffle
            self.seed = seed
            self._asked_for = num_replicas, rank
        else:
            self._look_up(dataset, num_replicas, rank, shuffle, seed, drop_last)

    def _look_up(self, dataset: Any, *arguments: Any) -> None:
        _TorchSampler.__init__(self, dataset, *arguments)
        if self.padding == "none" and not self.drop_last:
            n = len(dataset)
            self.num_samples = self._deal().size(n)
            self.total_size = n

    def _require_ranks(self) -> None:
        """Looks up the ranks that were not given; torch's error where there is no process group."""
        if "num_replicas" in vars(self):
            return
        kept = vars(self).copy()
        try:
            self._look_up(self.dataset, *self._asked_for, self.shuffle, self.seed, self.drop_last)
        except BaseException:
            vars(self).clear()
            vars(self).update(kept)
            raise
        self.epoch = kept["epoch"]
        del self._asked_for

    def __getattr__(self, name: str) -> Any:
        if name in _LOOKED_UP and "_asked_for" in vars(self):
            try:
                self._require_ranks()
            except (RuntimeError, ValueError) as error:
                raise AttributeError(f"{name} is not known yet: {error}") from error
            return vars(self)[name]
        raise AttributeError(f"{type(self).__name__!r} object has no attribute {name!r}")

    def __len__(self) -> int:
        self._require_ranks()
        return self.num_samples

    # What a pass asks for.

    def _new_pass(self, arrays: bool = False) -> Pass:
        self._require_ranks()
        return RankPass(self, arrays)

    def _fix_order(self, run: RankPass) -> None:
        """What ``iter()`` fixes of the global order beside length and epoch."""

    def _pass_draws(self) -> bool:
        return False

    def _total(self) -> int:
        """Length of the order that is dealt out."""
        return len(self.dataset)  # type: ignore[arg-type]

    def _deal(self) -> Deal:
        return Deal(self.num_replicas, self.rank, self.drop_last, self.padding, self.layout)

    def _share(self, n: int) -> Piece:
        """One rank's places in an order of n, with torch's checks of their number."""
        if self.layout == "interleaved" and (self.padding == "repeat" or self.drop_last):
            share = _torch_share(self, n)
            return Piece(share.start, share.step, len(share))
        deal = self._deal()
        is_whole = deal.padding == "none" and not deal.drop_last
        _require_sizes(self, n if is_whole else deal.size(n) * deal.num_replicas)
        return Piece(self.rank, self.num_replicas, self.num_samples)

    # Where a pass begins.

    def seek(self, position: int) -> None:
        super().seek(position)
        self._forget_rest()

    seek.__doc__ = StreamSampler.seek.__doc__

    def _put_off(self, rest: Interleaved | Contiguous, start: int) -> None:
        """The next pass deals out ``rest``, and leaves out this rank's first ``start`` of it."""
        self._put_off_rest = rest
        self._start = start

    def _forget_rest(self) -> None:
        vars(self).pop("_put_off_rest", None)  # copies carry no more than they must

    # Epochs.

    def set_epoch(self, epoch: int) -> None:
        """Sets ``epoch`` as that of the next pass, which decides its order; torch's."""
        super().set_epoch(epoch)
        self._has_begun_epoch = False
        self._is_epoch_chosen = True

    def _next_epoch(self) -> int:
        """The epoch of a pass that begins now."""
        return self.epoch + 1 if self.auto_epoch and self._has_begun_epoch else self.epoch

    def _go_to_epoch(self, epoch: int) -> None:
        """A pass of this epoch has begun."""
        self.epoch = epoch
        self._has_begun_epoch = True
        self._is_epoch_chosen = False

    def _begin_epoch(self, epoch: int) -> None:
        """The first index of a whole pass is asked for."""
        self._is_epoch_chosen = False
        if self.auto_epoch:
            self._go_to_epoch(epoch)

    def _end_epoch(self, epoch: int) -> None:
        """A pass has been read to its end."""

    # Padding.

    @property
    def num_padding(self) -> int:
        """How many of the last indices of this rank's pass are repetitions."""
        self._require_ranks()
        n = self._total()
        deal = self._deal()
        rest = Interleaved() if deal.layout == "interleaved" else Contiguous()
        return padding_of(rest.pieces(deal, n), n)

    @property
    def valid(self) -> torch.Tensor:
        """bool[len(self)]: False for the indices of a pass that are repetitions."""
        mask = torch.ones(len(self), dtype=torch.bool, device="cpu")
        mask[len(mask) - self.num_padding :] = False
        return mask


def _torch_share(sampler: _TorchSampler[Any], n: int) -> range:
    """``[rank:total_size:num_replicas]`` of the padded or cut order."""
    order = range(n)
    if sampler.drop_last:
        total = len(order[: sampler.total_size])
    else:
        padding = sampler.total_size - n
        if padding <= n:
            total = n + len(order[:padding])
        else:
            total = n + len(range(n * math.ceil(padding / n))[:padding])
    _require_sizes(sampler, total)
    share = range(total)[sampler.rank : sampler.total_size : sampler.num_replicas]
    if len(share) != sampler.num_samples:
        raise AssertionError(
            f"Number of subsampled indices ({len(share)}) does not match "
            f"num_samples ({sampler.num_samples})"
        )
    return share


def _require_sizes(sampler: _TorchSampler[Any], total: int) -> None:
    """torch's assertion, for a dataset whose length has changed since."""
    if total != sampler.total_size:
        raise AssertionError(
            f"Number of indices ({total}) does not match total_size ({sampler.total_size})"
        )


def has_process_group() -> bool:
    """Whether there is a process group to ask."""
    return torch.distributed.is_available() and torch.distributed.is_initialized()


def present_ranks() -> tuple[int, int]:
    """This rank, and the number of ranks, of the process group."""
    return torch.distributed.get_rank(), torch.distributed.get_world_size()
