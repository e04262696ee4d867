"""``fastsamplers bench`` as a user runs it: what it measures, prints and draws."""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from fastsamplers import _core, cli
from fastsamplers.beside_torch import child, measure, plot, report
from fastsamplers.beside_torch.work import SIDES, WORKS

N = 3000


@pytest.fixture(scope="module")
def drawn(tmp_path_factory: pytest.TempPathFactory) -> tuple[dict[str, Any], Path]:
    """What a real run of two works found, one of them weighted, and what it drew."""
    file = tmp_path_factory.mktemp("bench") / "bench.svg"
    out = io.StringIO()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(measure, "WORKS", WORKS[5:7])
        child_of = measure._child
        patch.setattr(measure, "_child", lambda number, *rest: child_of(number + 5, *rest))
        patch.setattr(sys, "stdout", out)
        arguments = ["--n", "3e3", "--rounds", "1", "--json", "--plot", str(file)]
        assert cli.main(["bench", *arguments]) == 0
    return json.loads(out.getvalue()), file


def test_what_a_run_finds(drawn: tuple[dict[str, Any], Path]) -> None:
    result, _ = drawn
    assert result["n"] == N
    assert [row["work"] for row in result["rows"]] == [work.name for work in WORKS[5:7]]
    for row in result["rows"]:
        assert all(side["memory"] >= 0 for side in row["sides"].values())
    for name in ("machine", "versions", "date", "command", "instructions", "threads"):
        assert result[name]


@pytest.mark.parametrize("number", range(len(WORKS)), ids=[work.name for work in WORKS])
def test_every_work_is_measured_on_both_sides(number: int) -> None:
    found = child.times(number, N, 1)
    assert tuple(found) == SIDES
    theirs, ours = found.values()
    assert theirs["indices"] == ours["indices"] > 0
    for side in (theirs, ours):
        assert 0 < side["first"] <= side["seconds"]


def test_both_sides_read_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    for work in WORKS:
        passes = [
            [list(map(int, batch)) for batch in work.batches(side, 700, work.weights(700))]
            for side in SIDES
        ]
        assert (passes[0] == passes[1]) is ("feistel" not in work.name)
        assert sum(map(len, passes[0])) == sum(map(len, passes[1]))


def test_memory_is_that_of_the_pass() -> None:
    """torch's list of 300,000 ints takes more than 8 bytes each, in a process of its own."""
    code = "from fastsamplers.beside_torch.child import memory; print(memory(0, 300_000, 'torch'))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert int(done.stdout) > 8 * 300_000


def test_the_best_of_all_rounds_counts(monkeypatch: pytest.MonkeyPatch) -> None:
    seconds = iter([5e-3, 1e-3, 4e-3, 2e-3, 6e-3, 3e-3])

    def run_pass(_: object, __: int) -> dict[str, float]:
        taken = next(seconds)
        return {"first": taken / 2, "seconds": taken, "indices": 9}

    monkeypatch.setattr(child, "run_pass", run_pass)
    best = child.times(0, 9, 3)
    assert best["torch"]["seconds"] == 4e-3
    assert best["fastsamplers"]["seconds"] == 1e-3


def test_more_weights_than_torch_has_room_for() -> None:
    weighted = next(work for work in WORKS if work.is_weighted)
    assert weighted.serves("torch", 2**24)
    assert not weighted.serves("torch", 2**24 + 1)
    assert weighted.serves("fastsamplers", 2**24 + 1)
    side = {"first": 0.25, "seconds": 2.0, "indices": 10**9, "memory": 2**20}
    rows = [{"work": weighted.name, "sides": {"fastsamplers": side}}]
    assert report.table(rows) == [
        [weighted.name, "cannot", "250.00 ms", "cannot", "2.0", "", "cannot", "1.0 MiB"]
    ]


@pytest.fixture
def little_memory(monkeypatch: pytest.MonkeyPatch) -> int:
    """So many samples that torch's permutation of them does not fit, and ours does."""
    n = 100_000
    monkeypatch.setattr(_core, "available_memory", lambda: 40 * n)
    return n


