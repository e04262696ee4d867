"""One rank's share of an order that all ranks compute alike."""

from __future__ import annotations

import warnings
from collections.abc import Iterable
from typing import Any

import torch

from fastsamplers import _core, _parity, _torch, _validate
from fastsamplers.samplers.node import present_node
from fastsamplers.samplers.rank_pass import RankPass
from fastsamplers.samplers.ranked import RankedSampler
from fastsamplers.samplers.sampler_pass import Pass
from fastsamplers.samplers.stream import length_of


class DistributedSampler(RankedSampler):
    """Restricts sampling to one rank's share: ``torch.utils.data.DistributedSampler``, bit for bit.

    Args:
        dataset (Sized): what is sampled, n = ``len(dataset)``.
        num_replicas (int, optional): number of ranks; default from the process group.
        rank (int, optional): this rank; default from the process group.
        shuffle (bool): permute with a private generator seeded ``seed + epoch``.
        seed (int): equal on all ranks.
        drop_last (bool): cut the tail that does not divide by the number of ranks; otherwise the
            order is padded from its head, several times over if need be.
        algorithm (str, keyword only): ``"torch"``, the order of ``torch.randperm``; ``"feistel"``,
            that of ``IndexShuffle(n, seed, epoch=epoch)``, of which a rank computes its own
            indices alone.
        padding (str, keyword only): ``"repeat"``, torch's; ``"none"``, every index exactly once,
            so that the shares of two ranks may differ by one. With ``drop_last`` nothing is padded.
        layout (str, keyword only): ``"interleaved"``, torch's, rank r has places r, r +
            num_replicas, ...; ``"contiguous"``, rank r has the r-th run of the order.
        auto_epoch (bool, keyword only): each pass goes on to the next epoch by itself.
        node_shared (bool, keyword only): of the ranks on one machine one builds the permutation, in
            memory that all of them read. All ranks have to begin their passes together.

    Raises:
        ValueError: the rank is not in [0, num_replicas), or an option is none of those above.
        AssertionError: at ``iter()``, when the dataset's length has changed.
        MemoryError: when a permutation of n does not fit.
        ValueError, RuntimeError: at the first pass, torch's, when a rank has to be looked up and
            there is no process group.

    Memory: 4n bytes (8n above n = 2**32), with ``node_shared`` once a machine; none without
    ``shuffle`` or with ``"feistel"``. No list of indices is held.
    Call ``set_epoch`` before each epoch, as with torch; where the same epoch is shuffled a second
    time, a warning says so, once.
    Source: ``torch.utils.data.distributed.DistributedSampler``.
    """

    algorithm: str = "torch"
    node_shared: bool = False
    # (seed, epoch) of the last pass that was read to its end.
    _completed: tuple[int, int] | None = None
    _has_warned = False
    _has_warned_of_node = False

    def __init__(
        self,
        dataset: Any,
        num_replicas: int | None = None,
        rank: int | None = None,
        shuffle: bool = True,
        seed: int = 0,
        drop_last: bool = False,
        *,
        algorithm: str = "torch",
        padding: str = "repeat",
        layout: str = "interleaved",
        auto_epoch: bool = False,
        node_shared: bool = False,
    ) -> None:
        self._set_up(
            dataset, num_replicas, rank, shuffle, seed, drop_last, padding=padding, layout=layout
        )
        self.algorithm = _validate.one_of("algorithm", algorithm, _validate.ALGORITHMS)
        self.auto_epoch = _validate.boolean("auto_epoch", auto_epoch)
        self.node_shared = _validate.boolean("node_shared", node_shared)

    def _fix_order(self, run: RankPass) -> None:
        run.n = n = run.total
        is_keyed = _validate.is_feistel(self.algorithm)
        if not self.shuffle or (is_keyed and n == 0):
            run.order = _core.sequential_stream(n)
        elif is_keyed:
            key = _validate.key("seed", self.seed), _validate.key("epoch", run.epoch)
            run.order = _core.index_shuffle_stream(_validate.shuffled_length(n), *key, n)
        elif not (
            _torch.serves_default_device()
            and _parity.holds("generator", "randperm", "randperm-large")
        ):
            generator = torch.Generator().manual_seed(self.seed + run.epoch)
            order = torch.randperm(n, generator=generator).cpu().numpy()
            run.order = _core.subset_stream(_core.sequential_stream(n), order)
        else:
            run.engine = _torch.seeded_engine(self.seed + run.epoch)
            run.order = _core.permutation_stream(run.engine, n, n)

    def _begin_epoch(self, epoch: int) -> None:
        if (
            self._completed == (self.seed, epoch)
            and self.shuffle
            and not self.auto_epoch
            and self.num_replicas > 1
            and not self._has_warned
        ):
            self._has_warned = True
            warnings.warn(
                f"{type(self).__name__} shuffles with seed={self.seed}, epoch={epoch} for the "
                "second time, which gives the order of the pass before: call set_epoch(epoch) "
                "before each pass, or use auto_epoch=True",
                UserWarning,
                stacklevel=3,
            )
        super()._begin_epoch(epoch)

    def _end_epoch(self, epoch: int) -> None:
        self._completed = self.seed, epoch

    def _state_fields(self, run: Pass) -> dict[str, int | str]:
        assert isinstance(run, RankPass)
        if not self.shuffle:
            return {"algorithm": "sequential", "n": run.total}
        is_keyed = _validate.is_feistel(self.algorithm)
        algorithm = _core.INDEX_SHUFFLE_VERSION if is_keyed else "torch.randperm"
        return {"algorithm": algorithm, "n": run.total, "seed": int(self.seed)}

    def _pass_streams(self, run: Pass) -> Iterable[_core.IndexStream]:
        assert isinstance(run, RankPass)
        assert run.order is not None
        # The pass itself, which is kept for its state, does not keep the permutation.
        order, run.order = run.order, None
        if self.node_shared and run.engine is not None:
            shared = present_node().permutation(run.engine, run.total)
            if isinstance(shared, str):
                self._warn_of_node(shared)
            else:
                order = shared
        return run.shards(order)

    def _warn_of_node(self, reason: str) -> None:
        if reason and not self._has_warned_of_node:
            self._has_warned_of_node = True
            warnings.warn(
                f"node_shared: this rank builds a permutation of its own, since {reason}",
                UserWarning,
                stacklevel=5,
            )

    def __getstate__(self) -> dict[str, Any]:
        # A copy warns by itself.
        left_out = ("_completed", "_has_warned", "_has_warned_of_node")
        return {name: value for name, value in vars(self).items() if name not in left_out}

    def _repr_fields(self) -> dict[str, Any]:
        known = vars(self)
        fields = {
            "n": length_of(self.dataset),
            "num_replicas": known.get("num_replicas"),
            "rank": known.get("rank"),
            "shuffle": self.shuffle,
            "seed": self.seed,
            "epoch": self.epoch,
            "drop_last": self.drop_last,
            "algorithm": self.algorithm,
        }
        for name in ("padding", "layout", "auto_epoch", "node_shared"):
            if (value := getattr(self, name)) != getattr(type(self), name):
                fields[name] = value
        return fields
