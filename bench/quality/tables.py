"""The tables of docs/algorithms/index-shuffle.md, as Markdown, from the results."""

from __future__ import annotations

from typing import Any

from bench.tables import line

Result = dict[str, Any]


def page(result: Result, bits: Result) -> str:
    """What each source fails, the traces by rounds and length, then what dieharder says."""
    parts = [_battery(result), _traces(result), _stamp(result), _streams(bits, "index shuffle")]
    return "\n".join(parts)


def weighted_page(result: Result, bits: Result) -> str:
    """What each source of weighted draws fails, then what dieharder says."""
    versions = result["versions"]
    stamp = (
        f"Computed {result['date']} by `{result['command']}`, about {result['work']:,} draws for "
        f"each result. A result fails where its probability is below {result['level']:g} over the "
        f"number of results. torch {versions['torch'].split('+')[0]}, numpy {versions['numpy']}, "
        f"scipy {versions['scipy']}.\n"
    )
    return "\n".join([_battery(result, "draws"), stamp, _streams(bits, "weighted")])


def _streams(result: Result, of: str) -> str:
    """Of dieharder's results those of some streams, and of what should pass."""
    shown = [row for row in result["streams"] if of in row["source"] or "numpy" in row["source"]]
    version = result["versions"]["dieharder"]
    stamp = (
        f"Tests of dieharder {version} over 32-bit words, {result['date']}, "
        f"`{result['command']}`.\n"
    )
    return _battery(result | {"battery": shown}, "words") + "\n" + stamp


def _battery(result: Result, tested: str = "permutations") -> str:
    lines = [
        line(tested, "results", "failed", "least probability", "which tests fail"),
        "|---|--:|--:|--:|---|",
    ]
    for row in result["battery"]:
        tests = ", ".join(name.replace("_", " ") for name in row["tests"])
        least = f"{row['least']:.2g}" if row["least"] > 0 else "< 1e-300"
        lines.append(line(row["source"], str(row["results"]), str(row["failed"]), least, tests))
    return "\n".join(lines) + "\n"


def _traces(result: Result) -> str:
    rounds = sorted({point["rounds"] for point in result["traces"]})
    found = {(point["n"], point["rounds"]): point for point in result["traces"]}
    lines = [
        line("differences of", "n", *(f"{count} rounds" for count in rounds)),
        "|---|--:|" + "--:|" * len(rounds),
    ]
    for name, text in (("adjacent", "neighbours"), ("rows", "places that share a half")):
        for n in sorted({point["n"] for point in result["traces"]}):
            cells = (f"{found[n, count][name]:.3g}" for count in rounds)
            lines.append(line(text, f"{n:,}", *cells))
    return "\n".join(lines) + "\n"


def _stamp(result: Result) -> str:
    versions = result["versions"]
    return (
        f"Computed {result['date']} by `{result['command']}`: about {result['work']:,} values for "
        f"each result of the first table, {result['pairs']:,} differences for each cell of the "
        f"second, in standard deviations of a chi-square with 255 degrees of freedom. A result "
        f"fails where its probability is below {result['level']:g} over the number of results. "
        f"numpy {versions['numpy']}, scipy {versions['scipy']}.\n"
    )
