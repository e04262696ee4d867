"""Runs one scenario with torch's classes and with ours, and compares all that can be seen of it."""

from __future__ import annotations

import itertools
import re
from collections.abc import Callable, Iterable, Iterator
from types import SimpleNamespace
from typing import Any

import hypothesis
import numpy as np
import pytest
import torch
import torch.utils.data
import torch.utils.data.distributed

import fastsamplers
import fastsamplers.functional
from fastsamplers import _parity
from tests.parity.kinds import KINDS, Kind, to_epoch
from trust.soak.seen import difference

hypothesis.settings.register_profile(
    "parity", derandomize=True, database=None, deadline=None, max_examples=60
)
hypothesis.settings.load_profile("parity")

TORCH = SimpleNamespace(
    name="torch",
    SequentialSampler=torch.utils.data.SequentialSampler,
    RandomSampler=torch.utils.data.RandomSampler,
    SubsetRandomSampler=torch.utils.data.SubsetRandomSampler,
    BatchSampler=torch.utils.data.BatchSampler,
    DistributedSampler=torch.utils.data.distributed.DistributedSampler,
    randperm=torch.randperm,
    randint=torch.randint,
)
OURS = SimpleNamespace(
    name="fastsamplers",
    SequentialSampler=fastsamplers.SequentialSampler,
    RandomSampler=fastsamplers.RandomSampler,
    SubsetRandomSampler=fastsamplers.SubsetRandomSampler,
    BatchSampler=fastsamplers.BatchSampler,
    DistributedSampler=fastsamplers.DistributedSampler,
    randperm=fastsamplers.functional.randperm,
    randint=fastsamplers.functional.randint,
)


def _plain(value: Any) -> Any:
    """``value`` with the types that == forgets: True is not 1, and np.int64(1) is not 1."""
    if isinstance(value, torch.Tensor):
        if value.device.type == "meta":
            return ("tensor", str(value.dtype), str(value.device), tuple(value.shape))
        # The list of an empty tensor has as many lists as its first dimension says.
        items = value.tolist() if value.numel() else []
        return ("tensor", str(value.dtype), tuple(value.shape), items)
    if isinstance(value, np.ndarray):
        return ("array", str(value.dtype), value.shape, value.tolist())
    if isinstance(value, list | tuple):
        return (type(value).__name__, [_plain(item) for item in value])
    return (type(value).__name__, value)


def _raised(error: Exception) -> tuple[str, str, str]:
    # Texts may hold the addresses of objects, and some of torch's end in a C++ stack trace.
    text = re.sub(r"0x[0-9a-f]+", "0x", str(error).split("\nException raised from")[0])
    return ("raised", type(error).__name__, text)


def _states(*generators: torch.Generator | None) -> list[bytes]:
    """The bytes of the global generator's state, and of the given ones that are not None."""
    watched = [torch.default_generator, *filter(None, generators)]
    return [generator.get_state().numpy().tobytes() for generator in watched]


@pytest.fixture(scope="session")
def states() -> Callable[..., list[bytes]]:
    return _states


@pytest.fixture(scope="session")
def attempt() -> Callable[[Callable[[], Any]], Any]:
    """What a call returns, with its types, or the type and text of what it raises."""

    def attempt(call: Callable[[], Any]) -> Any:
        try:
            return _plain(call())
        except Exception as error:
            return _raised(error)

    return attempt


@pytest.fixture(scope="session")
def trace() -> Callable[..., list[Any]]:
    """One pass as its consumer sees it.

    The states of the global and of the given generators before ``iter()``, after it, and after each
    ``next()``; each item with its type; how the pass ends, and what one more ``next()`` does then.
    ``steps`` stops the pass after so many items; ``make`` may raise what a constructor raises.
    """

    def trace(
        make: Callable[[], Iterable[Any]],
        *generators: torch.Generator | None,
        steps: int | None = None,
        between: Callable[[], object] | None = None,
    ) -> list[Any]:
        events: list[Any] = [("before", _states(*generators))]
        try:
            iterable = make()
            events.append(("made", _states(*generators)))
            iterator: Iterator[Any] = iter(iterable)
        except Exception as error:
            return [*events, _raised(error), _states(*generators)]
        events.append(("iter", _states(*generators)))
        if between is not None:
            between()
        for _ in itertools.count() if steps is None else range(steps):
            try:
                item = _plain(next(iterator))
            except StopIteration:
                item = "end"
            except Exception as error:
                item = _raised(error)
            ended = item == "end" or item[0] == "raised"
            events.append((item, _states(*generators)))
            if ended:
                events.append((next(iterator, "ended"), _states(*generators)))
                break
        return events

    return trace


@pytest.fixture(scope="session")
def same() -> Callable[..., Any]:
    """Runs ``scenario(library)`` with both libraries from the same seed; returns the outcome.

    The outcomes must be equal, and so must the state that the global generator is left in.
    """

    def same(scenario: Callable[[SimpleNamespace], Any], seed: int = 5) -> Any:
        outcomes = []
        for library in (TORCH, OURS):
            torch.default_generator.manual_seed(seed)
            outcome = scenario(library)
            outcomes.append((outcome, _states()))
        if (text := difference(*outcomes, "outcome")) is not None:
            pytest.fail(text, pytrace=False)
        return outcomes[0][0]

    return same


@pytest.fixture
def threads() -> Iterator[Callable[[int], None]]:
    """Sets how many threads the kernels use, for one test."""
    before = fastsamplers.get_num_threads()
    yield fastsamplers.set_num_threads
    fastsamplers.set_num_threads(before)


@pytest.fixture
def fresh_probe() -> Iterator[None]:
    """Lets the parity probe run anew within a test, and again after it."""
    _parity.forget()
    yield
    _parity.forget()


@pytest.fixture(scope="session", params=KINDS, ids=lambda kind: kind.name)
def kind(request: pytest.FixtureRequest) -> Kind:
    """Every kind of sampler that passes can be resumed of."""
    return request.param


@pytest.fixture(scope="session")
def kinds() -> dict[str, Kind]:
    """The same by name."""
    return {kind.name: kind for kind in KINDS}


@pytest.fixture(scope="session")
def read() -> Callable[..., list[Any]]:
    """The items of a pass, or the next few of them, whichever type they have."""

    def read(items: Iterable[Any], count: int | None = None) -> list[Any]:
        taken = itertools.islice(items, count)
        return [item.tolist() if hasattr(item, "tolist") else item for item in taken]

    return read


@pytest.fixture(scope="session")
def passes(read: Callable[..., list[Any]]) -> Callable[..., list[list[Any]]]:
    """Whole passes, one after another; of epochs 0, 1, ... where there are epochs."""

    def passes(sampler: Any, epochs: Iterable[int]) -> list[list[Any]]:
        outcome = []
        for epoch in epochs:
            to_epoch(sampler, epoch)
            outcome.append(read(sampler))
        return outcome

    return passes
