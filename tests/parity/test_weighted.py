"""WeightedRandomSampler against torch's: PARITY section 3."""

from __future__ import annotations

import copy
import pickle
from typing import Any

import numpy as np
import pytest
import torch
import torch.utils.data
from hypothesis import example, given, settings
from hypothesis import strategies as st
from torch.utils.data import DataLoader, TensorDataset

import fastsamplers

SAMPLER = {
    "torch": torch.utils.data.WeightedRandomSampler,
    "fastsamplers": fastsamplers.WeightedRandomSampler,
}
# torch says nothing where ours warns; test_strict_weights.py is about that.
pytestmark = pytest.mark.filterwarnings("ignore:num_samples should be at most the number of nonz")


def weights(n: int, zeros: float = 0.2, seed: int = 1) -> list[float]:
    random = np.random.default_rng(seed)
    drawn = np.where(random.random(n) < zeros, 0, random.lognormal(0, 3, n))
    drawn[random.integers(n)] = 1
    return drawn.tolist()


def generator_of(kind: str) -> torch.Generator | None:
    return None if kind == "global" else torch.Generator().manual_seed(9)


@pytest.mark.parametrize("kind", ["global", "own"])
@pytest.mark.parametrize("replacement", [True, False])
@pytest.mark.parametrize("n", [1, 2, 13, 14, 312, 624, 625, 1023, 1025])
def test_every_state_of_a_pass(same, trace, n: int, replacement: bool, kind: str) -> None:
    def scenario(library):
        outcome = []
        for count in {1, 2, max(1, n // 64), n // 2 + 1, n, 2 * n}:
            if not replacement and count > n:
                continue
            generator = generator_of(kind)
            sampler = SAMPLER[library.name](weights(n), count, replacement, generator)
            outcome += [trace(lambda s=sampler: s, generator, steps=70) for _ in range(2)]
            outcome += [list(sampler), len(sampler), list(sampler)]
        return outcome

    same(scenario)


@settings(max_examples=200)
@given(
    n=st.integers(1, 2000),
    zeros=st.sampled_from([0, 0.3, 0.9, 1]),
    share=st.floats(0, 2),
    replacement=st.booleans(),
    seed=st.integers(-(2**63), 2**64 - 1),
    used=st.integers(0, 1300),
    own=st.booleans(),
    steps=st.integers(0, 2500),
)
@example(n=625, zeros=0, share=1, replacement=False, seed=0, used=623, own=True, steps=2500)
def test_random_passes(
    same, states, attempt, n, zeros, share, replacement, seed, used, own, steps
) -> None:
    given = weights(n, zeros, seed=used)

    def scenario(library):
        generator = torch.Generator().manual_seed(seed) if own else None
        torch.randint(2, (used,), generator=generator)
        sampler = SAMPLER[library.name](given, max(1, int(share * n)), replacement, generator)
        partial = iter(sampler)
        outcome = [attempt(lambda: [next(partial, "end") for _ in range(steps)]), states(generator)]
        for _ in "ab":
            outcome += [attempt(lambda: list(sampler)), states(generator)]
        return [*outcome, attempt(lambda: list(partial)), states(generator), len(sampler)]

    same(scenario, seed=seed)


@pytest.mark.parametrize("replacement", [True, False])
def test_nothing_is_drawn_before_the_first_index_and_all_with_it(states, replacement) -> None:
    generator = torch.Generator().manual_seed(1)
    words = 2 * 20 if replacement else 2 * 50
    for own in (None, generator):
        sampler = fastsamplers.WeightedRandomSampler(weights(50, 0), 20, replacement, own)
        for make in (iter, fastsamplers.WeightedRandomSampler.blocks):
            expected = torch.Generator()
            expected.set_state((own or torch.default_generator).get_state())
            before = states(generator)
            iterator = make(sampler)
            assert states(generator) == before
            next(iterator)
            torch.randint(2, (words,), generator=expected)
            after = states(generator)
            assert after[0 if own is None else 1] == states(expected)[1]
            list(iterator)
            assert states(generator) == after


@pytest.mark.parametrize("size", [1, 7, 1000, 65536])
@pytest.mark.parametrize("replacement", [True, False])
def test_blocks_are_the_same_pass(states, replacement: bool, size: int) -> None:
    generator = torch.Generator()
    n, count = 5000, 4100
    ours = fastsamplers.WeightedRandomSampler(weights(n, 0), count, replacement, generator)
    theirs = torch.utils.data.WeightedRandomSampler(weights(n, 0), count, replacement, generator)
    generator.manual_seed(4)
    blocks = list(ours.blocks(size))
    after = states(generator)
    generator.manual_seed(4)
    assert np.concatenate(blocks).tolist() == list(theirs)
    assert states(generator) == after
    assert [len(block) for block in blocks[:-1]] == [size] * (len(blocks) - 1)
    assert {block.dtype for block in blocks} == {np.dtype(np.int64)}


@pytest.mark.parametrize("drop_last", [True, False])
@pytest.mark.parametrize("output", ["list", "numpy", "torch"])
@pytest.mark.parametrize("replacement", [True, False])
def test_in_batches(same, trace, replacement: bool, output: str, drop_last: bool) -> None:
    def scenario(library):
        generator = torch.Generator().manual_seed(2)
        sampler = SAMPLER[library.name](weights(90, 0), 80, replacement, generator)
        if library.name == "torch":
            batches = library.BatchSampler(sampler, 7, drop_last)
            convert = {"list": list, "numpy": np.array, "torch": torch.tensor}[output]
        else:
            batches = library.BatchSampler(sampler, 7, drop_last, output=output)
            convert = list if output == "list" else lambda batch: batch
        outcome = [trace(lambda: map(convert, batches), generator) for _ in "ab"]
        return [*outcome, len(batches)]

    same(scenario)


@pytest.mark.filterwarnings("ignore:This DataLoader will create")
@pytest.mark.filterwarnings("ignore:This process .* is multi-threaded, use of fork")
@pytest.mark.parametrize("workers", [0, 2])
@pytest.mark.parametrize("replacement", [True, False])
def test_in_a_loader(same, trace, replacement: bool, workers: int) -> None:
    data = TensorDataset(torch.arange(60))
    context = "fork" if workers else None

    def scenario(library):
        outcome = []
        for shared in (False, True):
            generator = torch.Generator().manual_seed(8) if shared else None
            sampler = SAMPLER[library.name](weights(60, 0), 50, replacement, generator)
            for options in (
                {"sampler": sampler, "batch_size": 4},
                {"batch_sampler": library.BatchSampler(sampler, 4, True)},
            ):
                loader = DataLoader(
                    data, num_workers=workers, multiprocessing_context=context, **options
                )
                outcome += [len(loader), trace(lambda lo=loader: lo, generator)]
                outcome.append(trace(lambda lo=loader: lo, generator, steps=3))
        return outcome

    same(scenario)


def test_a_shared_generator_is_used_by_others_in_between(same, states) -> None:
    def scenario(library):
        generator = torch.Generator().manual_seed(2)
        left = iter(SAMPLER[library.name](weights(50), 60, True, generator))
        right = iter(SAMPLER[library.name](weights(80), 30, False, generator))
        outcome = []
        for k in range(30):
            outcome += [next(left), next(right)]
            if k % 7 == 0:
                outcome.append(torch.randn(3, generator=generator).tolist())
            outcome.append(states(generator))
        return [*outcome, list(left), list(right), states(generator)]

    same(scenario)


CHANGES: dict[str, list[Any]] = {
    "num_samples": [1, 2, 7, 40, 41, 0, -1, True, 5.0, "x", None, np.int64(5), 2**63],
    "replacement": [True, False, 1, 0, None, "x"],
    "generator": [None, torch.default_generator, "cpu", 7],
}


@pytest.mark.parametrize("replacement", [True, False])
@pytest.mark.parametrize("name", CHANGES)
def test_attributes_are_read_at_the_first_next(same, trace, name: str, replacement: bool) -> None:
    def scenario(library):
        outcome = []
        for value in CHANGES[name]:
            sampler = SAMPLER[library.name](weights(40), 9, replacement)
            change = lambda s=sampler, v=value: setattr(s, name, v)  # noqa: E731
            outcome.append(trace(lambda s=sampler: s, between=change))
            outcome.append(trace(lambda s=sampler: s))
        return outcome

    same(scenario)


COPIES = {
    "pickle": lambda sampler: pickle.loads(pickle.dumps(sampler)),
    "copy": copy.copy,
    "deepcopy": copy.deepcopy,
}


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("replacement", [True, False])
@pytest.mark.parametrize("how", COPIES)
def test_a_copy_runs_the_same_passes(same, trace, how: str, replacement: bool, dtype) -> None:
    def scenario(library):
        generator = torch.Generator().manual_seed(6)
        given = np.array(weights(70), dtype=dtype)
        sampler = SAMPLER[library.name](given, 30, replacement, generator)
        sampler.remark = {"a": 1}
        next(iter(sampler))  # a pass that is under way is no part of the copy
        duplicate = COPIES[how](sampler)
        outcome = [trace(lambda: duplicate, duplicate.generator) for _ in "ab"]
        return [*outcome, trace(lambda: sampler, generator), duplicate.remark, len(duplicate)]

    same(scenario)


@pytest.mark.parametrize(("dtype", "width"), [(np.float32, 4), (np.float64, 8)])
def test_the_table_is_not_copied(dtype: type, width: int) -> None:
    n = 20_000
    sampler = fastsamplers.WeightedRandomSampler(np.ones(n, dtype=dtype), 5, strict=True)
    list(sampler)
    assert sampler._table is not None
    for duplicate in (COPIES["pickle"](sampler), copy.copy(sampler), copy.deepcopy(sampler)):
        assert duplicate._table is None
        assert duplicate.strict is True
    assert width * n <= len(pickle.dumps(sampler)) < width * n + 2000


def test_a_subclass_with_an_iter_of_its_own() -> None:
    class Tenfold(fastsamplers.WeightedRandomSampler):
        def __iter__(self):
            for index in super().__iter__():
                yield 10 * index

    sampler = Tenfold([0, 3, 0], 4)
    assert list(sampler) == [10] * 4
    assert [block.tolist() for block in sampler.blocks(3)] == [[10] * 3, [10]]
    assert list(fastsamplers.BatchSampler(sampler, 3, False)) == [[10] * 3, [10]]


def test_what_can_be_seen_of_it() -> None:
    sampler = fastsamplers.WeightedRandomSampler([0.5, 1, 2], 4, False)
    assert isinstance(sampler, torch.utils.data.WeightedRandomSampler)
    expected = "n=3, num_samples=4, replacement=False, generator=None, strict=False)"
    assert repr(sampler) == f"WeightedRandomSampler({expected}"
    for ones in (np.ones(9, dtype=np.float32), torch.ones(9)):
        assert "n=9" in repr(fastsamplers.WeightedRandomSampler(ones, 4))
    sampler.weights = None
    assert "n='unknown'" in repr(sampler)
    assert "object at" in repr(fastsamplers.WeightedRandomSampler.__new__(type(sampler)))


def test_the_items_are_exact_ints() -> None:
    for replacement in (True, False):
        sampler = fastsamplers.WeightedRandomSampler(weights(3000, 0), 2500, replacement)
        assert {type(index) for index in sampler} == {int}
