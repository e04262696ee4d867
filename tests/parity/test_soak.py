"""`make soak` for a moment: nothing differs, and every fault of broken samplers is noticed."""

from __future__ import annotations

import copy
import json
import re
import shlex
import subprocess
import sys
import warnings
from pathlib import Path

import pytest

pytest.importorskip("transformers")

from trust.soak import __main__ as soak
from trust.soak import cases, libraries, run, work
from trust.soak.seen import difference

ROOT = Path(__file__).parents[2]
BROKEN = "tests.parity.broken_samplers"
SEEDS = range(1000, 1040)


def soak_run(*arguments: object) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "trust.soak", *map(str, arguments)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.parametrize("name", cases.CASES)
def test_no_configuration_differs(name: str) -> None:
    for seed in SEEDS:
        assert run.compare(cases.CASES[name], seed, libraries.ours()) is None, seed


@pytest.mark.parametrize("value", [float("nan"), 1.0, [float("nan")], [2, 1.0]])
def test_what_is_no_number_equals_only_the_same(value: object) -> None:
    other = [1.5] if isinstance(value, list) else 1.5
    assert difference(value, copy.deepcopy(value)) is None
    assert difference(value, other) is not None
    assert difference(other, value) is not None


def test_a_seed_is_one_configuration() -> None:
    for name in ("RandomSampler", "BatchSampler", "invalid arguments"):
        outcomes = []
        for _ in range(2):
            made = run.Run(libraries.TORCH, 7)
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                cases.CASES[name](made)
            outcomes.append(made.outcome())
        assert outcomes[0] == outcomes[1]
        assert len(outcomes[0]) > 2


def test_every_fault_is_noticed_and_can_be_shown_again(tmp_path: Path) -> None:
    names = [name for name in cases.CASES if name != "invalid arguments"]
    chosen = [argument for name in names for argument in ("--case", name)]
    done = soak_run("--ours", BROKEN, "--count", 60, "--start", 3, "--results", tmp_path, *chosen)
    assert done.returncode == 1, done.stderr
    lines = re.findall(r"^python -m trust\.soak (--case .* --seed \d+)  # (.*)", done.stdout, re.M)
    assert {shlex.split(command)[1] for command, _ in lines} == {*names}
    rows = json.loads((tmp_path / "soak.json").read_text())["rows"]
    assert [row["what"].partition(":")[0] for row in rows] == names
    assert {row["count"] for row in rows} == {60}
    assert all(0 < row["failed"] <= 60 for row in rows)
    command, text = lines[0]
    again = soak_run("--ours", BROKEN, *shlex.split(command))
    assert again.returncode == 1, again.stderr
    assert text.strip() in again.stdout
    sound = soak_run(*shlex.split(command))
    assert (sound.returncode, sound.stdout) == (0, "no difference\n"), sound.stderr


def test_results_of_a_run_without_a_fault(tmp_path: Path, capsys: pytest.CaptureFixture) -> None:
    given = ["--count", "3", "--start", "5", "--results", str(tmp_path)]
    assert soak.main([*given, "--case", "RandomSampler", "--case", "functional.randint"]) == 0
    rows = json.loads((tmp_path / "soak.json").read_text())["rows"]
    assert [(row["count"], row["failed"]) for row in rows] == [(3, 0), (3, 0)]
    assert "RandomSampler" in capsys.readouterr().out


def test_a_process_that_dies_is_a_fault_with_its_seed(tmp_path: Path) -> None:
    """As by a signal: the configuration it was at is known, and the run goes on."""
    done = soak_run(
        "--ours", "tests.parity.dying_samplers", "--count", 5, "--start", 3,
        "--results", tmp_path, "--case", "SequentialSampler", "--case", "RandomSampler",
    )  # fmt: skip
    assert done.returncode == 1, done.stderr
    assert re.search(r"--case SequentialSampler --seed \d+  # exit code -6", done.stdout)
    rows = json.loads((tmp_path / "soak.json").read_text())["rows"]
    # The other process was ended, too; what it was at counts, and is no fault.
    assert [row["failed"] for row in rows] == [1, 0]
    assert rows[1]["count"] in (5, 6)


def test_parts_of_a_run_end_with_their_time() -> None:
    work.prepare(None, None)
    assert work.run("functional.randint", 5, 0.0, None).configurations == 0
    assert work.run("functional.randint", 5, 0.0, 2).configurations == 2


def test_a_note_that_a_process_died_over_tells_nothing(tmp_path: Path) -> None:
    def failing(run: object) -> None:
        raise KeyboardInterrupt  # in the middle of a configuration

    work.prepare(None, tmp_path)
    cases.CASES["failing"] = failing
    try:
        with pytest.raises(KeyboardInterrupt):
            work.one(work.Found("failing"), 7)
    finally:
        del cases.CASES["failing"]
    (note,) = tmp_path.iterdir()
    note.with_suffix(".new").touch()  # as a process leaves it that ends before it has written
    assert work.unfinished(tmp_path) == [("failing", 7)]
    assert list(tmp_path.iterdir()) == []
    work.prepare(None, None)
