"""Fewer nonzero weights than samples without replacement: refused if strict, else a warning."""

from __future__ import annotations

import copy
import pickle
import warnings
from typing import Any

import numpy as np
import pytest
import torch
import torch.utils.data

import fastsamplers

SHORTAGE = (
    r"num_samples should be at most the number of nonzero weights \({}\) without replacement, but "
    r"got num_samples={}"
)


def weights(nonzero: int, n: int = 200, form: str = "float64") -> Any:
    """So many weights that are not zero, and zeros of both signs."""
    values = np.zeros(n)
    values[::2] = -0.0
    values[np.random.default_rng(n).permutation(n)[:nonzero]] = 1e-300 if form == "float64" else 0.5
    if form == "list":
        return values.tolist()
    array = values.astype(form.removesuffix(" tensor"))
    return torch.from_numpy(array) if form.endswith("tensor") else array


def single(given: Any, count: int, **options: Any) -> fastsamplers.WeightedRandomSampler:
    return fastsamplers.WeightedRandomSampler(
        given, count, False, torch.Generator().manual_seed(3), **options
    )


def distributed(
    given: Any, count: int, **options: Any
) -> fastsamplers.DistributedWeightedRandomSampler:
    return fastsamplers.DistributedWeightedRandomSampler(given, count, False, 2, 1, 3, **options)


MAKE = {"single": single, "distributed": distributed}
FORMS = ["float64", "float32", "float64 tensor", "float32 tensor", "list"]


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("kind", MAKE)
@pytest.mark.parametrize(("nonzero", "count"), [(1, 2), (10, 11), (10, 200), (199, 200)])
def test_strict_refuses_before_anything_is_drawn(
    states, nonzero: int, count: int, kind: str, form: str
) -> None:
    sampler = MAKE[kind](weights(nonzero, form=form), count, strict=True)
    generator = getattr(sampler, "generator", None)
    before = states(generator)
    for read in (iter, type(sampler).blocks,
                 lambda s: iter(fastsamplers.BatchSampler(s, 3, False))):  # fmt: skip
        iterator = read(sampler)
        with pytest.raises(ValueError, match=SHORTAGE.format(nonzero, count) + "$"):
            next(iterator)
        assert next(iterator, "ended") == "ended"
    assert states(generator) == before


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("kind", MAKE)
def test_the_default_warns_once_a_sampler_and_draws_what_torch_draws(kind: str, form: str) -> None:
    given = weights(10, form=form)
    sampler, another = MAKE[kind](given, 50), MAKE[kind](given, 50)
    text = SHORTAGE.format(10, 50) + ": indices of weight zero are drawn.*strict=True refuses this"
    drawn = []
    with pytest.warns(UserWarning, match=text) as caught:
        drawn.append(list(sampler))
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        drawn.append(list(sampler))
        drawn.append(np.concatenate(list(sampler.blocks(7))).tolist())
        sampler.num_samples = sampler.num_samples + (1 if kind == "single" else 0)
        list(sampler)
    assert len(caught) == 1
    with pytest.warns(UserWarning, match=text):
        list(another)
    double = torch.as_tensor(given, dtype=torch.float64)
    generator = torch.Generator().manual_seed(3)
    for part in drawn:
        if kind == "distributed":
            generator.manual_seed(3)
        expected = torch.multinomial(double, 50, generator=generator)
        assert part == expected[kind == "distributed" :: 1 + (kind == "distributed")].tolist()


@pytest.mark.parametrize("strict", [True, False])
@pytest.mark.parametrize("kind", MAKE)
@pytest.mark.parametrize(("nonzero", "count"), [(1, 1), (50, 50), (50, 49), (200, 200)])
def test_enough_weights_are_no_matter(kind: str, nonzero: int, count: int, strict: bool) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        drawn = list(MAKE[kind](weights(nonzero), count, strict=strict))
    assert np.all(weights(nonzero)[drawn] != 0)


@pytest.mark.parametrize("strict", [True, False])
def test_with_replacement_nothing_is_said(strict: bool) -> None:
    given = weights(1)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for count in (1, 2, 1000):
            sampler = fastsamplers.WeightedRandomSampler(given, count, strict=strict)
            assert list(sampler) == [int(given.argmax())] * count
            ranked = fastsamplers.DistributedWeightedRandomSampler(
                given, count, True, 2, 0, strict=strict
            )
            assert {*ranked} == {int(given.argmax())}


def test_weights_that_become_zero_are_seen() -> None:
    given = weights(60)
    sampler = single(given, 50, strict=True)
    list(sampler)
    given[np.flatnonzero(given)[:11]] = 0
    iterator = iter(sampler)
    with pytest.raises(ValueError, match=SHORTAGE.format(49, 50)):
        next(iterator)
    sampler.num_samples = 49
    assert len({*sampler}) == 49
    sampler.num_samples = 50
    sampler.strict = False
    with pytest.warns(UserWarning, match=SHORTAGE.format(49, 50)):
        list(sampler)


@pytest.mark.parametrize("kind", MAKE)
def test_a_warning_that_is_an_error_draws_nothing(states, kind: str) -> None:
    sampler = MAKE[kind](weights(10), 50)
    generator = getattr(sampler, "generator", None)
    before = states(generator)
    with pytest.raises(UserWarning, match=SHORTAGE.format(10, 50)):
        next(iter(sampler))
    assert states(generator) == before


@pytest.mark.parametrize("kind", MAKE)
@pytest.mark.parametrize("how", [copy.copy, copy.deepcopy, lambda s: pickle.loads(pickle.dumps(s))])
def test_copies_stay_strict(kind: str, how) -> None:
    duplicate = how(MAKE[kind](weights(10), 50, strict=True))
    assert "strict=True" in repr(duplicate)
    with pytest.raises(ValueError, match=SHORTAGE.format(10, 50)):
        list(duplicate)


@pytest.mark.parametrize("kind", MAKE)
@pytest.mark.parametrize("strict", [1, 0, None, "yes", np.True_])
def test_strict_that_is_no_bool(kind: str, strict: object) -> None:
    with pytest.raises(ValueError, match=f"strict should be a boolean value, but got .*={strict}"):
        MAKE[kind](weights(10), 5, strict=strict)


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16])
def test_strict_holds_for_weights_that_torch_draws_from(states, dtype: torch.dtype) -> None:
    """Types that the kernels do not read can only be assigned."""
    sampler = single(weights(10), 50, strict=True)
    sampler.weights = torch.from_numpy(weights(10, form="float32")).to(dtype)
    before = states(sampler.generator)
    with pytest.raises(ValueError, match=SHORTAGE.format(10, 50)):
        next(iter(sampler))
    assert states(sampler.generator) == before


def test_the_warning_points_to_the_loop_that_draws() -> None:
    sampler = fastsamplers.WeightedRandomSampler([1.0, 0.0, 0.0], 2, False)
    with pytest.warns(UserWarning, match="nonzero weights") as warned:
        list(sampler)
    assert [warning.filename for warning in warned] == [__file__]
