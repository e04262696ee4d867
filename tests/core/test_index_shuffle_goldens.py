"""The permutations of the index shuffle: a promise, and what its plain-Python reference says."""

from __future__ import annotations

import json
import random
import runpy
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from fastsamplers import IndexShuffle, _core

DATA = Path(__file__).parents[1] / "data"
GOLDENS = json.loads((DATA / "shuffle_goldens.json").read_text())
CASES = GOLDENS["cases"]
REFERENCE = runpy.run_path(str(DATA / "shuffle_reference.py"))
Reference = REFERENCE["ReferenceShuffle"]


def made(case: dict[str, Any]) -> IndexShuffle:
    return IndexShuffle(case["n"], case["seed"], epoch=case["epoch"])


TEN = [3, 6, 2, 9, 1, 7, 5, 8, 4, 0]
FIRST_FIVE = {
    (4097, 1, 0): [2286, 1423, 3112, 1079, 3076],
    (10**6, 0, 0): [474257, 776010, 783517, 123010, 39671],
    (10**6, 0, 1): [584399, 218720, 444407, 133308, 835652],
    (10**6, 1, 0): [853288, 351679, 15912, 802428, 522965],
    (10**9, -1, 7): [657550551, 811788465, 143704021, 29685306, 653086607],
    (10**12, 0, 0): [281762178018, 885404196394, 490111064751, 238825542667, 534414478916],
    (2**62, 2**63, 2): [
        595047998497830995,
        433848302330598303,
        3533036334817960185,
        3931332230455082567,
        2303170951282440957,
    ],
}


def test_the_promise() -> None:
    """Typed in here, so that reference, goldens and kernels cannot move together."""
    assert _core.INDEX_SHUFFLE_VERSION == "feistel-1"
    assert list(IndexShuffle(10, 0)) == TEN
    for (n, seed, epoch), values in FIRST_FIVE.items():
        assert IndexShuffle(n, seed, epoch=epoch)[:5].tolist() == values


def test_the_file_is_what_its_script_makes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(str(DATA))
    script = runpy.run_path(str(DATA / "make_shuffle_goldens.py"))
    assert script["text"](script["goldens"]()) == (DATA / "shuffle_goldens.json").read_text()
    assert GOLDENS["version"] == _core.INDEX_SHUFFLE_VERSION
    assert len({(case["n"], case["seed"], case["epoch"]) for case in CASES}) == len(CASES) > 60


@pytest.mark.usefixtures("isa")
def test_values() -> None:
    for case in CASES:
        n, shuffle = case["n"], made(case)
        first, last, between = case["first"], case["last"], case["between"]
        assert shuffle[: len(first)].tolist() == first
        assert shuffle[: -len(last) - 1 : -1].tolist() == last[::-1]
        assert shuffle[np.arange(n - len(last), n)].tolist() == last
        assert shuffle[np.arange(-len(last), 0)].tolist() == last
        assert [shuffle[place] for place in range(len(first))] == first
        places = [place for place, _ in between]
        assert shuffle[places].tolist() == [shuffle[k] for k in places] == [v for _, v in between]


@pytest.mark.usefixtures("isa")
def test_places() -> None:
    for case in CASES:
        n, shuffle = case["n"], made(case)
        pairs = [*enumerate(case["first"]), *enumerate(case["last"], n - len(case["last"]))]
        places, values = zip(*pairs, *case["between"], strict=True)
        assert shuffle.inverse(np.array(values)).tolist() == list(places)
        assert [shuffle.inverse(value) for value in values] == list(places)


@pytest.mark.usefixtures("isa")
def test_streams() -> None:
    for case in CASES:
        n, first, last = case["n"], case["first"], case["last"]
        seed, epoch = case["seed"] % 2**64, case["epoch"]
        stream = _core.index_shuffle_stream(n, seed, epoch, n)
        assert stream.next(len(first)).tolist() == first
        stream.seek(n - len(last))
        assert stream.next(100).tolist() == last


def configurations(count: int) -> list[tuple[int, int, int]]:
    choose = random.Random(7)
    lengths = [choose.randrange(2 ** (k % 62), 2 ** (k % 62 + 1)) for k in range(count)]
    return [(n, choose.randrange(-(2**63), 2**64), choose.randrange(2**64)) for n in lengths]


