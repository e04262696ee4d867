"""torch's DataLoader with the samplers of this package, and exact resume."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import torch
import torch.utils.data
from torch.utils.data.dataloader import _BaseDataLoaderIter, _DatasetKind

from fastsamplers._state import State
from fastsamplers.loader_pass import (
    LoaderPass,
    MultiProcessingIter,
    SingleProcessIter,
    generators_kept,
)
from fastsamplers.loader_resumed import Resumed
from fastsamplers.samplers.batch import BatchSampler
from fastsamplers.samplers.planned import PlannedBatchSampler
from fastsamplers.samplers.random import RandomSampler
from fastsamplers.samplers.replayed import Replayed
from fastsamplers.samplers.sequential import SequentialSampler
from fastsamplers.samplers.stream import StreamSampler

# How samplers of this package iterate; their iterators have a state.
_OURS = (StreamSampler.__iter__, BatchSampler.__iter__, PlannedBatchSampler.__iter__)


def _iter_of(sampler: Any) -> Any:
    return getattr(type(sampler), "__iter__", None)


class DataLoader(torch.utils.data.DataLoader):  # type: ignore[type-arg]
    """``torch.utils.data.DataLoader``: the same batches, workers and generator states; and a state.

    Where torch would make a sampler or batch sampler, the one of this package is made; a sampler or
    batch sampler that is given is used as it is. With an ``IterableDataset`` this is torch's class
    and nothing else.

    ``state_dict()`` counts what the loop has been given, not what workers have fetched ahead.
    ``load_state_dict(state)``, in any process and with any number of workers, lets the next
    ``iter()`` go on with the next batch; the passes after it are whole, and those that would have
    followed. Between the last batch and the end of the loop the rest is empty; a state that is
    taken after the end goes on with the next epoch.

    Args:
        dataset, batch_size, shuffle, sampler, batch_sampler, num_workers, collate_fn: torch's.
        pin_memory, drop_last, timeout, worker_init_fn, multiprocessing_context: torch's.
        generator, prefetch_factor, persistent_workers, pin_memory_device, in_order: torch's.

    Raises:
        ValueError, TypeError: torch's.

    A sampler that is not of this package is resumed by its iterator's own ``state_dict`` and
    ``load_state_dict`` if it has them; otherwise by iterating over it again, from the generators'
    states before the pass, and leaving out what had been given.
    The state is that of the loop begun last. ``sampler`` and ``batch_sampler`` classes whose
    iterators have a ``state_dict`` of their own are asked for it at each batch.
    Source: ``torch.utils.data.DataLoader``. About a microsecond a batch beside torch's work.
    """

    _present: LoaderPass | None = None
    _resumed: Resumed | None = None
    _loaded: Any = None

    def __init__(
        self,
        dataset: Any,
        batch_size: int | None = 1,
        shuffle: bool | None = None,
        sampler: torch.utils.data.Sampler[Any] | Iterable[Any] | None = None,
        batch_sampler: torch.utils.data.Sampler[list[Any]] | Iterable[list[Any]] | None = None,
        num_workers: int = 0,
        collate_fn: Callable[[list[Any]], Any] | None = None,
        pin_memory: bool = False,
        drop_last: bool = False,
        timeout: float = 0,
        worker_init_fn: Callable[[int], None] | None = None,
        multiprocessing_context: Any = None,
        generator: torch.Generator | None = None,
        *,
        prefetch_factor: int | None = None,
        persistent_workers: bool = False,
        pin_memory_device: str = "",
        in_order: bool = True,
    ) -> None:
        super().__init__(
            dataset,
            batch_size,
            shuffle,
            sampler,
            batch_sampler,
            num_workers,
            collate_fn,
            pin_memory,
            drop_last,
            timeout,
            worker_init_fn,
            multiprocessing_context,
            generator,
            prefetch_factor=prefetch_factor,
            persistent_workers=persistent_workers,
            pin_memory_device=pin_memory_device,
            in_order=in_order,
        )
        if self._dataset_kind != _DatasetKind.Map:
            return
        own: dict[str, Any] = {}
        if sampler is None:
            made = self.sampler
            if type(made) is torch.utils.data.RandomSampler:
                own["sampler"] = RandomSampler(dataset, generator=generator)
            elif type(made) is torch.utils.data.SequentialSampler:
                own["sampler"] = SequentialSampler(dataset)
        if batch_sampler is None and type(self.batch_sampler) is torch.utils.data.BatchSampler:
            order = own.get("sampler", self.sampler)
            assert self.batch_size is not None
            own["batch_sampler"] = BatchSampler(order, self.batch_size, self.drop_last)
        vars(self).update(own)  # torch lets nobody assign them

    def _get_iterator(self) -> _BaseDataLoaderIter:
        if self._dataset_kind != _DatasetKind.Map:
            return super()._get_iterator()
        if self.num_workers == 0:
            return SingleProcessIter(self)
        self.check_worker_number_rationality()
        return MultiProcessingIter(self)

    @property
    def _index_sampler(self) -> Any:
        sampler = super()._index_sampler
        if self._dataset_kind != _DatasetKind.Map or _iter_of(sampler) in _OURS:
            return sampler
        return Replayed(sampler)

    def __iter__(self) -> _BaseDataLoaderIter:
        iterator = super().__iter__()
        self._resumed = self._loaded = None
        return iterator

    def state_dict(self) -> dict[str, Any]:
        """Where the present pass stands, of which the loop has been given so many batches.

        Returns:
            dict of ints, strings, the sampler's state (a dict), and the state of ``generator``
            where the sampler does not draw from it.

        Raises:
            TypeError: the dataset is an ``IterableDataset``, whose position only it knows.

        O(1); nothing is drawn.
        """
        self._require_map("state_dict")
        if self._resumed is not None and self._resumed.has_rest:
            return self._resumed.open()[1].state_dict(self)
        if self._present is None:  # the pass that is to come
            sampler = self._index_sampler
            if isinstance(sampler, Replayed):
                return LoaderPass(sampler, None).state_dict(self)
            with generators_kept(self):  # some samplers draw at iter()
                return LoaderPass(iter(sampler), None).state_dict(self)
        return self._present.state_dict(self)

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        """The next ``iter()`` goes on with the batch after the last one that had been given.

        Generators that the sampler draws from are put to where they stood, now.

        Args:
            state_dict (dict): what ``state_dict()`` returned, here or in another process.

        Raises:
            ValueError: the state does not fit; it names the field, and nothing has changed.
            TypeError: the dataset is an ``IterableDataset``.
        """
        self._require_map("load_state_dict")
        self._resumed = Resumed.of_state(self, State(state_dict))
        self._present = None
        self._loaded = None if self._resumed is None else state_dict

    def _require_map(self, name: str) -> None:
        if self._dataset_kind != _DatasetKind.Map:
            raise TypeError(
                f"{name} needs a dataset that is indexed, but got an IterableDataset, "
                f"{type(self.dataset).__name__}, whose position only it knows"
            )

    def __getstate__(self) -> dict[str, Any]:
        # What belongs to processes and loops of this one; a state that was loaded goes along.
        left_out = ("_present", "_resumed", "_iterator")
        state = {name: value for name, value in vars(self).items() if name not in left_out}
        return state | {"_iterator": None}

    def __setstate__(self, state: dict[str, Any]) -> None:
        vars(self).update(state)
        if self._loaded is not None:
            with generators_kept(self):  # a copy moves nobody
                self.load_state_dict(self._loaded)
