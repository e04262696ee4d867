"""The parity probe: does the installed torch follow the rules that the kernels reproduce?

torch does not promise its random streams across versions. Each rule is tried on small cases against
private generators, once a process and when it is first needed; where one fails, the samplers that
depend on it use torch's own functions, with one warning.
"""

from __future__ import annotations

import functools
import warnings
from collections.abc import Callable

import numpy as np
import torch

from fastsamplers import _core

# Every branch of the rules but one: lazy twist, block edges, one and two words.
_SEEDS = (0, 5, 2**40 + 5, 2**64 - 1)
_PERMUTATION_SIZES = (0, 1, 2, 3, 31, 623, 624, 625, 1249)
_RANGES = (1, 2, 10, 2**28 - 1, 2**28, 2**31, 2**40)
# torch's randperm changes its algorithm at this n since 2.6; too large to try out in passing.
_LARGE_RULE_SINCE = (2, 6)


def _state_difference(generator: torch.Generator, engine: _core.Mt19937) -> str | None:
    expected = generator.get_state().numpy()
    if expected.size != _core.TORCH_STATE_BYTES:
        return f"a generator state has {expected.size} bytes, not {_core.TORCH_STATE_BYTES}"
    ours = expected.copy()
    engine.to_torch_state(ours)
    return None if bytes(ours) == bytes(expected) else "the generator's state differs"


def _check_generator_state() -> str | None:
    for seed in _SEEDS:
        generator = torch.Generator().manual_seed(seed)
        engine = _core.Mt19937(generator.initial_seed())
        if text := _state_difference(generator, engine):
            return f"manual_seed({seed}): {text}"
        for count in (1, 622, 1, 1):
            drawn = torch.randint(2**16, (count,), generator=generator, device="cpu")
            if drawn.tolist() != (engine.words(count) % 2**16).tolist():
                return f"manual_seed({seed}): the words differ"
            if text := _state_difference(generator, engine):
                return f"manual_seed({seed}): {text}"
        state = generator.get_state()
        restored = torch.Generator()
        restored.set_state(state)
        if not torch.equal(restored.get_state(), state):
            return "set_state(get_state()) does not restore the state"
    return None


def _check_randperm() -> str | None:
    for n in _PERMUTATION_SIZES:
        generator = torch.Generator().manual_seed(n)
        engine = _core.Mt19937(n)
        expected = torch.randperm(n, generator=generator, device="cpu").tolist()
        stream = _core.permutation_stream(engine, n, n)
        if stream.next(n).tolist() != expected:
            return f"randperm({n}) differs"
        engine.skip(_core.permutation_words(n))
        if text := _state_difference(generator, engine):
            return f"randperm({n}): {text}"
    return None


def _check_large_randperm() -> str | None:
    release = torch.__version__.split("+")[0].split(".")
    if tuple(int(part) for part in release[:2]) >= _LARGE_RULE_SINCE:
        return None
    return f"torch {torch.__version__} shuffles large n by an older rule"


def _check_randint() -> str | None:
    for high in _RANGES:
        generator = torch.Generator().manual_seed(high)
        engine = _core.Mt19937(generator.initial_seed())
        expected = torch.randint(high, (33,), generator=generator, device="cpu").tolist()
        if engine.bounded(0, high, 33).tolist() != expected:
            return f"randint({high}) differs"
        if text := _state_difference(generator, engine):
            return f"randint({high}): {text}"
    return None


def _check_seed_draw() -> str | None:
    generator = torch.Generator().manual_seed(7)
    engine = _core.Mt19937(7)
    drawn = torch.empty((), dtype=torch.int64, device="cpu").random_(generator=generator).item()
    if drawn != engine.random64() % 2**63:
        return "an int64 random_() differs"
    return _state_difference(generator, engine)


def _check_multinomial(replacement: bool) -> str | None:
    for dtype in (torch.float64, torch.float32):
        for count in (2, 7, 40, 400) if replacement else (1, 2, 7, 40):
            generator = torch.Generator().manual_seed(count)
            engine = _core.Mt19937(count)
            # Heavy-tailed. Of 40 or 7 chosen some have weight zero, so that they are equal: both of
            # torch's ways to choose the greatest.
            weights = (torch.arange(450, dtype=dtype, device="cpu") % 13) ** 3
            if count in (7, 40):
                weights[count // 2 :] = 0
            single = dtype is torch.float32
            drawn = np.empty(count, dtype=np.int64)
            if replacement:
                _core.weighted_draws(_core.CdfTable(weights.numpy(), single), engine, drawn)
            else:
                _core.weighted_choice(weights.numpy(), single, engine, len(weights), drawn)
            expected = torch.multinomial(weights, count, replacement, generator=generator)
            if drawn.tolist() != expected.tolist():
                return f"multinomial of {count} {dtype} differs"
            engine.skip(2 * (count if replacement else len(weights)))
            if text := _state_difference(generator, engine):
                return f"multinomial of {count} {dtype}: {text}"
    return None


# name -> (what it says, the check)
RULES: dict[str, tuple[str, Callable[[], str | None]]] = {
    "generator": (
        "MT19937 words and the 5056 bytes of a generator's state",
        _check_generator_state,
    ),
    "randperm": ("randperm(n) below n = 214748364, values and words used", _check_randperm),
    "randperm-large": (
        "randperm(n) from n = 214748364 on, by torch's version",
        _check_large_randperm,
    ),
    "randint": ("randint with one word, and with two from a range of 2**28", _check_randint),
    "multinomial": (
        "multinomial with replacement: running sums, 53-bit uniforms, first value reached",
        lambda: _check_multinomial(True),
    ),
    "race": (
        "multinomial without replacement: exponential race, order of equal quotients",
        lambda: _check_multinomial(False),
    ),
    "seed": ("the int64 that seeds a pass", _check_seed_draw),
}


@functools.cache
def difference(rule: str) -> str | None:
    """What the installed torch does differently under ``rule``, or None where it agrees."""
    try:
        return RULES[rule][1]()
    except (RuntimeError, TypeError, ValueError) as error:
        return f"{type(error).__name__}: {error}"


@functools.cache
def holds(*rules: str) -> bool:
    """Whether the installed torch follows all of ``rules``; warns once where it does not."""
    failed = [rule for rule in rules if difference(rule) is not None]
    for rule in failed:
        warn(rule)
    return not failed


@functools.cache
def warn(rule: str) -> None:
    """Says once that the installed torch does not follow ``rule``, and what becomes of it."""
    warnings.warn(
        f"torch {torch.__version__} differs from the rule fastsamplers reproduces ({rule}: "
        f"{difference(rule)}); the samplers that depend on it use torch's own functions",
        RuntimeWarning,
        stacklevel=4,
    )


def forget() -> None:
    """Makes the next use probe the installed torch again, and warn again."""
    for cached in (difference, holds, warn):
        cached.cache_clear()
