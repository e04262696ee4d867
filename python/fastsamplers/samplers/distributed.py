"""One rank's share of an order that all ranks compute alike."""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import Any

import torch.utils.data
import torch.utils.data.distributed

from fastsamplers import _core, _parity, _torch, _validate
from fastsamplers.samplers.stream import StreamSampler, length_of


class DistributedSampler(
    StreamSampler,
    torch.utils.data.distributed.DistributedSampler,  # type: ignore[type-arg]
):
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

    Raises:
        ValueError: the rank is not in [0, num_replicas), there is no process group to ask, or the
            algorithm is unknown.
        AssertionError: at ``iter()``, when the dataset's length has changed.
        MemoryError: at ``iter()``, when a permutation of n does not fit.

    Memory: 4n bytes (8n above n = 2**32), none without ``shuffle`` or with ``"feistel"``; no list
    of indices is held.
    Call ``set_epoch`` before each epoch, as with torch.
    """

    algorithm: str = "torch"

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
    ) -> None:
        super().__init__(dataset, num_replicas, rank, shuffle, seed, drop_last)
        self.algorithm = _validate.one_of("algorithm", algorithm, _validate.ALGORITHMS)

    def _pass_is_served(self) -> bool:
        if not self.shuffle or _validate.is_feistel(self.algorithm):
            return True
        return _torch.serves_default_device() and _parity.holds(
            "generator", "randperm", "randperm-large"
        )

    def _pass_streams(self) -> Iterable[_core.IndexStream]:
        # A plain method: torch fixes epoch and length at iter(), not at the first index.
        n = len(self.dataset)  # type: ignore[arg-type]
        order = self._global_order(n)
        share = share_of(self, n)
        return (_core.strided_shard(order, share.start, share.step, len(share)),)

    def _global_order(self, n: int) -> _core.IndexStream:
        if not self.shuffle:
            return _core.sequential_stream(n)
        if _validate.is_feistel(self.algorithm):
            key = _validate.key("seed", self.seed), _validate.key("epoch", self.epoch)
            if n == 0:
                return _core.sequential_stream(0)
            return _core.index_shuffle_stream(_validate.shuffled_length(n), *key, n)
        return _core.permutation_stream(_torch.seeded_engine(self.seed + self.epoch), n, n)

    def _repr_fields(self) -> dict[str, Any]:
        return {
            "n": length_of(self.dataset),
            "num_replicas": self.num_replicas,
            "rank": self.rank,
            "shuffle": self.shuffle,
            "seed": self.seed,
            "epoch": self.epoch,
            "drop_last": self.drop_last,
            "algorithm": self.algorithm,
        }


def share_of(sampler: torch.utils.data.distributed.DistributedSampler[Any], n: int) -> range:
    """One rank's positions in the padded or cut order of n, with torch's checks of their number."""
    order = range(n)
    if sampler.drop_last:
        total = len(order[: sampler.total_size])
    else:
        padding = sampler.total_size - n
        if padding <= n:
            total = n + len(order[:padding])
        else:
            total = n + len(range(n * math.ceil(padding / n))[:padding])
    if total != sampler.total_size:
        raise AssertionError(
            f"Number of indices ({total}) does not match total_size ({sampler.total_size})"
        )
    share = range(total)[sampler.rank : sampler.total_size : sampler.num_replicas]
    if len(share) != sampler.num_samples:
        raise AssertionError(
            f"Number of subsampled indices ({len(share)}) does not match "
            f"num_samples ({sampler.num_samples})"
        )
    return share
