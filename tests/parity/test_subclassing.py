"""Users' subclasses of our samplers behave as subclasses of torch's would."""

from __future__ import annotations

import pytest
import torch
import torch.utils.data
import torch.utils.data.distributed

import fastsamplers

NAMES = ("SequentialSampler", "RandomSampler", "SubsetRandomSampler", "BatchSampler")


@pytest.mark.parametrize("name", NAMES)
def test_ours_are_torchs_subclasses(name: str) -> None:
    assert issubclass(getattr(fastsamplers, name), getattr(torch.utils.data, name))
    assert issubclass(getattr(fastsamplers, name), torch.utils.data.Sampler)


def test_ours_is_torchs_distributed_subclass() -> None:
    theirs = torch.utils.data.distributed.DistributedSampler
    assert issubclass(fastsamplers.DistributedSampler, theirs)


def own_iter(library):
    class Backward(library.RandomSampler):
        def __iter__(self):
            yield from reversed([*super().__iter__()])

    return Backward(range(10))


def own_iter_of_items(library):
    class Texts(library.SequentialSampler):
        def __iter__(self):
            return map(str, super().__iter__())

    return Texts(range(10))


def own_num_samples(library):
    class Half(library.RandomSampler):
        @property
        def num_samples(self):
            return len(self.data_source) // 2

    return Half(range(11))


def own_num_samples_replacement(library):
    class Many(library.RandomSampler):
        @property
        def num_samples(self):
            return 100

    return Many(range(11), replacement=True)


def own_len(library):
    class Shorter(library.RandomSampler):
        def __len__(self):
            return 3

    return Shorter(range(10))


def own_indices(library):
    class Computed(library.SubsetRandomSampler):
        def __init__(self):
            super().__init__([])
            self.reads = 0

        @property
        def indices(self):
            return [10, 20, 30, 40]

        @indices.setter
        def indices(self, value):
            pass

    return Computed()


def own_generator(library):
    class Seeded(library.RandomSampler):
        @property
        def generator(self):
            return torch.Generator().manual_seed(3)

        @generator.setter
        def generator(self, value):
            pass

    return Seeded(range(10), num_samples=25)


def own_getattribute(library):
    class Renamed(library.RandomSampler):
        def __getattribute__(self, name):
            if name == "data_source":
                return range(6)
            return super().__getattribute__(name)

    return Renamed(range(10))


def own_epoch(library):
    class Doubled(library.DistributedSampler):
        def set_epoch(self, epoch):
            super().set_epoch(2 * epoch)

    sampler = Doubled(range(10), 2, 1)
    sampler.set_epoch(3)
    return sampler


def own_share(library):
    class WithRank(library.DistributedSampler):
        def __iter__(self):
            return ((self.rank, index) for index in super().__iter__())

    return WithRank(range(10), 2, 1)


def two_levels(library):
    class One(library.RandomSampler):
        def __iter__(self):
            return (index + 1 for index in super().__iter__())

    class Two(One):
        pass

    return Two(range(10))


def a_mixin(library):
    class Doubled:
        def __iter__(self):
            for index in super().__iter__():
                yield index
                yield index

    class Sampler(Doubled, library.RandomSampler):
        pass

    return Sampler(range(6))


def without_super_init(library):
    class Bare(library.RandomSampler):
        def __init__(self):
            self.data_source = range(7)
            self.replacement = False
            self._num_samples = None
            self.generator = None

    return Bare()


def bare_subset(library):
    class Bare(library.SubsetRandomSampler):
        def __init__(self):
            self.indices = [3, 4, 5]
            self.generator = None

    return Bare()


MAKERS = [own_iter, own_iter_of_items, own_num_samples, own_num_samples_replacement, own_len,
          own_indices, own_generator, own_getattribute, own_epoch, own_share, two_levels, a_mixin,
          without_super_init, bare_subset]  # fmt: skip


@pytest.mark.parametrize("make", MAKERS, ids=lambda make: make.__name__)
def test_alone_and_in_batches(same, trace, make) -> None:
    def scenario(library):
        sampler = make(library)
        outcome = [trace(lambda: sampler), trace(lambda: sampler), len(sampler)]
        for drop_last in (False, True):
            batches = library.BatchSampler(sampler, 4, drop_last)
            outcome += [trace(lambda b=batches: b), trace(lambda b=batches: b), len(batches)]
        return outcome

    same(scenario)


def test_a_batch_sampler_with_its_own_iter(same, trace) -> None:
    def scenario(library):
        class Pairs(library.BatchSampler):
            def __iter__(self):
                for batch in super().__iter__():
                    yield batch, len(batch)

        batches = Pairs(library.RandomSampler(range(10)), 4, False)
        nested = library.BatchSampler(batches, 2, False)
        return trace(lambda: batches), trace(lambda: nested)

    same(scenario)


def test_a_batch_sampler_without_super_init(same, trace) -> None:
    def scenario(library):
        class Bare(library.BatchSampler):
            def __init__(self):
                self.sampler = library.RandomSampler(range(10))
                self.batch_size = 4
                self.drop_last = False

        return trace(Bare)

    same(scenario)


def test_a_class_that_gets_its_iter_later(same) -> None:
    def scenario(library):
        class Late(library.RandomSampler):
            pass

        batches = library.BatchSampler(Late(range(6)), 4, False)
        outcome = [list(batches)]
        Late.__iter__ = lambda self: iter("abcdef")
        return [*outcome, list(batches)]

    same(scenario)


def test_samplers_take_attributes_and_weak_references() -> None:
    import weakref

    for sampler in (
        fastsamplers.SequentialSampler([1]),
        fastsamplers.RandomSampler([1]),
        fastsamplers.SubsetRandomSampler([1]),
        fastsamplers.BatchSampler([1], 1, False),
        fastsamplers.DistributedSampler([1], 1, 0),
    ):
        sampler.remark = 5
        assert sampler.remark == 5
        assert weakref.ref(sampler)() is sampler


def test_torchs_batch_sampler_over_ours_and_ours_over_torchs(same, trace) -> None:
    def scenario(library):
        inner = torch.utils.data.RandomSampler if library.name == "torch" else library.RandomSampler
        ours_within = torch.utils.data.BatchSampler(inner(range(10)), 3, False)
        ours_around = library.BatchSampler(torch.utils.data.RandomSampler(range(10)), 3, False)
        return trace(lambda: ours_within), trace(lambda: ours_around)

    same(scenario)
