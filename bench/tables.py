"""The tables of docs/benchmarks.md, as Markdown, from the results."""

from __future__ import annotations

from typing import Any

Result = dict[str, Any]
Row = dict[str, Any]
Key = tuple[Any, ...]


def page(result: Result) -> str:
    """Every row, then the series: by n, by threads, by memory."""
    parts = [_beside_torch(result["time"], result), _stamp(result)]
    if result["scaling"]:
        parts += ["## Time by n\n", _by_n(result["scaling"])]
    if result["threads"]:
        parts += ["## Threads\n", _by_threads(result)]
    if len(result["memory"]) > 2:
        parts += ["## Memory by n\n", _by_memory(result["memory"])]
    if result.get("weighted"):
        parts += ["## Weighted draws beyond 2^24 weights\n", _weighted(result["weighted"])]
    if result.get("shuffle"):
        parts += ["## The index shuffle beside others\n", _shuffle(result["shuffle"])]
    if result.get("resume"):
        parts += ["## Resume\n", _resume(result["resume"])]
    if result.get("plans"):
        parts += ["## Batches by length\n", _plans(result["plans"])]
    if result.get("kernels"):
        parts += ["## Kernels\n", _by_kernel(result["kernels"])]
    if "large" in result:
        parts.append(f"n = 1,000,000,000: {_stamp(result['large'])}")
    return "\n".join(parts)


def kills(runs: list[Row]) -> str:
    """What became of the samples of trainings that were killed again and again."""
    names = (
        *("interruptions", "samples_trained", "samples_lost", "samples_repeated"),
        *("batches_discarded", "batches_repeated_identically", "batches_repeated_otherwise"),
    )
    lines = [line("", *(f"{run['algorithm']}, {run['workers']} workers" for run in runs))]
    lines.append("|---|" + "--:|" * len(runs))
    lines += [line(name.replace("_", " "), *(f"{run[name]:,}" for run in runs)) for name in names]
    stamps = [f"`{run['command']}` on {run['date']}" for run in runs]
    lines += ["", f"Counted by {' and '.join(stamps)}, torch {runs[0]['versions']['torch']}."]
    return "\n".join(lines) + "\n"


def above_baseline(point: Row) -> int:
    """Bytes that a pass takes beyond what the process holds without it."""
    return max(0, int(point["peak"] - point["baseline"]))


def limit_per_step(result: Result, n: int, threads: int) -> float | None:
    """Seconds for one random change in n places, if that was measured."""
    for point in result["limit"]:
        if (point["n"], point["threads"]) == (n, threads):
            return float(point["seconds_per_step"])
    return None


def _beside_torch(rows: list[Row], result: Result) -> str:
    lines = [line("work", "torch", "fastsamplers", "faster by", "goal"), "|---|--:|--:|--:|--:|"]
    for row in rows:
        times = (_duration(row[side]) for side in ("torch", "fastsamplers"))
        goal = f"{row['floor']:,g}x / {row['aim']:,g}x" if row["aim"] else ""
        missed = " missed" if goal and row["ratio"] < row["floor"] else ""
        lines.append(line(row["work"], *times, _ratio(row["ratio"]), goal + missed))
    n = 100_000_000
    both = {point["side"]: above_baseline(point) for point in result["memory"] if point["n"] == n}
    if len(both) == 2:
        sizes = (f"{_size(both[side])} ({both[side] / n:.1f} B/index)" for side in both)
        ratio = both["torch"] / both["fastsamplers"]
        work = f"peak memory of BatchSampler(RandomSampler, 1024), n = {n:,}"
        lines.append(line(work, *sizes, f"{_ratio(ratio)} less", ""))
    return "\n".join(lines) + "\n"


def _by_n(points: list[Row]) -> str:
    """One line for each sampler and form, a column for each n: a whole pass, by each side."""
    ns = sorted({point["n"] for point in points})
    passes: dict[Key, dict[Key, float]] = {}
    for point in points:
        of_pass = passes.setdefault((point["sampler"], point["form"]), {})
        of_pass[point["n"], point["side"]] = point["seconds"]
    lines = [line("pass", "side", *(f"n = 10^{len(str(n)) - 1}" for n in ns))]
    lines.append("|---|---|" + "--:|" * len(ns))
    for (sampler, form), seconds in passes.items():
        name = f"{sampler}, {form}"
        for side in ("torch", "fastsamplers"):
            if any(key[1] == side for key in seconds):
                cells = (_duration(seconds.get((n, side))) for n in ns)
                lines.append(line(name, side, *cells))
    return "\n".join(lines) + "\n"


def _by_threads(result: Result) -> str:
    """One line for each work, a column for each number of threads, and what memory allows."""
    works: dict[Key, dict[int, Row]] = {}
    for point in result["threads"]:
        works.setdefault((point["work"], point["n"]), {})[point["threads"]] = point
    counts = sorted({point["threads"] for point in result["threads"]})
    titles = [f"{count} thread{'s' if count > 1 else ''}" for count in counts]
    lines = [line("work", *titles, "n random changes, 1 thread", "peak memory")]
    lines.append("|---|" + "--:|" * (len(counts) + 2))
    for (work, n), of_work in works.items():
        times = (_duration(of_work.get(count, {}).get("seconds")) for count in counts)
        step = limit_per_step(result, n, 1)
        peaks = [above_baseline(point) for point in of_work.values() if "peak" in point]
        lines.append(
            line(
                f"{work}, n = {n:,}",
                *times,
                _duration(step and step * n),
                _size(max(peaks)) if peaks else "",
            )
        )
    return "\n".join(lines) + "\n"


