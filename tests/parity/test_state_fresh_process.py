"""States that one process saves and another one loads."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest
import torch
import torch.utils.data

import fastsamplers

# One epoch is read more than once here.
pytestmark = pytest.mark.filterwarnings("ignore:.* for the second time, which gives the order")

# What both children run for each case: a sampler, and the generator that it draws from.
SETUP = """
import json, sys
import numpy as np
import torch
import fastsamplers as library

cases, folder, seed = json.loads(sys.argv[1]), sys.argv[2], int(sys.argv[3])
weights = np.linspace(0.1, 1, 1000)
listed = lambda items: [item.tolist() if hasattr(item, "tolist") else item for item in items]
outcome = []
for number, (text, own, place) in enumerate(cases):
    torch.default_generator.manual_seed(seed)
    g = torch.Generator().manual_seed(seed + 1) if own else None
    iterator = iter(sampler := eval(text))
"""
SAVE = (
    SETUP
    + """
    outcome.append(listed(next(iterator) for _ in range(place)))
    torch.save(iterator.state_dict(), f"{folder}/{number}.pt")
print(json.dumps(outcome))
"""
)
LOAD = (
    SETUP
    + """
    iterator.load_state_dict(torch.load(f"{folder}/{number}.pt", weights_only=True))
    rest = [listed(iterator), listed(sampler), listed(sampler)]
    generator = torch.default_generator if g is None else g
    outcome.append([rest, generator.get_state().tolist()])
print(json.dumps(outcome))
"""
)

# As text, for the children; torch's has the same.
TORCHS = {
    "sequential": "library.SequentialSampler(range(1000))",
    "random": "library.RandomSampler(range(1000), generator=g)",
    "more": "library.RandomSampler(range(1000), num_samples=2500, generator=g)",
    "replaced": "library.RandomSampler(range(1000), True, 2500, g)",
    "subset": "library.SubsetRandomSampler([3 * i for i in range(1000)], g)",
    "weighted": "library.WeightedRandomSampler(weights, 1500, True, g)",
    "chosen": "library.WeightedRandomSampler(weights, 900, False, g)",
    "distributed": "library.DistributedSampler(range(1000), 2, 1, seed=8)",
    "batches": "library.BatchSampler(library.RandomSampler(range(1000), generator=g), 3, True)",
}
OURS = {
    "feistel": "library.RandomSampler(range(1000), generator=g, algorithm='feistel')",
    "subset feistel": "library.SubsetRandomSampler(range(1000), g, algorithm='feistel')",
    "contiguous": "library.DistributedSampler(range(1000), 3, 1, layout='contiguous')",
    "ranked weighted": "library.DistributedWeightedRandomSampler(weights, 1500, True, 2, 1)",
    "arrays": (
        "library.BatchSampler(library.RandomSampler(range(1000), True, generator=g), 7, False,"
        " output='numpy')"
    ),
}


def uninterrupted(text: str, own: bool, library: Any) -> tuple[list[list[Any]], list[int]]:
    torch.default_generator.manual_seed(5)
    g = torch.Generator().manual_seed(6) if own else None
    names = {"library": library, "g": g, "weights": np.linspace(0.1, 1, 1000)}
    sampler = eval(text, names)
    passes = [
        [item.tolist() if hasattr(item, "tolist") else item for item in sampler] for _ in range(3)
    ]
    return passes, (torch.default_generator if g is None else g).get_state().tolist()


def draws(text: str) -> bool:
    return "g)" in text or "=g" in text


CASES = [
    (name, own)
    for name, text in (TORCHS | OURS).items()
    for own in ((False, True) if draws(text) else (False,))
]


PLACE = 100


@pytest.fixture(scope="module")
def outcomes(run_child: Any, tmp_path_factory: Any) -> dict[Any, Any]:
    """Of each case what one process had, and what the other one had then."""
    folder = tmp_path_factory.mktemp("states")
    cases = json.dumps([((TORCHS | OURS)[name], own, PLACE) for name, own in CASES])
    heads = json.loads(run_child(SAVE, cases, folder, 5))
    rests = json.loads(run_child(LOAD, cases, folder, 99).split("\n")[-1])
    sizes = [(folder / f"{number}.pt").stat().st_size for number in range(len(CASES))]
    return dict(zip(CASES, zip(heads, rests, sizes, strict=True), strict=True))


@pytest.mark.parametrize(("name", "own"), CASES)
def test_another_process_goes_on(outcomes: dict[Any, Any], name: str, own: bool) -> None:
    text = (TORCHS | OURS)[name]
    library = torch.utils.data if name in TORCHS else fastsamplers
    expected, final = uninterrupted(text, own, library)
    head, (rest, state), size = outcomes[name, own]
    assert head == expected[0][:PLACE]
    assert rest == [expected[0][PLACE:], *expected[1:]]
    if draws(text):
        same = state == final
        assert same
    assert size < 10_000
