"""The samplers of ``torch.utils.data`` as C++ kernels: same indices, same seeds, same states.

Names are loaded on first use, so that ``fastsamplers._core`` can be used where there is no torch.
"""

from __future__ import annotations

from importlib import import_module
from importlib.metadata import version as _version
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from fastsamplers import functional as functional
    from fastsamplers import integrations as integrations
    from fastsamplers import planning as planning
    from fastsamplers._threads import get_num_threads, set_num_threads
    from fastsamplers.index_shuffle import IndexShuffle
    from fastsamplers.loader import DataLoader
    from fastsamplers.samplers import (
        BatchSampler,
        BucketBatchSampler,
        DistributedSampler,
        DistributedSamplerWrapper,
        DistributedWeightedRandomSampler,
        InfiniteSampler,
        LengthGroupedSampler,
        MaxTokensBatchSampler,
        PackedBatchSampler,
        RandomSampler,
        SequentialSampler,
        SubsetRandomSampler,
        WeightedRandomSampler,
    )

__all__ = [
    "BatchSampler",
    "BucketBatchSampler",
    "DataLoader",
    "DistributedSampler",
    "DistributedSamplerWrapper",
    "DistributedWeightedRandomSampler",
    "IndexShuffle",
    "InfiniteSampler",
    "LengthGroupedSampler",
    "MaxTokensBatchSampler",
    "PackedBatchSampler",
    "RandomSampler",
    "SequentialSampler",
    "SubsetRandomSampler",
    "WeightedRandomSampler",
    "functional",
    "get_num_threads",
    "integrations",
    "planning",
    "set_num_threads",
]

# Where the names live that are no samplers. IndexShuffle and the threads need no torch.
_MODULES = {
    "DataLoader": "loader",
    "IndexShuffle": "index_shuffle",
    "get_num_threads": "_threads",
    "set_num_threads": "_threads",
}

__version__ = _version("fastsamplers")


def __getattr__(name: str) -> Any:
    if name in ("functional", "integrations", "planning"):
        return import_module(f"fastsamplers.{name}")
    if name in __all__:
        module = _MODULES.get(name, "samplers")
        value = getattr(import_module(f"fastsamplers.{module}"), name)
        globals()[name] = value
        return value
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted([*__all__, "__version__"])
