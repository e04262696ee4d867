"""The results, tables and plots of bench/: what is stale is found, what is drawn is repeatable."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from bench import beside_torch, lengths, plots, record, report
from bench.figures import Curve, figures

STAMP: dict[str, Any] = {
    "command": "make bench",
    "date": "2026-01-02",
    "machine": {"processor": "a processor", "cores": 2, "system": "Linux"},
    "versions": {"fastsamplers": "0.1", "torch": "2.7", "python": "3.11"},
    "instructions": "scalar",
}

QUALITY: dict[str, Any] = {
    "command": "make quality",
    "date": "2026-01-02",
    "versions": {"numpy": "2.0", "scipy": "1.10"},
    "level": 1e-3,
    "work": 1000,
    "pairs": 2000,
    "battery": [
        {"source": "2 rounds", "results": 9, "failed": 1, "least": 0.0, "tests": ["fixed_points"]}
    ],
    "traces": [{"n": 4097, "rounds": 2, "adjacent": 12345.6, "rows": 0.5}],
}
WEIGHTED: dict[str, Any] = {
    **{key: value for key, value in QUALITY.items() if key not in {"pairs", "traces"}},
    "versions": {"torch": "2.7+cpu", "numpy": "2.0", "scipy": "1.10"},
    "battery": [{"source": "drawn", "results": 7, "failed": 0, "least": 0.25, "tests": []}],
}
BITS: dict[str, Any] = {
    "command": "make dieharder",
    "date": "2026-01-02",
    "versions": {"dieharder": "3"},
    "level": 1e-3,
    "streams": [
        {"source": source, "results": results, "failed": 0, "least": 0.01, "tests": []}
        for source, results in (("index shuffle", 101), ("weighted draws", 102), ("numpy", 103))
    ],
}
TRIED: dict[str, Any] = {
    "command": "make break",
    "date": "2026-01-02",
    "rows": [{"what": "breaking it", "count": 12345, "unit": "times", "failed": 0}],
}


def measured(seconds: float, ns: list[int]) -> record.Sections:
    work = {"work": "a pass", "indices": 10, "floor": 3.0, "aim": 4.5, "ratio": 5.0}
    sides = ("torch", "fastsamplers")
    return {
        "time": [work | dict.fromkeys(sides, seconds)],
        "scaling": [
            {"n": n, "indices": n, "sampler": "randperm", "form": "out=int64"}
            | {"side": side, "seconds": seconds * n}
            for side in sides
            for n in ns
        ],
        "threads": [
            {"n": ns[0], "work": "randperm", "threads": k, "seconds": seconds} for k in (1, 2)
        ],
        "limit": [{"n": n, "threads": 1, "seconds_per_step": 1e-9} for n in ns],
        "memory": [
            {"side": side, "n": n, "peak": 8 * n + 50, "baseline": 50} for side in sides for n in ns
        ],
        "weighted": [
            {"work": f"10 of {n}", "n": n, "first": seconds, "again": seconds}
            | {"peak": 9 * n, "baseline": n}
            for n in ns
        ],
        "shuffle": [
            {"work": f"{n} calls", "n": n, "times": n, "seconds": seconds, "peak": 2 * n}
            | {"baseline": n}
            for n in ns
        ],
        "resume": [{"work": f"state of {n}", "n": n, "seconds": seconds} for n in ns],
        "plans": [{"work": f"plan of {n}", "n": n, "seconds": seconds} for n in ns],
        "kernels": [
            {"kernel": "words", "label": "scalar", "seconds": 5e-10},
            {"kernel": "permutation", "label": "n = 1,000", "seconds": 3e-9},
        ],
    }


KILLS = {
    "algorithm": "torch",
    "workers": 0,
    "interruptions": 40,
    "samples_trained": 1234,
    "samples_lost": 0,
    "samples_repeated": 0,
    "batches_discarded": 5,
    "batches_repeated_identically": 3,
    "batches_repeated_otherwise": 0,
    "command": "kill",
    "date": "today",
    "versions": {"torch": "2"},
}

LENGTHS: dict[str, Any] = {
    **{key: value for key, value in STAMP.items() if key != "instructions"},
    "command": "python -m examples.lengths",
    "snippets": 1800,
    "held_out": 200,
    "longest": 512,
    "mean_length": 198.3,
    "epochs": 1,
    "seeds": 2,
    "strategies": [
        {
            "strategy": name,
            "batches": 225,
            "tokens": 356_924,
            "padded_tokens": padded,
            "waste": waste,
            "seconds": 12.5 * ratio,
            "time_ratio": ratio,
            "loss": 2.1,
            "loss_deviation": 0.01,
            "difference": difference,
            "difference_deviation": 0.003,
        }
        for name, padded, waste, ratio, difference in (
            ("RandomSampler", 713_848, 0.5, 1.0, 0.0),
            ("PackedBatchSampler", 357_376, 0.0013, 0.5, -0.002),
        )
    ],
}

CONFORMANCE: dict[str, Any] = {
    "date": "2026-01-02",
    "command": "make frameworks",
    "python": "3.11",
    "versions": {"torch": "2.7", "accelerate": "1.1"},
    "rows": [
        {"framework": "PyTorch DDP", "feature": "all", "how": "untouched", "why": ""}
        | {"tests": 12, "passed": 12},
        {"framework": "Accelerate", "feature": "some", "how": "adapter", "why": ""}
        | {"tests": 3, "passed": 2},
        {"framework": "Accelerate", "feature": "none", "how": "cannot", "why": "it is so"}
        | {"tests": 1, "passed": 1},
    ],
}
FRAMEWORKS: dict[str, Any] = {
    **STAMP,
    "n": 1000,
    "ranks": 2,
    "batch_size": 256,
    "repeats": 3,
    "rows": [
        {"framework": "Accelerate", "torch_seconds": 0.5, "fastsamplers_seconds": 0.0125}
        | {"torch_bytes": 2**25, "fastsamplers_bytes": 2**20}
    ],
}
SIDE = {"first": 0.25, "seconds": 2.0, "indices": 10**9, "memory": 2**20}
BESIDE_TORCH: dict[str, Any] = {
    **STAMP,
    "n": 1000,
    "rows": [{"work": "a pass", "sides": {"torch": SIDE, "fastsamplers": SIDE}}],
}


@pytest.fixture
def result() -> dict[str, Any]:
    return record.merge({}, measured(0.5, [1_000, 100_000_000]), STAMP, large=False)


@pytest.fixture
def root(tmp_path: Path, result: dict[str, Any]) -> Path:
    (tmp_path / "docs" / "algorithms").mkdir(parents=True)
    pages = ("benchmarks", "resume", "bucketing", "frameworks", "guarantees")
    pages += ("algorithms/index-shuffle", "algorithms/weighted")
    for page in ("README.md", *(f"docs/{name}.md" for name in pages)):
        (tmp_path / page).write_text(f"before\n{report.BEGIN}old\n{report.END}\nafter\n")
    file = tmp_path / "bench" / "results" / "samplers.json"
    file.parent.mkdir(parents=True)
    file.write_text(record.as_text(result))
    (file.parent / "index_shuffle.json").write_text(json.dumps(QUALITY))
    (file.parent / "kills.json").write_text(json.dumps([KILLS]))
    (file.parent / "lengths.json").write_text(json.dumps(LENGTHS))
    (file.parent / "conformance.json").write_text(json.dumps(CONFORMANCE))
    (file.parent / "frameworks.json").write_text(json.dumps(FRAMEWORKS))
    (file.parent / "beside_torch.json").write_text(json.dumps(BESIDE_TORCH))
    (file.parent / "weighted_draws.json").write_text(json.dumps(WEIGHTED))
    (file.parent / "dieharder.json").write_text(json.dumps(BITS))
    (file.parent / "trust").mkdir()
    (file.parent / "trust" / "breaking.json").write_text(json.dumps(TRIED))
    return tmp_path


def test_the_file_of_results_is_json(result: dict[str, Any]) -> None:
    assert json.loads(record.as_text(result)) == result


def test_a_large_run_and_another_replace_their_own_points(result: dict[str, Any]) -> None:
    large = STAMP | {"command": "make bench-large"}
    both = record.merge(result, measured(9.0, [1_000_000_000]), large, large=True)
    assert both["command"] == "make bench"
    assert both["large"]["command"] == "make bench-large"
    assert record.merge(both, measured(9.0, [1_000_000_000]), large, large=True) == both
    again = record.merge(both, measured(0.25, [1_000]), STAMP | {"date": "later"}, large=False)
    assert again["date"] == "later"
    assert again["large"] == both["large"]
    assert {point["n"] for point in again["scaling"]} == {1_000, 1_000_000_000}


def test_tables_are_written_between_the_marks(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(plots, "draw", lambda figure: f"sha256 {figure.digest()}")
    assert report.main(["--check", "--root", str(root)]) == 1
    assert report.main(["--root", str(root)]) == 0
    assert report.main(["--check", "--root", str(root)]) == 0
    text = (root / "docs" / "benchmarks.md").read_text()
    assert text.startswith("before\n")
    assert text.endswith("after\n")
    assert "| a pass | 500 ms | 500 ms | 5.0x | 3x / 4.5x |" in text
    assert "(plots/time-by-n.svg)" in text
    quality = (root / "docs" / "algorithms" / "index-shuffle.md").read_text()
    assert "| 2 rounds | 9 | 1 | < 1e-300 | fixed points |" in quality
    assert "| neighbours | 4,097 | 1.23e+04 |" in quality
    kills = (root / "docs" / "resume.md").read_text()
    assert "|  | torch, 0 workers |" in kills
    assert "| samples trained | 1,234 |" in kills
    by_length = (root / "docs" / "bucketing.md").read_text()
    assert "| 713,848 | 50.0 % | 12.5 s | 100 % | 2.100 ± 0.010 |  |" in by_length
    assert "| 357,376 | 0.1 % | 6.2 s | 50 % | 2.100 ± 0.010 | -0.002 ± 0.003 |" in by_length
    assert "(plots/lengths.svg)" in by_length
    frameworks = (root / "docs" / "frameworks.md").read_text()
    assert "| Accelerate | 1.1 | some | **not proven** | 3 |" in frameworks
    assert "|  |  | none | does not work: it is so | 1 |" in frameworks
    assert "| PyTorch DDP | 2.7 | all | untouched | 12 |" in frameworks
    assert "16 tests, run 2026-01-02 by `make frameworks`" in frameworks
    assert "| Accelerate | 500 ms | 12.5 ms | 40x | 32 MiB | 1 MiB |" in frameworks
    weighted = (root / "docs" / "algorithms" / "weighted.md").read_text()
    assert "| drawn | 7 | 0 | 0.25 |  |" in weighted
    assert "| weighted draws | 102 | 0 | 0.01 |  |" in weighted
    assert "| index shuffle | 101 |" in quality
    for page in (weighted, quality):
        assert page.count("| index shuffle | 101 |") + page.count("| weighted draws | 102 |") == 1
        assert "| numpy | 103 |" in page
    guarantees = (root / "docs" / "guarantees.md").read_text()
    assert "| breaking it | 12,345 times | 0 | `make break`, 2026-01-02 |" in guarantees
    assert "| 200,000,000 | 32 | the first 94,967,296 | 4.8% | 1.2% | 1.7e+04 |" in guarantees
    readme = (root / "README.md").read_text()
    assert "| a pass | 250.00 ms | 250.00 ms | 2.0 | 2.0 | 1.0x | 1.0 MiB | 1.0 MiB |" in readme
    assert "(docs/plots/beside-torch.svg)" in readme


@pytest.mark.parametrize(
    "change",
    [
        "result",
        "plot",
        "table",
        "quality",
        "kills",
        "lengths",
        "bars",
        "left over",
        "frameworks",
        "tried",
    ],
)
def test_what_is_stale_is_found(
    root: Path, change: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(plots, "draw", lambda figure: f"sha256 {figure.digest()}")
    report.main(["--root", str(root)])
    file, old, new = {
        "result": ("bench/results/samplers.json", '"peak": 8050', '"peak": 9050'),
        "plot": ("docs/plots/threads.svg", "sha256 ", "sha256 0"),
        "table": ("README.md", "1.0x", "6.0x"),
        "frameworks": ("docs/frameworks.md", "40x", "41x"),
        "quality": ("docs/algorithms/index-shuffle.md", "fixed points", "others"),
        "kills": ("docs/resume.md", "1,234", "1,235"),
        "lengths": ("docs/bucketing.md", "713,848", "713,849"),
        "bars": ("bench/results/lengths.json", '"time_ratio": 0.5', '"time_ratio": 0.6'),
        "tried": ("docs/guarantees.md", "12,345", "12,346"),
        "left over": ("docs/plots/old.svg", "", "an old plot"),
    }[change]
    before = (root / file).read_text() if (root / file).exists() else ""
    (root / file).write_text(before.replace(old, new, 1))
    assert (root / file).read_text() != before
    assert report.main(["--check", "--root", str(root)]) == 1
    plotted = {"result": "memory-by-n.svg", "bars": "lengths.svg"}
    stale = plotted.get(change, Path(file).name)
    assert stale in capsys.readouterr().out


def test_memory_is_drawn_with_what_the_machine_has(result: dict[str, Any]) -> None:
    def drawn(own: dict[str, Any], other: dict[str, Any], **changes: str) -> list[Curve]:
        of = {**result, "machine": {**STAMP["machine"], **own}}
        beside = {**BESIDE_TORCH, "machine": {**STAMP["machine"], **other}, **changes}
        figure = next(each for each in figures(of, beside) if each.name == "memory-by-n")
        return [curve for curve in figure.curves if curve.look == "limit"]

    expected = Curve("memory available: 16.0 GiB", "limit", [1_000, 100_000_000], [2.0**14] * 2)
    assert drawn({"memory": 2**34}, {"memory": 2**33}) == [expected]
    assert drawn({}, {"memory": 2**34}) == [expected]
    assert drawn({}, {}) == []
    # Another machine's, or another day's.
    assert drawn({}, {"memory": 2**34, "cores": 64}) == []
    assert drawn({}, {"memory": 2**34}, date="2026-01-03") == []


def test_the_stamp_has_the_memory() -> None:
    machine = {"cpu": {}, "system": "Linux", "machine": "x86_64", "memory": 2**34}
    assert record.stamp(machine, False, [])["machine"]["memory"] == 2**34


def test_no_two_curves_look_alike_and_legends_fit(result: dict[str, Any]) -> None:
    works = [f"BatchSampler(RandomSampler, {k}, output='numpy')" for k in range(256, 261)]
    threads = [{**point, "work": work} for point in result["threads"] for work in works]
    figure = figures({**result, "threads": threads}, BESIDE_TORCH)[-1]
    svg = plots.draw(figure)
    legend = svg[svg.index('<g id="legend_1">') :]
    strokes = re.findall(r'<path d="[^"]*" style="fill: none; ([^"]*)', legend)
    assert len(set(strokes)) == len(figure.curves)
    width = float(re.search(r'viewBox="0 0 (\S+)', svg)[1])
    frame = re.search(r'<path d="([^"]*)"', legend)[1]
    xs = [float(x) for x in re.findall(r"[MLQ] (\S+) ", frame)]
    assert 0 <= min(xs) < max(xs) <= width


def test_the_same_data_gives_the_same_bytes(result: dict[str, Any]) -> None:
    pytest.importorskip("matplotlib")
    machine = {**STAMP["machine"], "memory": 2**34}
    beside = beside_torch.Plot({**BESIDE_TORCH, "machine": machine})
    drawn = [*figures(result, BESIDE_TORCH), lengths.figure(LENGTHS), beside]
    names = ["time-by-n", "memory-by-n", "threads", "lengths", "beside-torch"]
    assert [figure.name for figure in drawn] == names
    for figure in drawn:
        svg = plots.draw(figure)
        assert svg == plots.draw(figure)
        assert plots.shown_digest(svg) == figure.digest()
        assert len(svg) < 60_000


def test_a_command_names_no_place_of_this_machine() -> None:
    arguments = ["--work", "3", "--result", "/somewhere/a.json", "--jobs", "1"]
    assert record.command_line("a.run", arguments) == "python -m a.run --work 3 --jobs 1"
    assert record.command_line("a.run", []) == "python -m a.run"
