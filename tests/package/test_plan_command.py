"""``fastsamplers plan``, as a user runs it."""

from __future__ import annotations

import io
import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from fastsamplers import cli, plan_report
from fastsamplers.planning import STRATEGIES, compare_strategies
from fastsamplers.progress import shown_progress

LENGTHS = np.clip(np.random.default_rng(0).lognormal(4, 0.8, 5000), 1, 600).astype(np.int32)
RUN = "import sys; from fastsamplers.cli import main; sys.exit(main())"


@pytest.fixture
def npy(tmp_path: Path) -> Path:
    np.save(tmp_path / "lengths.npy", LENGTHS)
    return tmp_path / "lengths.npy"


def plan(*arguments: object, without: tuple[str, ...] = ()) -> subprocess.CompletedProcess[str]:
    """Runs the command in a process of its own, in which some packages are not installed."""
    blocked = "".join(f"import sys; sys.modules[{name!r}] = None\n" for name in without)
    return subprocess.run(
        [sys.executable, "-c", blocked + RUN, "plan", *map(str, arguments)],
        capture_output=True, text=True, check=False,
    )  # fmt: skip


def cells(table: str) -> dict[str, list[str]]:
    """The four cells behind each label of the table; those of its head are behind none."""
    rows = {}
    for line in table.splitlines():
        words = re.sub(r"(\d) (m?s)\b", r"\1\2", line).split()
        if len(words) >= len(STRATEGIES):
            rows[" ".join(words[:-4])] = words[-4:]
    return rows


@pytest.mark.parametrize("without", [(), ("rich",)], ids=["rich", "plain"])
def test_the_table(npy: Path, without: tuple[str, ...]) -> None:
    done = plan(npy, "--num-replicas", 4, "--batch-size", 32, without=without)
    assert (done.returncode, done.stderr) == (0, "")
    figures = compare_strategies(LENGTHS, batch_size=32, num_replicas=4)
    rows = cells(done.stdout)
    assert rows[""] == list(STRATEGIES)
    assert rows["padding waste"][0] == f"{figures[0].padding_waste:.1%}"
    assert rows["batches"] == [f"{each.batches:,}" for each in figures]
    assert rows["steps per rank"] == [f"{each.steps_per_rank:,}" for each in figures]
    assert rows["padded tokens"] == [f"{each.padded_tokens:,}" for each in figures]
    assert rows["imbalance of ranks"] == [f"{each.imbalance:.3f}x" for each in figures]
    assert f"5,000 samples, {LENGTHS.sum():,} tokens: lengths from" in done.stdout
    assert f"max_tokens={figures[2].limit}" in done.stdout
    assert ("─" in done.stdout) is not without


def test_large_counts_are_never_cut(tmp_path: Path) -> None:
    np.save(tmp_path / "long.npy", np.arange(10**7, 10**7 + 3 * 10**5, dtype=np.int64))
    rows = cells(plan(tmp_path / "long.npy").stdout)
    assert all(cell[-1] in "TB" for cell in rows["padded tokens"])
    assert rows["tokens in a batch"][3].startswith("10,1")


@pytest.mark.parametrize("without", [(), ("rich", "matplotlib")], ids=["all", "bare"])
def test_json_says_what_the_function_returns(npy: Path, without: tuple[str, ...]) -> None:
    options = {"batch_size": 16, "max_tokens": 2000, "capacity": 900, "window": 4,
               "algorithm": "ffd", "num_replicas": 3, "seed": 9}  # fmt: skip
    flags = [part for name, value in options.items()
             for part in (f"--{name.replace('_', '-')}", value)]  # fmt: skip
    done = plan(npy, *flags, "--json", without=without)
    assert (done.returncode, done.stderr) == (0, "")
    read = json.loads(done.stdout)
    assert (read["seed"], read["num_replicas"]) == (9, 3)
    assert read["lengths"] == {
        "count": 5000, "tokens": LENGTHS.sum(), "least": LENGTHS.min(), "mean": LENGTHS.mean(),
        "greatest": LENGTHS.max(),
    }  # fmt: skip
    for shown, expected in zip(read["strategies"], compare_strategies(LENGTHS, **options),
                               strict=True):  # fmt: skip
        costs = shown.pop("batch_costs")
        assert costs["least"] == expected.batch_costs.min()
        assert costs["greatest"] == expected.batch_costs.max()
        assert costs["mean"] == pytest.approx(expected.batch_costs.mean())
        histogram = costs["histogram"]
        assert sum(histogram["counts"]) == expected.batches
        counts, _ = np.histogram(expected.batch_costs, histogram["edges"])
        assert counts.tolist() == histogram["counts"]
        fields = {**vars(expected), "tokens_per_batch": vars(expected.tokens_per_batch)}
        del fields["batch_costs"], fields["seconds"]
        assert shown.pop("seconds") > 0
        assert shown == fields


