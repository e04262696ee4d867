"""Samplers: subclasses of torch's whose indices come from the kernels. One file per family."""

from fastsamplers.samplers.batch import BatchSampler
from fastsamplers.samplers.distributed import DistributedSampler
from fastsamplers.samplers.distributed_weighted import DistributedWeightedRandomSampler
from fastsamplers.samplers.infinite import InfiniteSampler
from fastsamplers.samplers.random import RandomSampler
from fastsamplers.samplers.sequential import SequentialSampler
from fastsamplers.samplers.subset_random import SubsetRandomSampler
from fastsamplers.samplers.weighted import WeightedRandomSampler
from fastsamplers.samplers.wrapper import DistributedSamplerWrapper

__all__ = [
    "BatchSampler",
    "DistributedSampler",
    "DistributedSamplerWrapper",
    "DistributedWeightedRandomSampler",
    "InfiniteSampler",
    "RandomSampler",
    "SequentialSampler",
    "SubsetRandomSampler",
    "WeightedRandomSampler",
]
