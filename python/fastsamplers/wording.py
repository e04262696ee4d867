"""Words that commands print."""

from __future__ import annotations

from typing import TextIO


def counted(count: int, noun: str) -> str:
    """A count and what is counted, one or many."""
    return f"{count:,} {noun}" if count == 1 else f"{count:,} {noun}s"


def encodable(text: str, out: TextIO) -> str:
    """``text``, or the nearest to it that can be written to a stream of another encoding."""
    encoding = out.encoding or "utf-8"  # a StringIO has none
    try:
        text.encode(encoding)
    except UnicodeEncodeError:
        return text.replace("\N{MICRO SIGN}", "u").encode(encoding, "replace").decode(encoding)
    return text