@pytest.fixture(scope="module")
def expected() -> Callable[[int, int, int], tuple[np.ndarray, np.ndarray, np.ndarray]]:
    """Some places of a shuffle, enough for several blocks of the kernels, and their values."""
    kept: dict[tuple[int, int, int], tuple[np.ndarray, np.ndarray, np.ndarray]] = {}

    def expected(n: int, seed: int, epoch: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        if (n, seed, epoch) not in kept:
            choose = random.Random(n)
            reference = Reference(n, seed, epoch)
            count = choose.choice([1, 127, 128, 129, 511, 512, 513, 800])
            places = [choose.randrange(n) for _ in range(count)]
            values = reference.values(places)
            assert [reference.place_of(value) for value in values[:20]] == places[:20]
            run = range(places[0], min(n, places[0] + 530))
            kept[n, seed, epoch] = (
                np.array(places),
                np.array(values),
                np.array(reference.values(run)),
            )
        return kept[n, seed, epoch]

    return expected


@pytest.mark.usefixtures("isa")
def test_random_configurations(expected) -> None:
    for n, seed, epoch in configurations(124):
        places, values, run = expected(n, seed, epoch)
        shuffle = IndexShuffle(n, seed, epoch=epoch)
        assert np.array_equal(shuffle[places], values)
        assert np.array_equal(shuffle[places - n], values)
        assert np.array_equal(shuffle.inverse(values), places)
        first, last = int(places[0]), int(places[0]) + len(run) - 1
        assert np.array_equal(shuffle[first : last + 1], run)
        assert np.array_equal(shuffle[last : first - 1 if first else None : -1], run[::-1])
        for place, value in zip(places[:5].tolist(), values[:5].tolist(), strict=True):
            assert (shuffle[place], shuffle.inverse(value)) == (value, place)


@pytest.mark.usefixtures("isa")
@pytest.mark.parametrize("n", [1, 2, 3, 100, 4096, 4097, 2**13, 2**16 + 1, 300_000, 2**20 + 1])
def test_every_place_has_its_value(n: int) -> None:
    """A permutation, and what one, and many, and the inverse say of it agree."""
    shuffle = IndexShuffle(n, n, epoch=3)
    values = shuffle[:]
    assert np.array_equal(np.bincount(values, minlength=n), np.ones(n))
    assert np.array_equal(shuffle.inverse(values), np.arange(n))
    for place in {0, n // 2, n - 1}:
        assert shuffle[place] == values[place]


def test_every_place_has_its_value_with_six_rounds() -> None:
    n = 2**24 + 1
    shuffle = IndexShuffle(n, 1)
    seen = np.zeros(n, dtype=bool)
    for first in range(0, n, 2**20):
        values = shuffle[first : first + 2**20]
        assert np.array_equal(shuffle.inverse(values), np.arange(first, first + len(values)))
        seen[values] = True
    assert seen.all()


@pytest.mark.usefixtures("isa")
@pytest.mark.parametrize("n", [4097, 2**20 + 1, 2**31, 2**31 + 1, 2**40, 2**62])
def test_there_and_back(n: int) -> None:
    shuffle = IndexShuffle(n, 5)
    places = np.random.default_rng(n).integers(0, n, 20_000)
    values = shuffle[places]
    assert values.min() >= 0
    assert values.max() < n
    assert np.array_equal(shuffle.inverse(values), places)
    assert abs(values.mean() / n - 0.5) < 0.02


def test_all_64_bits_of_each_part_of_the_key_count() -> None:
    """n, seed, epoch: another bit is another permutation, and no two parts cancel."""
    n = 10**6
    keys = [(0, 0)] + [(1 << bit, 0) for bit in range(64)] + [(0, 1 << bit) for bit in range(64)]
    keys += [(1 << bit, 1 << bit) for bit in range(64)]
    heads = {tuple(IndexShuffle(n, seed, epoch=epoch)[:4].tolist()) for seed, epoch in keys}
    assert len(heads) == len(keys)
    orders = {tuple(IndexShuffle(10**6 + k, 1)[:4].tolist()) for k in range(100)}
    assert len(orders) == 100
