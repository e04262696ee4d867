"""Passes of torch's samplers, put together from the kernels alone."""

from __future__ import annotations

import hashlib

import numpy as np
import pytest

from fastsamplers import _core

pytestmark = pytest.mark.usefixtures("isa")


def stream_of(engine: _core.Mt19937, case: dict) -> _core.IndexStream:
    make = _core.replacement_stream if case["replacement"] else _core.permutation_stream
    return make(engine, case["n"], case["num_samples"])


def test_passes_with_a_seed_from_the_global_generator(goldens, order_digest, state_digest) -> None:
    for case in goldens["passes"]:
        shared = _core.Mt19937(case["seed"])
        private = []
        for _ in range(2):
            engine = _core.Mt19937(shared.random64() % 2**63)
            private.append(stream_of(engine, case).next(case["num_samples"]).tolist())
        assert state_digest(shared) == case["state_after_private"]
        assert private == case.get("private", private)

        engine = _core.Mt19937(case["seed"])
        order = stream_of(engine, case).next(case["num_samples"]).tolist()
        assert order == case.get("shared", order)
        if case["replacement"]:
            engine.bounded(0, case["n"], case["num_samples"])
        else:  # torch makes one permutation more than it needs
            turns = case["num_samples"] // case["n"] + 1
            engine.skip(turns * _core.permutation_words(case["n"]))
        assert state_digest(engine) == case["state_after_shared"]
        assert order_digest(np.array(private[0] + private[1] + order)) == case["sha256"]


def test_subsets_in_batches(goldens, state_digest) -> None:
    for case in goldens["subsets"]:
        indices = np.array(case["indices"])
        engine = _core.Mt19937(case["seed"])
        order = _core.permutation_stream(engine, len(indices), len(indices))
        stream = _core.subset_stream(order, indices)
        batches = _core.BatchIterator(lambda s=stream: ((s,), None, 3, None, True, "list"))
        assert list(batches) == case["batches"]
        engine.skip(_core.permutation_words(len(indices)))
        assert state_digest(engine) == case["state"]


def test_shares_of_ranks(goldens) -> None:
    for case in goldens["shares"]:
        n, expected = case["n"], case["values"]
        if case["seed"] is None:
            order = _core.sequential_stream(n)
        else:
            order = _core.permutation_stream(_core.Mt19937(case["seed"]), n, n)
        shard = _core.strided_shard(order, case["rank"], case["replicas"], len(expected))
        assert shard.next(len(expected) + 1).tolist() == expected


@pytest.mark.large
def test_the_order_above_the_switch(goldens, state_digest) -> None:
    case = goldens["large"]
    n = case["n"]
    assert n == _core.INSIDE_OUT_FROM
    stream = _core.permutation_stream(_core.Mt19937(case["seed"]), n, n)
    while not stream.prepare(1 << 24):
        pass
    hasher = hashlib.sha256()
    while len(block := stream.next(1 << 22)):
        hasher.update(block.astype("<i4").tobytes())
    assert hasher.hexdigest() == case["sha256"]
    for place, values in case["slices"].items():
        stream.seek(int(place))
        assert stream.next(len(values)).tolist() == values
    del stream
    engine, out = _core.Mt19937(case["seed"]), np.empty(n, dtype=np.int32)
    _core.randperm(engine, out)
    assert hashlib.sha256(out.astype("<i4", copy=False)).hexdigest() == case["sha256"]
    engine.skip(_core.permutation_words(n))
    assert state_digest(engine) == case["state"]


@pytest.mark.large
def test_the_function_in_64_bits_above_the_switch(goldens) -> None:
    case = goldens["large"]
    out = np.empty(case["n"], dtype=np.int64)
    _core.randperm(_core.Mt19937(case["seed"]), out)
    hasher = hashlib.sha256()
    for part in np.split(out, range(1 << 22, case["n"], 1 << 22)):
        hasher.update(part.astype("<i4").tobytes())
    assert hasher.hexdigest() == case["sha256"]
