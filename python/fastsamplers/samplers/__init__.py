"""Samplers: subclasses of torch's whose indices come from the kernels. One file per family."""

from fastsamplers.samplers.batch import BatchSampler
from fastsamplers.samplers.distributed import DistributedSampler
from fastsamplers.samplers.random import RandomSampler
from fastsamplers.samplers.sequential import SequentialSampler
from fastsamplers.samplers.subset_random import SubsetRandomSampler

__all__ = [
    "BatchSampler",
    "DistributedSampler",
    "RandomSampler",
    "SequentialSampler",
    "SubsetRandomSampler",
]