def test_a_side_that_lacks_the_memory_is_left_out(little_memory: int) -> None:
    able = {
        work.name: [side for side in SIDES if work.serves(side, little_memory)] for work in WORKS
    }
    ours, both = ["fastsamplers"], list(SIDES)
    assert able == {
        "RandomSampler": ours,
        'RandomSampler, batches with output="torch"': ours,
        'RandomSampler, algorithm="feistel"': ours,
        "RandomSampler with replacement": both,
        "DistributedSampler, 8 ranks": ours,
        "WeightedRandomSampler": ours,
        "WeightedRandomSampler, n/10 without replacement": both,
        "SequentialSampler": both,
    }
    assert list(child.times(0, little_memory, 1)) == ours
    assert child.times(0, 11 * little_memory, 1) == {}


@pytest.mark.parametrize("number", range(len(WORKS)), ids=[work.name for work in WORKS])
def test_the_memory_that_torch_is_said_to_need_is_what_it_takes(number: int) -> None:
    """Within a tenth and what a process allocates besides: no side is left out for nothing."""
    n = 3_000_000
    code = (
        f"from fastsamplers.beside_torch.child import memory; print(memory({number}, {n}, 'torch'))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    said = WORKS[number].holds["torch"] * n
    assert 0.9 * said <= int(done.stdout) <= 1.1 * said + 2**24


def test_memory_that_lacks_only_when_it_is_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    def run_pass(batches: Any, _: int) -> dict[str, float]:
        if type(batches).__module__.startswith("fastsamplers"):
            raise MemoryError
        return {"first": 1.0, "seconds": 1.0, "indices": 9}

    monkeypatch.setattr(child, "run_pass", run_pass)
    assert list(child.times(0, 9, 2)) == ["torch"]


def test_what_no_side_can_do(tmp_path: Path) -> None:
    side = {"first": 0.25, "seconds": 2.0, "indices": 10**9, "memory": 3 * 2**30}
    rows = [{"work": "nobody's", "sides": {}}, {"work": "torch's", "sides": {"torch": side}}]
    assert report.table(rows) == [
        ["nobody's", *["cannot"] * 4, "", *["cannot"] * 2],
        ["torch's", "250.00 ms", "cannot", "2.0", "cannot", "", "3.0 GiB", "cannot"],
    ]
    plot.draw({**report.stamp(9, 1), "rows": rows}, tmp_path / "some.svg")
    assert "nobody's" in (tmp_path / "some.svg").read_text()


def test_passes_that_would_not_end_are_read_in_part(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("fastsamplers.beside_torch.work._MOST_INDICES", 512)
    read = {
        work.name: [int(side["indices"]) for side in child.times(number, N, 1).values()]
        for number, work in enumerate(WORKS)
    }
    assert read["RandomSampler"] == [N, N]
    assert read["WeightedRandomSampler, n/10 without replacement"] == [N // 10, N // 10]
    assert read['RandomSampler, algorithm="feistel"'] == [N, 512]
    assert read["RandomSampler with replacement"] == read["SequentialSampler"] == [512, 512]


def test_the_table(drawn: tuple[dict[str, Any], Path]) -> None:
    result, _ = drawn
    out = io.StringIO()
    report.show(result, out)
    shown = out.getvalue()
    assert report.headline(result) in shown
    for row in result["rows"]:
        assert all(word in shown for word in row["work"].split())
        ratio = row["sides"]["torch"]["seconds"] / row["sides"]["fastsamplers"]["seconds"]
        assert f"{ratio:.{0 if ratio >= 10 else 1}f}x" in shown


@pytest.mark.parametrize("has_rich", [True, False])
def test_the_table_fits_a_terminal(has_rich: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    """With the widest figures there are: 1e9 samples."""
    if not has_rich:
        monkeypatch.setitem(sys.modules, "rich", None)
    side = {"first": 0.55983, "seconds": 10**9 * 1.2345678e-5, "indices": 10**9}
    rows = [
        {"work": work.name, "sides": {name: {**side, "memory": 999 * 2**20} for name in SIDES}}
        for work in WORKS
    ]
    rows[0]["sides"]["torch"] = {**side, "first": 1234.5, "memory": 46040 * 2**20}
    out = io.StringIO()
    report.show({**report.stamp(10**9, 1), "rows": rows}, out)
    table = out.getvalue().splitlines()[1:]
    assert max(map(len, table)) <= 100
    assert "12,345.7" in out.getvalue()
    for work in WORKS:
        assert work.name.split()[-1] in out.getvalue()


def test_a_stream_of_another_encoding(drawn: tuple[dict[str, Any], Path]) -> None:
    rows = [dict(row) for row in drawn[0]["rows"]]
    side = {"first": 25e-6, "seconds": 2.0, "indices": 9, "memory": 0}
    rows[0]["sides"] = dict.fromkeys(SIDES, side)
    for encoding, micro in (("ascii", "25 us"), ("latin-1", "25 \N{MICRO SIGN}s")):
        raw = io.BytesIO()
        out = io.TextIOWrapper(raw, encoding=encoding)
        report.show({**drawn[0], "rows": rows}, out)
        out.flush()
        shown = raw.getvalue().decode(encoding)
        assert micro in shown
        assert "--  --" in shown
        assert "?" not in shown


def test_a_bar_is_cut_but_its_label_is_true(
    drawn: tuple[dict[str, Any], Path], tmp_path: Path
) -> None:
    rows = [dict(drawn[0]["rows"][0])]
    side = {"first": 1.0, "seconds": 1.0, "indices": 9, "memory": 2**14}
    rows[0]["sides"] = {"torch": side, "fastsamplers": {**side, "memory": 0}}
    plot.draw({**drawn[0], "rows": rows}, tmp_path / "small.svg")
    text = (tmp_path / "small.svg").read_text()
    assert ">0.016<" in text
    assert ">0<" in text
    assert ">0.25<" not in text


def test_the_plot(drawn: tuple[dict[str, Any], Path], tmp_path: Path) -> None:
    result, file = drawn
    text = file.read_text()
    for shown in (*SIDES, "log scale", "memory available", "time of an index (ns)"):
        assert shown in text
    some = {**result, "rows": [dict(row) for row in result["rows"]]}
    some["rows"][0]["sides"] = {"fastsamplers": some["rows"][0]["sides"]["fastsamplers"]}
    plot.draw(some, tmp_path / "some.png")
    assert (tmp_path / "some.png").read_bytes().startswith(b"\x89PNG")


def test_progress_is_told_of_every_part(monkeypatch: pytest.MonkeyPatch) -> None:
    side = {"first": 1.0, "seconds": 1.0, "indices": 1}

    def of_child(_: int, __: int, what: str, *rest: int) -> Any:
        return {name: dict(side) for name in SIDES} if what == "time" else 5

    monkeypatch.setattr(measure, "_child", of_child)
    told: list[tuple[str, int, int]] = []
    measure.measure(9, 1, lambda *part: told.append(part))
    assert [done for _, done, _ in told] == [*range(3 * len(WORKS))]
    assert {of for *_, of in told} == {3 * len(WORKS)}


@pytest.mark.parametrize("n", ["0", "-3", "1.5", "x", "nan", "inf"])
def test_n_that_is_no_count(n: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as raised:
        cli.main(["bench", f"--n={n}"])
    assert raised.value.code == 2
    assert f"argument --n: should be a positive whole number, but got '{n}'" in (
        capsys.readouterr().err
    )


def test_what_cannot_be_measured_is_said(capsys: pytest.CaptureFixture[str]) -> None:
    """Before anything is measured where it can be known, else when a process has failed."""
    assert cli.main(["bench", "--plot", "there/is/no/folder.png"]) == 2
    assert "plot should be in a folder that exists" in capsys.readouterr().err
    assert cli.main(["bench", "--plot", "bench.gif"]) == 2
    assert "plot should be a file that ends in .png" in capsys.readouterr().err
    assert cli.main(["bench", "--n", "1e19", "--rounds", "1"]) == 2
    shown = capsys.readouterr()
    assert 'fastsamplers bench: RandomSampler, algorithm="feistel": Overflow' in shown.err
    assert shown.out == ""


def test_an_unknown_instruction_set_is_noticed_before_anything_is_measured() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "fastsamplers", "bench", "--n", "1e15"],
        env={**os.environ, "FASTSAMPLERS_ISA": "sse9"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith("fastsamplers bench: FASTSAMPLERS_ISA should be one of scalar")
    assert done.stderr.endswith("got FASTSAMPLERS_ISA=sse9\n")


def test_help_needs_no_torch() -> None:
    code = "import sys; sys.modules['torch'] = None\nfrom fastsamplers.cli import main; main()"
    done = subprocess.run(
        [sys.executable, "-c", code, "bench", "--help"], capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stderr) == (0, "")
    for name in ("--n", "--rounds", "--plot", "--json", "examples:"):
        assert name in done.stdout
