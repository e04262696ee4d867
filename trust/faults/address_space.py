"""A bound on this process's address space, so that memory runs short where it is wanted."""

from __future__ import annotations

import contextlib
import resource
from collections.abc import Iterator
from pathlib import Path
from typing import TypeVar

T = TypeVar("T")


def used() -> int:
    """Bytes of address space that this process has taken."""
    pages = int(Path("/proc/self/statm").read_text().split()[0])
    return pages * resource.getpagesize()


@contextlib.contextmanager
def at_most(free: int) -> Iterator[None]:
    """Within it, this process can take `free` bytes more than it has."""
    before = resource.getrlimit(resource.RLIMIT_AS)
    resource.setrlimit(resource.RLIMIT_AS, (used() + free, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_AS, before)


def read_with_ever_more(items: Iterator[T], step: int) -> tuple[list[T], list[str]]:
    """Each item, with `step` bytes more at each try until it comes; and what was said till then."""
    got: list[T] = []
    refusals: list[str] = []
    free = 0
    while True:
        free += step
        try:
            with at_most(free):
                item = next(items)
        except MemoryError as error:
            refusals.append(str(error))
        except StopIteration:
            return got, refusals
        else:
            got.append(item)
            free = 0
