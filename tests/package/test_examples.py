"""The examples: they run, and what they claim to prove they would also refute."""

from __future__ import annotations

import copy
import importlib
import io
import itertools
import json
import math
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import torch
import torch.utils.data
from rich.console import Console

import fastsamplers

ROOT = Path(__file__).parents[2]
SMALL = {
    "digits": ["--epochs", "1", "--limit", "96"],
    "text": ["--epochs", "1", "--limit", "160", "--seed", "3"],
    "billion": ["--n", "300001", "--torch-n", "100000"],
    "demo": ["--images", "96", "--snippets", "160", "--n", "100001", "--torch-n", "20000"],
}


@pytest.fixture(scope="module", autouse=True)
def _state_of_torch():
    threads, state = torch.get_num_threads(), torch.get_rng_state()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(threads)
    torch.set_rng_state(state)


@pytest.fixture
def example(monkeypatch):
    """Imports one of the examples."""
    monkeypatch.syspath_prepend(ROOT)
    return lambda name: importlib.import_module(f"examples.{name}")


def run_python(*arguments: str) -> subprocess.CompletedProcess[str]:
    # One thread, so that the helpers of a busy machine do not slow each other down.
    environment = os.environ | {"OMP_NUM_THREADS": "1", "PYTHONIOENCODING": "utf-8"}
    return subprocess.run(
        [sys.executable, *arguments], cwd=ROOT, env=environment, capture_output=True, text=True
    )


@pytest.mark.parametrize("name", SMALL)
def test_script_runs_small(name):
    done = run_python("-m", f"examples.{name}", *SMALL[name])
    assert done.returncode == 0, done.stderr
    assert done.stdout.count("- from torch.utils.data import") == (3 if name == "demo" else 1)
    assert done.stdout.count("+ from fastsamplers import") == (3 if name == "demo" else 1)
    assert done.stdout.count("identical") == (3 if name == "demo" else 1)
    assert ("each of 300,001 indices came exactly once" in done.stdout) == (name == "billion")
    assert ("Nothing differs." in done.stdout) == (name == "demo")
    assert max(map(len, done.stdout.splitlines())) <= 80
    assert done.stderr == ""


def test_demo_fails_when_a_sampler_draws_too_much():
    # The batches are right. Only the global generator stands wrong, and dropout shows it.
    program = f"""
import sys, torch, fastsamplers
from examples import demo

class Greedy(fastsamplers.RandomSampler):
    def __iter__(self):
        for index in super().__iter__():
            yield index
            torch.rand(())

fastsamplers.RandomSampler = Greedy
sys.exit(demo.main({["--epochs", "1", *SMALL["demo"]]}))
"""
    done = run_python("-c", program)
    assert done.returncode == 1
    assert "failed     loss 0 is" in done.stdout
    assert "1 of 3 parts failed" in done.stdout


def test_digits_fails_when_the_ranks_differ(example, monkeypatch, capsys):
    ours = fastsamplers.DistributedSampler
    monkeypatch.setattr(
        fastsamplers, "DistributedSampler", lambda *a, seed: ours(*a, seed=seed + 1)
    )
    assert example("digits").main(SMALL["digits"]) == 1
    assert "batch 0 is" in capsys.readouterr().err


def test_text_fails_when_the_order_differs(example, monkeypatch, capsys):
    def in_order(indices, generator):
        return list(indices)

    monkeypatch.setattr(fastsamplers, "SubsetRandomSampler", in_order)
    assert example("text").main([*SMALL["text"], "--workers", "0"]) == 1
    assert "batch 0 is" in capsys.readouterr().err


def test_billion_fails_when_the_order_differs(example, monkeypatch, tmp_path, capsys):
    (tmp_path / "reversed_order.py").write_text(
        "from fastsamplers import BatchSampler\n"
        "def RandomSampler(data):\n    return range(len(data) - 1, -1, -1)\n"
    )
    monkeypatch.syspath_prepend(tmp_path)
    billion = example("billion")
    monkeypatch.setattr(billion, "SIDES", ("torch.utils.data", "reversed_order"))
    assert billion.main(["--n", "3000", "--torch-n", "3000"]) == 1
    assert "the two orders of 3,000 indices are not the same" in capsys.readouterr().err


