"""The parity probe: where the installed torch draws otherwise, torch's own functions are used."""

from __future__ import annotations

import warnings

import pytest
import torch
import torch.utils.data

import fastsamplers
from fastsamplers import _parity

pytestmark = pytest.mark.usefixtures("fresh_probe")

TORCHS_RANDPERM, TORCHS_RANDINT = torch.randperm, torch.randint


def backward_randperm(n, **options):
    return TORCHS_RANDPERM(n, **options).flip(0)


def shifted_randint(*arguments, **options):
    drawn = TORCHS_RANDINT(*arguments, **options)
    return (drawn + 1) % options["high"] if "high" in options else drawn.bitwise_xor_(1)


def test_the_installed_torch_follows_every_rule() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert {rule: _parity.difference(rule) for rule in _parity.RULES} == dict.fromkeys(
            _parity.RULES
        )
        assert _parity.holds(*_parity.RULES)


def test_the_probe_draws_from_no_generator_of_the_user(states) -> None:
    before = states()
    _parity.holds(*_parity.RULES)
    assert states() == before


SAMPLERS = {
    "random": lambda library, generator: library.RandomSampler(range(50), generator=generator),
    "subset": lambda library, generator: library.SubsetRandomSampler(list("abcdef"), generator),
    "distributed": lambda library, generator: library.DistributedSampler(range(50), 3, 1),
    "replacement": lambda library, generator: library.RandomSampler(range(50), True, 70, generator),
}


@pytest.mark.parametrize("own", [False, True])
@pytest.mark.parametrize("name", ["random", "subset", "distributed"])
def test_another_randperm_is_used(same, trace, monkeypatch, name: str, own: bool) -> None:
    usual = list(SAMPLERS[name](fastsamplers, torch.Generator().manual_seed(1)))
    _parity.forget()
    monkeypatch.setattr(torch, "randperm", backward_randperm)

    def scenario(library):
        generator = torch.Generator().manual_seed(1) if own else None
        sampler = SAMPLERS[name](library, generator)
        batches = library.BatchSampler(sampler, 4, False)
        return trace(lambda: sampler, generator), trace(lambda: batches, generator)

    with pytest.warns(RuntimeWarning, match=r"randperm\(2\) differs") as record:
        same(scenario)
    assert [warning.category for warning in record].count(RuntimeWarning) == 1
    with warnings.catch_warnings():
        warnings.simplefilter("error")  # the warning comes once
        assert list(SAMPLERS[name](fastsamplers, torch.Generator().manual_seed(1))) != usual


@pytest.mark.filterwarnings("ignore:torch .* differs from the rule:RuntimeWarning")
@pytest.mark.parametrize("drop_last", [False, True])
@pytest.mark.parametrize("size", [2, 0, -1, 2**70, "two", None])
def test_batch_sizes_that_change_during_the_pass(
    same, states, attempt, monkeypatch, size: object, drop_last: bool
) -> None:
    """Read once with drop_last, otherwise for each batch; an error is the end."""
    _parity.forget()
    monkeypatch.setattr(torch, "randperm", backward_randperm)

    def scenario(library):
        generator = torch.Generator().manual_seed(1)
        sampler = library.RandomSampler(range(23), generator=generator)
        batches = library.BatchSampler(sampler, 4, drop_last)
        iterator = iter(batches)
        outcome = [next(iterator)]
        batches.batch_size = size
        outcome += [attempt(lambda: next(iterator)), attempt(lambda: next(iterator))]
        batches.batch_size = 3
        return [*outcome, list(iterator), list(iterator), list(batches), states(generator)]

    same(scenario)


def test_another_randint_is_used(same, trace, monkeypatch) -> None:
    monkeypatch.setattr(_parity, "RULES", {**_parity.RULES})
    monkeypatch.setitem(_parity.RULES, "generator", ("not probed by randint", lambda: None))
    monkeypatch.setattr(torch, "randint", shifted_randint)

    def scenario(library):
        generator = torch.Generator().manual_seed(1)
        outcome = []
        for own in (None, generator):
            sampler = SAMPLERS["replacement"](library, own)
            batches = library.BatchSampler(sampler, 40, False)
            outcome += [trace(lambda s=sampler: s, own), trace(lambda b=batches: b, own)]
        without = library.RandomSampler(range(50))
        return [*outcome, trace(lambda: without)]

    with pytest.warns(RuntimeWarning, match=r"randint\(\d+\) differs") as record:
        same(scenario)
    assert [warning.category for warning in record].count(RuntimeWarning) == 1


