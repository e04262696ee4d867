"""The files that commands draw into, with matplotlib."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

SUFFIXES = (".png", ".svg", ".pdf")


def require_drawable(file: Path) -> None:
    """Says before any work what would keep a command from writing the file.

    Raises:
        ImportError: matplotlib is not installed.
        ValueError: the suffix is none of ``SUFFIXES``.
        FileNotFoundError: the folder is not there.
    """
    if file.suffix.lower() not in SUFFIXES:
        choices = ", ".join(SUFFIXES)
        raise ValueError(f"plot should be a file that ends in {choices}, but got plot={file}")
    if not file.parent.is_dir():
        raise FileNotFoundError(f"plot should be in a folder that exists, but got plot={file}")
    try:
        import matplotlib  # noqa: F401
    except ImportError as error:
        raise ImportError(
            "plot needs matplotlib, which is not installed: pip install matplotlib"
        ) from error


@contextmanager
def figure_for(
    file: Path, width: float, height: float, description: str | None = None
) -> Iterator[Any]:
    """A figure of so many inches, which is written to the file at the end.

    An SVG says ``description`` in its metadata; the same figure gives the same bytes.

    Raises:
        ImportError, ValueError, FileNotFoundError: as ``require_drawable``.
    """
    require_drawable(file)
    import matplotlib
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    # Text as text: an SVG that is small and can be searched. A fixed salt keeps identifiers.
    options: Any = {"svg.fonttype": "none", "svg.hashsalt": "fastsamplers"}
    options |= {"font.size": 11, "axes.titlesize": 11}
    with matplotlib.rc_context(options):
        figure = Figure(figsize=(width, height), layout="constrained")
        FigureCanvasAgg(figure)
        yield figure
        suffix = file.suffix[1:].lower()
        metadata: dict[str, str | None] | None = None
        if suffix == "svg":
            metadata = {"Date": None, "Creator": None, "Description": description}
        figure.savefig(file, format=suffix, dpi=150, metadata=metadata)
    if suffix == "svg":
        lines = file.read_text(encoding="utf-8").splitlines()
        file.write_text("\n".join(line.rstrip() for line in lines) + "\n", encoding="utf-8")