@pytest.mark.parametrize("name", ["digits", "text"])
def test_another_seed_is_noticed(example, name):
    comparison, script = example("comparison"), example(name)
    options = {"epochs": 1, "limit": 96} | ({"workers": 0} if name == "text" else {})
    theirs = script.train(torch.utils.data, seed=0, **options)
    comparison.require_equal(theirs, script.train(fastsamplers, seed=0, **options))
    with pytest.raises(comparison.RunsDifferError, match="batch 0 is"):
        comparison.require_equal(theirs, script.train(fastsamplers, seed=1, **options))


def test_both_ranks_train_on_their_own_share(example):
    run = example("digits").train(fastsamplers, ranks=2, epochs=2, limit=96)
    assert len(run.batches) == 12
    epochs = run.batches[:6], run.batches[6:]
    for batches in epochs:
        first, second = (list(itertools.chain(*batches[rank::2])) for rank in range(2))
        assert len(first) == len(second) == 48
        assert sorted(first + second) == list(range(96))
    assert epochs[0] != epochs[1]


def test_text_has_many_lengths(example):
    text = example("text")
    data = text.Snippets(500)
    assert len(data) == 500
    lengths = [len(data[i][1]) for i in range(500)]
    assert len(set(lengths)) > 50
    items = data[lengths.index(min(lengths))], data[lengths.index(max(lengths))]
    indices, texts = text.pad(list(items))
    assert indices.tolist() == [items[0][0], items[1][0]]
    for row, (_, snippet) in zip(texts.tolist(), items, strict=True):
        assert row == [*snippet, *[text.PADDING] * (max(lengths) - len(snippet))]


def _one_bit_of_a_loss(run):
    run.losses[1] = math.nextafter(run.losses[1], math.inf)


def _order_within_a_batch(run):
    run.batches[1][:2] = reversed(run.batches[1][:2])


def _last_step(run):
    run.batches.pop()
    run.losses.pop()


def _last_loss(run):
    run.losses.pop()


def _generator(run):
    run.states[0] = run.states[0][:-1] + b"x"


def _accuracy(run):
    run.accuracy += 1e-9


@pytest.mark.parametrize(
    ("damage", "text"),
    [
        (_one_bit_of_a_loss, "loss 1 is"),
        (_order_within_a_batch, "batch 1 is"),
        (_last_step, "2 batches with torch.utils.data, but 1 with fastsamplers"),
        (_last_loss, "2 losses with torch.utils.data, but 1 with fastsamplers"),
        (_generator, "generator state 0 is"),
        (_accuracy, "accuracy is"),
    ],
)
def test_the_smallest_difference_is_noticed(example, damage, text):
    comparison = example("comparison")
    run = comparison.Run()
    for step in range(2):
        run.record(torch.arange(4) + step, torch.tensor(0.1 * step))
    run.finish(0.5)
    other = copy.deepcopy(run)
    comparison.require_equal(run, other)
    damage(other)
    with pytest.raises(comparison.RunsDifferError, match=text):
        comparison.require_equal(run, other)


def test_two_empty_runs_prove_nothing(example):
    comparison = example("comparison")
    with pytest.raises(comparison.RunsDifferError, match="nothing to compare"):
        comparison.require_equal(comparison.Run(), comparison.Run())


@pytest.mark.parametrize("n", [1, 7, 8, 9, 63, 1000])
def test_bitmap_tells_a_permutation_from_anything_else(example, n):
    measurement = example("measurement")
    bitmap = measurement.Bitmap

    def is_full(indices):
        seen = bitmap(n)
        for part in np.array_split(np.asarray(indices, dtype=np.int64), 3):
            seen.add(part)
        return seen.is_full()

    order = np.random.default_rng(n).permutation(n)
    assert is_full(order)
    assert not is_full(order[:-1])
    assert not is_full([*order, order[0]])
    assert not is_full([*order, *[min(n, 8) - 1] * 256])  # the sum of the bits is right again
    if n > 1:
        assert not is_full([*order[:-1], order[0]])
    for beyond in (-1, n):
        with pytest.raises(measurement.OrderError, match=rf"range\({n}\)"):
            bitmap(n).add(np.array([beyond]))