@pytest.mark.parametrize("error", [RuntimeError("gone"), TypeError("other arguments")])
def test_a_torch_that_raises_has_failed_the_rule(monkeypatch, error: Exception) -> None:
    def fail(*arguments, **options):
        raise error

    monkeypatch.setattr(torch, "randperm", fail)
    assert _parity.difference("randperm") == f"{type(error).__name__}: {error}"


@pytest.mark.filterwarnings("ignore:torch .* differs from the rule:RuntimeWarning")
@pytest.mark.parametrize("output", ["numpy", "torch"])
def test_arrays_and_blocks_follow(monkeypatch, output: str) -> None:
    monkeypatch.setattr(torch, "randperm", backward_randperm)
    sampler = fastsamplers.RandomSampler(range(50))
    torch.default_generator.manual_seed(1)
    expected = list(torch.utils.data.RandomSampler(range(50)))
    torch.default_generator.manual_seed(1)
    blocks = [*sampler.blocks(7)]
    assert [index for block in blocks for index in block.tolist()] == expected
    torch.default_generator.manual_seed(1)
    batches = [*fastsamplers.BatchSampler(sampler, 8, False, output=output)]
    assert [index for batch in batches for index in batch.tolist()] == expected
    with pytest.raises(ValueError, match="size should be"):
        sampler.blocks(0)


def test_a_rule_that_fails_is_warned_of_once_whoever_asks(monkeypatch) -> None:
    monkeypatch.setattr(torch, "randperm", backward_randperm)

    def use_everything() -> None:
        for name in SAMPLERS:
            list(SAMPLERS[name](fastsamplers, None))
            list(fastsamplers.BatchSampler(SAMPLERS[name](fastsamplers, None), 4, False))
        fastsamplers.functional.randperm(20)
        fastsamplers.functional.randint(20, (5,))

    with pytest.warns(RuntimeWarning) as record:
        use_everything()
    assert len(record) == 1


def test_functions_follow(monkeypatch, states) -> None:
    monkeypatch.setattr(torch, "randperm", backward_randperm)
    with pytest.warns(RuntimeWarning, match="randperm"):
        ours = fastsamplers.functional.randperm(20, generator=torch.Generator().manual_seed(1))
    theirs = backward_randperm(20, generator=torch.Generator().manual_seed(1))
    assert torch.equal(ours, theirs)


def test_a_rule_that_fails_leaves_the_others_alone(monkeypatch) -> None:
    monkeypatch.setattr(torch, "randperm", backward_randperm)
    assert _parity.difference("randperm") is not None
    assert all(_parity.difference(rule) is None for rule in _parity.RULES if rule != "randperm")


@pytest.mark.parametrize(
    ("version", "agrees"),
    [("2.5.1", False), ("2.5.1+cpu", False), ("2.6.0", True), ("2.13.0+cpu", True),
     ("2.14.0a0+git123", True), ("3.0.0", True), ("1.13.1", False)],
)  # fmt: skip
def test_the_large_rule_goes_by_the_version(monkeypatch, version: str, agrees: bool) -> None:
    monkeypatch.setattr(torch, "__version__", version)
    assert (_parity.difference("randperm-large") is None) == agrees


def test_a_state_of_another_size_is_noticed(monkeypatch) -> None:
    class Other(torch.Generator):
        def get_state(self):
            return torch.cat([super().get_state(), torch.zeros(8, dtype=torch.uint8)])

    monkeypatch.setattr(torch, "Generator", Other)
    assert _parity.difference("generator") == (
        "manual_seed(0): a generator state has 5064 bytes, not 5056"
    )


def test_in_a_fresh_process_nothing_is_drawn_and_nothing_warned(run_child) -> None:
    code = """
import warnings; warnings.simplefilter("error")
import torch, fastsamplers
torch.default_generator.manual_seed(3)
before = torch.get_rng_state()
iterator = iter(fastsamplers.RandomSampler(range(10)))
fastsamplers.DistributedSampler(range(10), 2, 0)
assert torch.equal(torch.get_rng_state(), before)
ours = list(iterator)
torch.default_generator.manual_seed(3)
assert ours == list(torch.utils.data.RandomSampler(range(10)))
print("same")
"""
    assert run_child(code) == "same"
