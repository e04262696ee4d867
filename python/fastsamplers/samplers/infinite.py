"""Passes without an end."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import torch.utils.data

from fastsamplers import _core, _torch, _validate
from fastsamplers._state import State
from fastsamplers.samplers.ranked import has_process_group, present_ranks
from fastsamplers.samplers.sampler_pass import Pass, seek
from fastsamplers.samplers.stream import StreamSampler

# Where nobody comes.
_ENDLESS = 2**62


class InfiniteSampler(StreamSampler, torch.utils.data.Sampler[int]):
    """One permutation after another, without an end, dealt out to ranks: no epochs, no padding.

    All ranks together read one stream, rank r its places r, r + num_replicas, ...: the
    permutations that one generator gives, or one range after another. Each ``iter()`` begins anew.

    Args:
        size (int): n, indices are of [0, n).
        shuffle (bool): permute.
        seed (int): equal on all ranks.
        rank (int, optional, keyword only): this rank; default from the process group, 0 without.
        num_replicas (int, optional, keyword only): number of ranks; default from the process group,
            1 without.
        algorithm (str, keyword only): ``"torch"``, permutations by ``torch.randperm``;
            ``"feistel"``, those of ``IndexShuffle(n, seed, epoch=0)``, of epoch 1, and so on.

    Raises:
        TypeError, ValueError: ``size`` is not a positive int, ``rank`` not in [0, num_replicas), or
            an option is none of those above.
        MemoryError: at ``iter()``, when a permutation of n does not fit.

    Memory and work: as ``RandomSampler`` without replacement. It has no length.
    Source: detectron2's ``TrainingSampler``, the same indices for the same seed.
    """

    def __init__(
        self,
        size: int,
        shuffle: bool = True,
        seed: int = 0,
        *,
        rank: int | None = None,
        num_replicas: int | None = None,
        algorithm: str = "torch",
    ) -> None:
        self.size = _validate.positive_int("size", size)
        self.shuffle = _validate.boolean("shuffle", shuffle)
        self.seed = seed
        if shuffle:
            _torch.seeded_engine(seed)  # torch's errors
        self.algorithm = _validate.one_of("algorithm", algorithm, _validate.ALGORITHMS)
        if num_replicas is not None:
            _validate.positive_int("num_replicas", num_replicas)
        if rank is not None and (rank < 0 or (num_replicas is not None and rank >= num_replicas)):
            raise ValueError(
                f"Invalid rank {rank}, rank should be in the interval [0, "
                f"{(num_replicas or 1) - 1}]"
            )
        self._given_ranks = rank, num_replicas

    @property
    def rank(self) -> int:
        """This rank."""
        return self._ranks()[0]

    @property
    def num_replicas(self) -> int:
        """Number of ranks."""
        return self._ranks()[1]

    def _ranks(self) -> tuple[int, int]:
        rank, num_replicas = self._given_ranks
        if rank is not None and num_replicas is not None:
            return rank, num_replicas
        present = present_ranks() if has_process_group() else (0, 1)
        rank = present[0] if rank is None else rank
        num_replicas = present[1] if num_replicas is None else num_replicas
        if rank >= num_replicas:
            raise ValueError(
                f"Invalid rank {rank}, rank should be in the interval [0, {num_replicas - 1}]"
            )
        return rank, num_replicas

    def _new_pass(self, arrays: bool = False) -> Pass:
        return _InfinitePass(self, arrays)

    def _pass_length(self) -> int:
        return _ENDLESS // self._ranks()[1]

    def _pass_draws(self) -> bool:
        return False

    def _state_fields(self, run: Pass) -> dict[str, int | str]:
        if not self.shuffle:
            return {"algorithm": "sequential, again and again", "n": self.size}
        is_keyed = _validate.is_feistel(self.algorithm)
        algorithm = _core.INDEX_SHUFFLE_VERSION if is_keyed else "torch.randperm"
        return {
            "algorithm": f"{algorithm}, again and again",
            "n": self.size,
            "seed": int(self.seed),
        }

    def _order(self) -> _core.IndexStream:
        if not self.shuffle:
            return _core.sequential_stream(self.size)  # a shard of it begins again at its end
        if _validate.is_feistel(self.algorithm):
            seed = _validate.key("seed", self.seed)
            return _core.index_shuffle_stream(self.size, seed, 0, _ENDLESS)
        return _core.permutation_stream(_torch.seeded_engine(self.seed), self.size, _ENDLESS)

    def _pass_streams(self, run: Pass) -> Iterable[_core.IndexStream]:
        assert isinstance(run, _InfinitePass)
        rank, num_replicas = run.ranks
        first = run.origin + rank
        count = (_ENDLESS - first) // num_replicas
        # The pass itself, which is kept for its state, does not keep the permutation.
        shard = _core.strided_shard(self._order(), first, num_replicas, count)
        return (seek(shard, run.start),)

    def _repr_fields(self) -> dict[str, Any]:
        rank, num_replicas = self._given_ranks
        return {
            "size": self.size,
            "shuffle": self.shuffle,
            "seed": self.seed,
            "rank": rank,
            "num_replicas": num_replicas,
            "algorithm": self.algorithm,
        }


class _InfinitePass(Pass):
    """A pass that all ranks read together from ``origin`` on."""

    sampler: InfiniteSampler

    def __init__(self, sampler: InfiniteSampler, arrays: bool = False) -> None:
        super().__init__(sampler, arrays)
        self.ranks = sampler._ranks()
        self.origin = 0

    def _place(self, position: int) -> dict[str, int | str]:
        had = self._left_out(self.sampler) + position
        return {"position": self.origin + had * self.ranks[1]}

    def put_off(self) -> None:
        """The next pass of the sampler will be this one, of which nothing has been read."""
        self.sampler._start = self.start + self.origin // self.ranks[1]

    def _take_place(self, given: State) -> None:
        self.origin = given.integer("position", 0, _ENDLESS)