def test_a_sum_of_bits_is_as_good_as_their_union(example):
    bitmap = example("measurement").Bitmap
    for indices in itertools.combinations_with_replacement(range(8), 8):
        seen = bitmap(8)
        seen.add(np.array(indices))
        assert seen.is_full() == (len(set(indices)) == 8)


def test_measure_refuses_what_is_no_permutation(example, monkeypatch):
    measurement = example("measurement")

    def with_replacement(data):
        return torch.utils.data.RandomSampler(data, replacement=True)

    monkeypatch.setattr(fastsamplers, "RandomSampler", with_replacement)
    with pytest.raises(measurement.OrderError, match="not a permutation of 5,000 indices"):
        measurement.measure("fastsamplers", 5000)


def test_measure_reports_and_sees_the_same_order(example):
    measure = example("measurement").measure
    n = 2 * 1024 * 1024 + 1
    reports: list[int] = []
    arrays = measure("fastsamplers", n, "numpy", digest=True, report=reports.append)
    lists = measure("fastsamplers", n, digest=True)
    assert reports[0] > 0
    assert reports[1:] == [1024 * 1024, 2 * 1024 * 1024]
    assert arrays.digest == lists.digest != ""
    assert 0 < arrays.first_batch <= arrays.whole_pass
    theirs = measure("torch.utils.data", 5000, digest=True)
    assert theirs.digest == measure("fastsamplers", 5000, digest=True).digest
    tenfold = arrays.scaled_to(10 * n)
    assert tenfold.whole_pass == pytest.approx(10 * arrays.whole_pass)
    assert tenfold.memory == 10 * arrays.memory


def test_child_hands_on_what_went_wrong(example):
    child = example("measurement").Child("no_such_package", 10, None, False)
    with pytest.raises(ModuleNotFoundError, match="no_such_package"):
        child.receive(None)


def test_child_that_dies_is_noticed(example):
    child = example("measurement").Child("fastsamplers", 10**6, None, False)
    child._process.kill()
    with pytest.raises(RuntimeError, match="ended with exit code -9"):
        child.receive(None)


def test_memory_counts_what_is_touched(example):
    memory = example("memory")
    before = memory.resident()
    block = np.ones(2**26, dtype=np.uint8)
    held = memory.resident()
    if before is not None:
        assert held - before > 0.9 * len(block)
        assert memory.resident(os.getpid()) == pytest.approx(held, rel=0.1)
    assert memory.resident(2**22 + 1) is None  # above the greatest process id
    assert len(block) < memory.peak() < memory.installed()


def test_demo_reports_a_failed_part_and_goes_on(example):
    demo = example("demo")
    console = Console(file=io.StringIO(), width=100)

    def too_large():
        raise MemoryError("a permutation of n=[5] needs 20 bytes")

    assert demo.fails(console, too_large)
    assert "failed     a permutation of n=[5] needs 20 bytes" in console.file.getvalue()
    assert not demo.fails(console, lambda: None)


@pytest.fixture(scope="module")
def by_length():
    """What a small run of the four trainings gave, and what it was given."""
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(ROOT)
        runs, snippets = (
            importlib.import_module(f"examples.{n}") for n in ("length_runs", "snippets")
        )
        training, held_out = snippets.read(200)
        return training, runs.run(training, held_out, epochs=1, seeds=1)


def test_all_strategies_read_the_same_tokens(by_length):
    training, outcomes = by_length
    assert list(outcomes) == [
        "RandomSampler", "BucketBatchSampler", "MaxTokensBatchSampler", "PackedBatchSampler",
    ]  # fmt: skip
    base = outcomes["RandomSampler"]
    found = [outcome.figures(base) for outcome in outcomes.values()]
    assert {row["tokens"] for row in found} == {training.lengths.sum()}
    for row in found:
        assert row["waste"] == pytest.approx(1 - row["tokens"] / row["padded_tokens"], rel=1e-3)
        assert row["batches"] == pytest.approx(len(training) / 8, rel=0.2)
        assert 2.0 < row["loss"] == row["losses"][0] < math.log(256)
        assert row["loss_deviation"] == row["difference_deviation"] == 0
        assert row["difference"] == pytest.approx(row["loss"] - found[0]["loss"], abs=1e-3)
    random, buckets, max_tokens, packed = (row["waste"] for row in found)
    assert packed < min(buckets, max_tokens) <= max(buckets, max_tokens) < random / 3
    assert found[0]["time_ratio"] == 1
    assert found[0]["difference"] == 0