def _by_memory(points: list[Row]) -> str:
    ns = sorted({point["n"] for point in points})
    held = {(point["side"], point["n"]): above_baseline(point) for point in points}
    lines = [line("side", *(f"n = {n:,}" for n in ns)), "|---|" + "--:|" * len(ns)]
    for side in ("torch", "fastsamplers"):
        cells = (_size(held[side, n]) if (side, n) in held else "" for n in ns)
        lines.append(line(side, *cells))
    return "\n".join(lines) + "\n"


def _weighted(points: list[Row]) -> str:
    """A first pass, the next one, and the memory they take beyond the weights."""
    lines = [
        line("draws, in blocks", "first pass", "next pass", "peak memory beyond the weights"),
        "|---|--:|--:|--:|",
    ]
    for point in points:
        times = (_duration(point[name]) for name in ("first", "again"))
        lines.append(line(point["work"], *times, _size(above_baseline(point))))
    return "\n".join(lines) + "\n"


def _shuffle(points: list[Row]) -> str:
    """The whole work, an index of it, how often the shuffle's own, and the memory if measured."""
    own = [point["seconds"] / point["times"] for point in points if _is_in_blocks(point)]
    lines = [line("work", "time", "an index", "of IndexShuffle's", "peak memory")]
    lines.append("|---|--:|--:|--:|--:|")
    for point in points:
        seconds = point["seconds"] / point["times"]
        each = "" if point["times"] == 1 else _nanoseconds(seconds)
        factor = _ratio(seconds / own[0]) if own and each else ""
        peak = _size(above_baseline(point)) if "peak" in point else ""
        lines.append(line(point["work"], _duration(point["seconds"]), each, factor, peak))
    return "\n".join(lines) + "\n"


def _resume(points: list[Row]) -> str:
    lines = [line("work", "time"), "|---|--:|"]
    lines += [line(point["work"], _duration(point["seconds"])) for point in points]
    return "\n".join(lines) + "\n"


def _plans(points: list[Row]) -> str:
    """The whole work, a sample of it, padding and memory where they were measured."""
    lines = [line("work", "time", "a sample", "padding", "peak memory beyond the lengths")]
    lines.append("|---|--:|--:|--:|--:|")
    for point in points:
        seconds = point["seconds"]
        padding = f"{point['waste']:.2%}" if "waste" in point else ""
        peak = _size(above_baseline(point)) if "peak" in point else ""
        each = _nanoseconds(seconds / point["n"])
        lines.append(line(point["work"], _duration(seconds), each, padding, peak))
    return "\n".join(lines) + "\n"


def _is_in_blocks(point: Row) -> bool:
    """Whether this is what the other rows are compared with."""
    return str(point["work"]).startswith("IndexShuffle,") and "in blocks" in point["work"]


def _by_kernel(points: list[Row]) -> str:
    """The kernels with a column for each instruction-set level, then streams and the memory."""
    levels = ("scalar", "neon", "avx2", "avx512")
    by_level: dict[str, dict[str, float]] = {}
    others = []
    for point in points:
        if point["label"] in levels:
            by_level.setdefault(point["kernel"], {})[point["label"]] = point["seconds"]
        else:
            others.append(point)
    shown = [level for level in levels if any(level in times for times in by_level.values())]
    lines = [line("kernel, an item", *shown), "|---|" + "--:|" * len(shown)]
    for kernel, times in by_level.items():
        lines.append(line(kernel, *(_nanoseconds(times.get(level)) for level in shown)))
    lines += ["", line("stream or memory", "", "an item"), "|---|---|--:|"]
    for point in others:
        lines.append(line(point["kernel"], point["label"], _nanoseconds(point["seconds"])))
    return "\n".join(lines) + "\n"


def _nanoseconds(seconds: float | None) -> str:
    return "" if seconds is None else f"{seconds * 1e9:.3g} ns"


def _stamp(stamp: Result) -> str:
    machine, versions = stamp["machine"], stamp["versions"]
    return (
        f"Measured {stamp['date']} by `{stamp['command']}` on {machine['processor']}, "
        f"{machine['cores']} cores, {machine['system']} ({stamp['instructions']}), "
        f"torch {versions['torch']}, Python {versions['python']}. Both sides in one process, "
        "least of the rounds; a virtual machine with neighbours: trust ratios more than times.\n"
    )


def line(*cells: str) -> str:
    return f"| {' | '.join(cells)} |"


def _duration(seconds: float | None) -> str:
    if seconds is None:
        return ""
    for unit, factor in (("s", 1.0), ("ms", 1e3), ("µs", 1e6)):
        if seconds * factor >= 1:
            return f"{seconds * factor:.3g} {unit}"
    return f"{seconds * 1e9:.3g} ns"


def _ratio(ratio: float) -> str:
    if ratio >= 100:
        return f"{ratio:,.0f}x"
    # Near one, and for imports, a tenth says too little.
    return f"{ratio:.1f}x" if ratio >= 2 else f"{ratio:.2f}x"


def _size(count: int) -> str:
    return f"{count / 2**20:,.0f} MiB" if count >= 2**20 else f"{count / 2**10:,.0f} KiB"
