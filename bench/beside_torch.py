"""README's table and plot, from what ``fastsamplers bench --json`` has printed."""

from __future__ import annotations

import dataclasses
import hashlib
import json
import tempfile
from pathlib import Path
from typing import Any

from bench.tables import line

Result = dict[str, Any]


def page(result: Result) -> str:
    """The plot, then the command's own table."""
    # Imports torch, which the other tables do without.
    from fastsamplers.beside_torch import report

    plot = Plot(result)
    cells = report.table(result["rows"])
    header = (
        "in batches of 256", "first batch, torch", "ours", "ns an index, torch", "ours", "faster",
        "memory, torch", "ours",
    )  # fmt: skip
    lines = [line(*header), "|---|" + "--:|" * (len(header) - 1), *(line(*row) for row in cells)]
    machine, versions = result["machine"], result["versions"]
    stamp = (
        f"Measured {result['date']} by `{result['command']}` on {machine['processor']}, "
        f"{machine['cores']} cores, {machine['system']} ({result['instructions']}), torch "
        f"{versions['torch']}, Python {versions['python']}. Times: sides in turn in one process, "
        "the best of the rounds; memory: the peak of a pass, in a process each."
    )
    image = f"![{plot.title}](docs/plots/{plot.name}.svg)"
    return "\n".join([image, "", *lines, "", stamp]) + "\n"


@dataclasses.dataclass(frozen=True)
class Plot:
    """What ``fastsamplers bench --plot`` draws."""

    result: Result
    name = "beside-torch"
    title = "First batch, time of an index and memory of a pass, torch and fastsamplers"

    def digest(self) -> str:
        """A number for all that is plotted: the same data, the same digest."""
        return hashlib.sha256(json.dumps(self.result, sort_keys=True).encode()).hexdigest()

    def svg(self) -> str:
        """The drawing, which says in its metadata which data it shows."""
        from fastsamplers.beside_torch.plot import draw

        with tempfile.TemporaryDirectory() as folder:
            file = Path(folder, "plot.svg")
            draw(self.result, file, f"sha256 {self.digest()}")
            return file.read_text()
