"""Draws the pictures of the documentation: ``python docs/pictures/draw.py``.

``--check`` writes nothing, and fails when a picture is not what its script draws.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

import batches_by_length
import ownership
from svg import text_of

FOLDER = Path(__file__).parent
PICTURES = {"batches-by-length": batches_by_length.draw, "ownership": ownership.draw}


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true", help="write nothing, say what is stale")
    is_checking = parser.parse_args().check
    stale = []
    for name, draw in PICTURES.items():
        file, text = FOLDER / f"{name}.svg", text_of(draw())
        if file.exists() and file.read_text(encoding="utf-8") == text:
            continue
        stale.append(file.name)
        if not is_checking:
            file.write_text(text, encoding="utf-8")
    if is_checking and stale:
        print(f"not what docs/pictures draws: {', '.join(stale)}; run make docs")
    return 1 if is_checking and stale else 0


if __name__ == "__main__":
    sys.exit(main())