def output(capsys: pytest.CaptureFixture[str], *arguments: object) -> tuple[int, str, str]:
    status = cli.main(["plan", *map(str, arguments)])
    return status, *capsys.readouterr()


def strategies(capsys: pytest.CaptureFixture[str], *arguments: object) -> Any:
    status, out, error = output(capsys, *arguments, "--json")
    assert (status, error) == (0, "")
    found = json.loads(out)["strategies"]
    for each in found:
        del each["seconds"]
    return found


@pytest.mark.parametrize("form", ["%d\n", "  %d\r\n", "%d\n\n"])
def test_text_is_read_as_well(
    npy: Path, tmp_path: Path, form: str, capsys: pytest.CaptureFixture[str]
) -> None:
    text = tmp_path / "lengths.txt"
    text.write_bytes("".join(form % length for length in LENGTHS).encode())
    assert strategies(capsys, text) == strategies(capsys, npy)


def test_a_byte_order_mark_is_none_of_the_lengths(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    text = tmp_path / "lengths.txt"
    text.write_bytes(b"\xef\xbb\xbf3\r\n4\r\n")
    assert strategies(capsys, text)[0]["tokens"] == 7
    text.write_bytes(b"\xef\xbb\xbf3\nsix\n")
    assert "line 2: 'six'" in output(capsys, text)[2]


def test_random_batches_have_no_window(npy: Path, capsys: pytest.CaptureFixture[str]) -> None:
    random, bucketed, *_ = strategies(capsys, npy)
    assert "window" not in random["options"]
    assert bucketed["options"]["window"] == 50
    assert re.search(r"random +batch_size=64\n", output(capsys, npy)[1])


def test_one_is_one(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "one.txt").write_text("1\n")
    assert output(capsys, tmp_path / "one.txt")[1].startswith("1 sample, 1 token: lengths from 1")
    (tmp_path / "one.txt").write_text("1\n1\n")
    assert output(capsys, tmp_path / "one.txt")[1].startswith("2 samples, 2 tokens: ")


def test_a_small_part_is_not_nothing() -> None:
    shown = [plan_report.percent(part) for part in (0, 1e-9, 9.9e-5, 1e-4, 0.0099, 0.01, 1)]
    assert shown == ["0.0%", "<0.01%", "<0.01%", "0.01%", "0.99%", "1.0%", "100.0%"]


def test_times_are_shown_in_one_unit() -> None:
    assert plan_report._durations([0.5, 0.00125]) == ["500.00 ms", "1.25 ms"]
    assert plan_report._durations([0.0125, 2.5]) == ["0.013 s", "2.500 s"]


def test_an_npy_file_needs_no_suffix(npy: Path, capsys: pytest.CaptureFixture[str]) -> None:
    expected = strategies(capsys, npy)
    assert strategies(capsys, npy.rename(npy.with_suffix(".data"))) == expected


def test_an_npy_file_is_mapped_and_not_read(
    npy: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    from fastsamplers import planning

    given = []
    compare = planning.compare_strategies

    def spy(lengths: Any, **options: Any) -> Any:
        given.append(lengths)
        return compare(lengths, **options)

    monkeypatch.setattr(planning, "compare_strategies", spy)
    strategies(capsys, npy)
    assert isinstance(given[0], np.memmap)
    assert not given[0].flags.owndata


KINDS: dict[str, Any] = {
    "lognormal": LENGTHS,
    "one": [5],
    "zeros": [0, 0, 0],
    "equal": [7] * 200,
    "one is much longer": [1] * 500 + [10**6],
}
COLORS = (0xB3470F, 0x1F5FA8, 0x2A7F62, 0x6A4C93)


@pytest.mark.parametrize("kind", KINDS)
def test_the_plot_shows_every_strategy(
    kind: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    import matplotlib.image

    np.save(tmp_path / "lengths.npy", np.array(KINDS[kind]))
    file = tmp_path / "plan.PNG"
    status, out, error = output(capsys, tmp_path / "lengths.npy", "--plot", file)
    assert (status, error) == (0, "")
    assert "padding waste" in out
    read = matplotlib.image.imread(file, format="png")[..., :3]
    assert read.shape[0] > 1000
    # In the histograms alone: below the bars.
    levels = (read[len(read) // 3 :] * 255).round().astype(np.int64)
    shown, counts = np.unique(levels @ [2**16, 2**8, 1], return_counts=True)
    areas = dict(zip(shown.tolist(), counts.tolist(), strict=True))
    assert all(areas.get(color, 0) > 500 for color in COLORS), [areas.get(c, 0) for c in COLORS]


def test_the_plot_as_svg_and_pdf(
    npy: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for suffix in ("svg", "pdf"):
        assert output(capsys, npy, "--plot", tmp_path / f"plan.{suffix}")[::2] == (0, "")
    figures = compare_strategies(LENGTHS)
    text = (tmp_path / "plan.svg").read_text()
    for each in figures:
        assert f"Cost of a batch, {each.strategy}: {each.batches:,} batch" in text
    assert f"max_tokens = {figures[2].limit:,} (dashed)" in text
    assert "cost of a batch (padded tokens, log scale)" in text
    assert (tmp_path / "plan.pdf").read_bytes().startswith(b"%PDF")


def test_the_plot_says_how_much_is_wasted(
    npy: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert output(capsys, npy, "--plot", tmp_path / "plan.svg")[0] == 0
    text = (tmp_path / "plan.svg").read_text()
    for each in compare_strategies(LENGTHS):
        waste = each.padding_waste
        assert (f">{waste:.2%}<" if waste < 0.01 else f">{waste:.1%}<") in text


def test_histograms_do_not_look_as_if_a_limit_were_not_kept() -> None:
    from fastsamplers import plan_plot

    for lengths in (LENGTHS, [5], [2, 4, 9], [0, 0], [1] * 500 + [10**6]):
        figures = compare_strategies(lengths)
        for is_logarithmic in {False, plan_plot._is_wide(figures)}:
            edges = plan_plot._edges(figures, is_logarithmic)
            for each in figures:
                bins = edges if each.limit is None else plan_plot._ending_at(each.limit, edges)
                assert (np.diff(bins) >= 1).all()
                counts, _ = np.histogram(each.batch_costs, bins)
                assert counts.sum() == each.batches
                if each.limit is not None:
                    assert each.limit + 0.5 in bins


def test_a_plot_without_matplotlib_is_refused_before_any_work(npy: Path, tmp_path: Path) -> None:
    done = plan(npy, "--plot", tmp_path / "plan.png", without=("matplotlib",))
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == (
        "fastsamplers plan: plot needs matplotlib, which is not installed: pip install matplotlib\n"
    )


FILES = {
    "word.txt": (b"12\n\nsix\n4\n", "one integer of 64 bits a line, but got line 3: 'six'"),
    "real.txt": (b"12\n1.5\n", "line 2: '1.5'"),
    "two.txt": (b"1 2\n3 4\n", "line 1: '1 2'"),
    "underscore.txt": (b"3\n1_0\n", "one integer of 64 bits a line, but got line 2: '1_0'"),
    "long.txt": (b"1\n%d\n" % 2**63, "line 2: '9223372036854775808'"),
    "below.txt": (b"3\n-1\n", "non-negative, but got lengths[1]=-1"),
    "binary.txt": (bytes(range(128, 256)), "line 1: '\N{REPLACEMENT CHARACTER}"),
    "empty.txt": (b"", "lengths should not be empty, but got none in"),
    "empty.npy": (b"", "should be a .npy file of integers, but:"),
    "text.npy": (b"12\n", "should be a .npy file of integers, but:"),
}


def saved(array: Any, save: Any = np.save) -> bytes:
    file = io.BytesIO()
    save(file, array)
    return file.getvalue()


FILES |= {
    "reals.npy": (saved(np.ones(3)), "lengths should be integers, but got dtype float64"),
    "square.npy": (saved(np.ones((2, 2), int)), "one dimension, but got shape (2, 2)"),
    "none.npy": (saved(np.ones(0, int)), "lengths should not be empty"),
    "objects.npy": (saved(np.array([1, None])), "should be a .npy file of integers, but:"),
    "cut.npy": (saved(np.ones(99, int))[:-9], "should be a .npy file of integers, but:"),
    "many.npy": (saved(np.ones(3, int), np.savez), "of one array, but got an .npz file"),
    "many.data": (saved(np.ones(3, int), np.savez), "of one array, but got an .npz file"),
    "header.npy": (
        b"\x93NUMPY\x02\x00" + (20_000).to_bytes(4, "little") + b" " * 20_000,
        "but: Header info length (20000) is large",
    ),
    "open.npy": (saved(np.ones(3, int)).replace(b"}", b" "), "integers, but: "),
    "shape.npy": (saved(np.ones(3, int)).replace(b"(3,)", b"(3, "), "integers, but: "),
    "huge.npy": (saved(np.ones(3, int)).replace(b"(3,), }" + b" " * 24, b"(%d,), }" % 10**24),
                 "integers, but: "),
}  # fmt: skip


@pytest.mark.parametrize("name", FILES)
def test_a_bad_file(name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    content, text = FILES[name]
    (tmp_path / name).write_bytes(content)
    status, out, error = output(capsys, tmp_path / name)
    assert (status, out) == (2, "")
    assert error.startswith("fastsamplers plan: ")
    assert text in error
    assert error.count("\n") == 1
    assert "allow_pickle" not in error


@pytest.mark.parametrize(
    ("arguments", "text"),
    [
        (["--max-tokens", "5"], "max_tokens should be at least the length of each sample"),
        (["--capacity", "5"], "capacity should be at least the length of each sample"),
        (["--batch-size", "0"], "batch_size should be a positive integer value"),
        (["--num-replicas", "-2"], "num_replicas should be a positive integer value"),
        (["--plot", "plan.jpg"], "ends in .png, .svg, .pdf, but got plot=plan.jpg"),
        (["--plot", "no/such/folder/plan.png"], "plot should be in a folder that exists"),
    ],
)
def test_a_bad_option(
    npy: Path, arguments: list[str], text: str, capsys: pytest.CaptureFixture[str]
) -> None:
    status, out, error = output(capsys, npy, *arguments)
    assert (status, out) == (2, "")
    assert text in error


def test_files_that_cannot_be_read(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for file, text in ((tmp_path / "none.npy", "No such file"), (tmp_path, "Is a directory")):
        status, out, error = output(capsys, file)
        assert (status, out) == (2, "")
        assert text in error
        assert str(file) in error


@pytest.mark.parametrize(
    "arguments", [[], ["x", "--batch-size", "many"], ["x", "--algorithm", "y"]]
)
def test_usage(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as raised:
        cli.main(["plan", *arguments])
    assert raised.value.code == 2
    assert "usage: fastsamplers plan" in capsys.readouterr().err


def test_help_names_every_option_and_needs_no_torch() -> None:
    done = plan("--help", without=("torch", "rich", "matplotlib"))
    assert (done.returncode, done.stderr) == (0, "")
    options = ("batch-size", "max-tokens", "capacity", "window", "algorithm", "num-replicas")
    for name in ("LENGTHS", *options, "seed", "plot", "json", "examples:"):
        assert name in done.stdout


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize("has_rich", [True, False])
def test_progress_on_a_terminal(has_rich: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TERM", "xterm")
    if not has_rich:
        monkeypatch.setitem(sys.modules, "rich.progress", None)
    out = Terminal()
    with shown_progress(out) as progress:
        assert progress is not None
        progress("random: planning", 0, 8)
        progress("packed: counting tokens", 7, 8)
    assert "packed: counting tokens" in out.getvalue()
    assert ("[7/8]" in out.getvalue()) is not has_rich


def test_no_progress_where_nobody_would_see_it() -> None:
    with shown_progress(io.StringIO()) as progress:
        assert progress is None
    with shown_progress(Terminal(), is_long=False) as progress:
        assert progress is None
