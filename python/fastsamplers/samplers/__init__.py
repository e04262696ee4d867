"""Samplers: subclasses of torch's whose indices come from the kernels. One file per family."""

from fastsamplers.samplers.batch import BatchSampler
from fastsamplers.samplers.bucket_batch import BucketBatchSampler
from fastsamplers.samplers.distributed import DistributedSampler
from fastsamplers.samplers.distributed_weighted import DistributedWeightedRandomSampler
from fastsamplers.samplers.infinite import InfiniteSampler
from fastsamplers.samplers.length_grouped import LengthGroupedSampler
from fastsamplers.samplers.max_tokens_batch import MaxTokensBatchSampler
from fastsamplers.samplers.packed_batch import PackedBatchSampler
from fastsamplers.samplers.random import RandomSampler
from fastsamplers.samplers.sequential import SequentialSampler
from fastsamplers.samplers.subset_random import SubsetRandomSampler
from fastsamplers.samplers.weighted import WeightedRandomSampler
from fastsamplers.samplers.wrapper import DistributedSamplerWrapper

__all__ = [
    "BatchSampler",
    "BucketBatchSampler",
    "DistributedSampler",
    "DistributedSamplerWrapper",
    "DistributedWeightedRandomSampler",
    "InfiniteSampler",
    "LengthGroupedSampler",
    "MaxTokensBatchSampler",
    "PackedBatchSampler",
    "RandomSampler",
    "SequentialSampler",
    "SubsetRandomSampler",
    "WeightedRandomSampler",
]
