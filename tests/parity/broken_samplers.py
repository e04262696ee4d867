"""Samplers and functions with one small fault each, which test_soak.py wants to see noticed."""

from __future__ import annotations

import itertools

import torch

import fastsamplers
from fastsamplers import functional


class SequentialSampler(fastsamplers.SequentialSampler):
    """Its blocks lack the last index of a pass."""

    def blocks(self, size=65536):
        for block in super().blocks(size):
            yield block[:-1] if block.size and block[-1] == len(self) - 1 else block


class RandomSampler(fastsamplers.RandomSampler):
    """The third and the fourth index have changed places."""

    def __iter__(self):
        iterator = super().__iter__()
        head = list(itertools.islice(iterator, 4))
        yield from [*head[:2], *head[:1:-1]]
        yield from iterator


class SubsetRandomSampler(fastsamplers.SubsetRandomSampler):
    """Draws one word too many, at the end of a pass."""

    def __iter__(self):
        yield from super().__iter__()
        torch.randint(9, (1,), generator=self.generator)


class WeightedRandomSampler(fastsamplers.WeightedRandomSampler):
    """Draws at iter() what torch draws at the first index."""

    def __iter__(self):
        return iter(list(super().__iter__()))


class DistributedSampler(fastsamplers.DistributedSampler):
    """Takes the next rank's share, where there are many."""

    def __init__(self, dataset, num_replicas=None, rank=None, *args, **options) -> None:
        super().__init__(dataset, num_replicas, rank, *args, **options)
        self.rank = (self.rank + (self.num_replicas > 64)) % self.num_replicas


class BatchSampler(fastsamplers.BatchSampler):
    """Every batch is the same list, filled anew."""

    def __iter__(self):
        batch = []
        for given in super().__iter__():
            batch[:] = given
            yield batch


class DataLoader(fastsamplers.DataLoader):
    """Goes on one batch too far when it is resumed."""

    def load_state_dict(self, state_dict):
        super().load_state_dict(state_dict)
        self._loaded = True

    def __iter__(self):
        iterator = super().__iter__()
        if vars(self).pop("_loaded", False):
            next(iterator, None)
        return iterator


class LengthGroupedSampler(fastsamplers.LengthGroupedSampler):
    """Gives indices of another type."""

    def __iter__(self):
        return map(float, super().__iter__())


def randperm(n, **options):
    """Leaves the generator where it was."""
    generator = options.get("generator") or torch.default_generator
    before = generator.get_state()
    result = functional.randperm(n, **options)
    generator.set_state(before)
    return result


def randint(*args, **options):
    """One value is another one, at the end of long results."""
    result = functional.randint(*args, **options)
    if result.numel() > 100:
        result[-1] ^= 1
    return result


def multinomial(input, num_samples, replacement=False, **options):
    """Refuses with another type of error."""
    try:
        return functional.multinomial(input, num_samples, replacement, **options)
    except RuntimeError as error:
        raise ValueError(str(error)) from error
