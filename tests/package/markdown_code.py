"""The Python of a Markdown page: its blocks, and what the page says of how to run them.

A block is fenced with ``python`` (run as it is) or ``pycon`` (run as a doctest). Two comments, that
no reader sees, belong to them: ``<!-- not run: reason -->`` on the line before a block, and
``<!-- setup``, code, ``-->`` anywhere: run at its turn.
"""

from __future__ import annotations

import doctest
import re
import textwrap
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

_PIECES = re.compile(
    r"^(?P<indent> *)```(?P<kind>\w*)[^\n]*\n(?P<code>.*?)^(?P=indent)```$"
    r"|^<!-- setup\n(?P<setup>.*?)^-->$",
    re.MULTILINE | re.DOTALL,
)
_NOT_RUN = re.compile(r"<!-- not run: (.+) -->\s*\Z")
KINDS = ("python", "pycon", "setup")


class Block(NamedTuple):
    """Code of a page, and why it is not run, if it is not."""

    kind: str
    line: int
    code: str
    not_run: str | None


def blocks_of(page: str) -> list[Block]:
    """In the order of the page; blocks in other languages are left out."""
    found = []
    for match in _PIECES.finditer(page):
        kind = "setup" if match["setup"] is not None else match["kind"]
        if kind not in KINDS:
            continue
        code = match["setup"] if kind == "setup" else textwrap.dedent(match["code"])
        line = page.count("\n", 0, match.start()) + 2
        reason = _NOT_RUN.search(page[: match.start()])
        found.append(Block(kind, line, code, reason and reason[1]))
    return found


def run(path: Path, before: str = "", left_out: Sequence[int] = ()) -> int:
    """Runs the blocks of a page one after another in one namespace; how many there were.

    ``left_out`` are the numbers of blocks that are not run, beside those of which the page says so.

    Raises:
        AssertionError: an example of a doctest gives something else; whatever a block raises.
    """
    names: dict[str, Any] = {"__name__": path.stem}
    exec(compile(before, f"before {path.name}", "exec"), names)
    count = 0
    for number, block in enumerate(blocks_of(path.read_text(encoding="utf-8"))):
        if block.not_run or number in left_out:
            continue
        if block.kind == "pycon":
            _run_doctest(block, path, names)
        else:
            # As if it stood alone in the file, so that errors name the line of the page.
            code = "\n" * (block.line - 1) + block.code
            exec(compile(code, str(path), "exec"), names)
        count += block.kind != "setup"
    return count


def _run_doctest(block: Block, path: Path, names: dict[str, Any]) -> None:
    test = doctest.DocTestParser().get_doctest(
        block.code, names, path.name, str(path), block.line - 1
    )
    said: list[str] = []
    runner = doctest.DocTestRunner(optionflags=doctest.ELLIPSIS)
    failed, tried = runner.run(test, out=said.append, clear_globs=False)
    names.update(test.globs)  # which is a copy
    assert tried > 0
    assert not failed, "".join(said)
