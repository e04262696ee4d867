"""load_state_dict() puts the generator to where it stood, before anything more is asked for."""

from __future__ import annotations

from typing import Any

import pytest
import torch

import fastsamplers
from tests.parity.kinds import to_epoch

# More than torch draws at a time with replacement, and what is drawn at once elsewhere.
N = 41


@pytest.mark.filterwarnings("ignore:.* for the second time, which gives the order")
def test_at_every_place(kind: Any, read: Any) -> None:
    """Those that draw from a generator of the user's."""
    generator = torch.Generator().manual_seed(6)
    sampler = kind.make(fastsamplers, N, generator)
    to_epoch(sampler, 0)
    iterator = iter(sampler)
    stood = [(iterator.state_dict(), generator.get_state())]
    while read(iterator, 1):
        stood.append((iterator.state_dict(), generator.get_state()))
    stood.append((iterator.state_dict(), generator.get_state()))
    if torch.equal(stood[0][1], stood[-1][1]):
        return  # it draws nothing, and a state has no generator
    for place, (state, expected) in enumerate(stood):
        generator = torch.Generator().manual_seed(77)
        iterator = iter(kind.make(fastsamplers, N, generator))
        iterator.load_state_dict(state)
        same = torch.equal(generator.get_state(), expected)
        assert same, place