def test_deviations_are_those_over_seeds(example):
    runs = example("length_runs")
    base, other = runs.Outcome("base"), runs.Outcome("other")
    for outcome, seconds, losses in ((base, (2.0, 4.0, 4.0), (3, 4)), (other, (1, 1, 3), (3, 5))):
        outcome.epochs = [runs.Epoch(1, 10, 20, s) for s in seconds]
        outcome.losses = list(losses)
    row = other.figures(base)
    assert (row["seconds"], row["time_ratio"]) == (1, 0.5)
    assert (row["loss"], row["difference"]) == (4, 0.5)
    assert row["loss_deviation"] == pytest.approx(math.sqrt(2), rel=1e-4)
    assert row["difference_deviation"] == pytest.approx(math.sqrt(0.5), rel=1e-4)


def test_lengths_fails_when_a_snippet_is_left_out(example, monkeypatch, capsys):
    def twice_the_first(data, generator):
        return [[0, *range(len(data) - 1)]]

    monkeypatch.setitem(example("length_runs").STRATEGIES, "PackedBatchSampler", twice_the_first)
    assert example("lengths").main(["--snippets", "60", "--seeds", "1"]) == 1
    assert "an epoch was not each of 54 snippets once" in capsys.readouterr().err


def test_a_packed_snippet_has_the_loss_it_has_alone(example):
    reader, snippets = example("reader"), example("snippets")
    data, _ = snippets.read(100)
    model = reader.Reader()
    bins = next(iter(fastsamplers.PackedBatchSampler(data.lengths, snippets.LONGEST, batch_size=8)))
    indices = list(itertools.chain(*bins))
    assert len(indices) > 2 * len(bins)
    packed = snippets.collate([data[bin_] for bin_ in bins])
    padded = snippets.collate([data[i] for i in indices])
    assert (packed.indices, len(packed.inputs)) == (indices, len(bins))
    assert (padded.indices, len(padded.inputs)) == (indices, len(indices))
    assert padded.parts is None
    assert padded.tokens == packed.tokens == data.lengths[indices].sum()
    assert padded.padded_tokens == len(indices) * data.lengths[indices].max()
    with torch.no_grad():
        # Token by token: in a sum one could gain what another loses.
        losses = [model.token_losses(batch) for batch in (packed, padded)]
        losses += [torch.cat([model.token_losses(snippets.collate([data[i]])) for i in indices])]
        for found in losses:
            assert len(found) == packed.tokens
            assert torch.allclose(found, losses[-1], atol=1e-4)
        assert model.loss(packed).item() == pytest.approx(losses[-1].sum().item(), rel=1e-5)


def test_snippets_have_a_wide_spread_of_lengths(example):
    training, held_out = example("snippets").read(1000)
    assert (len(training), len(held_out)) == (900, 100)
    lengths = training.lengths
    assert 1 <= lengths.min() < 20
    assert lengths.max() == 512
    assert np.log(lengths).std() > 0.8


def test_lengths_writes_its_figures(example, tmp_path, capsys):
    file = tmp_path / "lengths.json"
    arguments = ["--snippets", "100", "--seeds", "1", "--json", str(file)]
    assert example("lengths").main(arguments) == 0
    shown = capsys.readouterr()
    assert "counted    each of 90 snippets once" in shown.out
    assert max(map(len, shown.out.splitlines())) <= 80
    assert shown.err == ""
    found = json.loads(file.read_text())
    assert found["command"] == " ".join(["python -m examples.lengths", *arguments])
    assert found["versions"]["torch"] == torch.__version__
    assert (found["snippets"], found["held_out"], found["seeds"]) == (90, 10, 1)
    assert [row["strategy"] for row in found["strategies"]][-1] == "PackedBatchSampler"
