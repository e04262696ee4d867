"""Which C++ tests ThreadSanitizer has to see: those of code that may start threads."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[2]
TESTS, SOURCES = ROOT / "tests" / "cpp", ROOT / "csrc"
THREADS = re.compile(r"^#include <(thread|mutex|condition_variable|future)>$", re.MULTILINE)
INCLUDED = re.compile(r'^#include "(.+)"$', re.MULTILINE)


def used_by(file: Path) -> Iterator[Path]:
    """The project's files that a file includes, and what implements them."""
    for name in INCLUDED.findall(file.read_text(encoding="utf-8")):
        found = (folder / name for folder in (file.parent, TESTS, SOURCES))
        header = next(path for path in found if path.is_file())
        yield header
        if header.with_suffix(".cpp").is_file():
            yield header.with_suffix(".cpp")


def has_threads(test: Path) -> bool:
    seen, rest = {test}, [test]
    while rest:
        new = set(used_by(rest.pop())) - seen
        seen |= new
        rest += new
    return any(THREADS.search(path.read_text(encoding="utf-8")) for path in seen)


def has_cases(test: Path) -> bool:
    return "TEST_CASE(" in test.read_text(encoding="utf-8")


def listed(pattern: str) -> set[Path]:
    """Files in a list of tests/cpp/CMakeLists.txt that begins with ``pattern``."""
    text = (TESTS / "CMakeLists.txt").read_text(encoding="utf-8")
    lists = re.findall(pattern + r"\s+([\w/.\s]+)\)", text)
    return {TESTS / name for names in lists for name in names.split()}


def test_the_lists_say_which_tests_have_threads() -> None:
    tests = {path for path in TESTS.rglob("*.cpp") if has_cases(path)}
    with_threads = {path for path in tests if has_threads(path)}
    assert listed(r"target_sources\(fastsamplers_tests PRIVATE") == with_threads
    assert listed(r"set\(without_threads") == tests - with_threads
    # The search finds what it should, however it is written.
    assert TESTS / "base" / "parallel.cpp" in with_threads
    assert TESTS / "rng" / "mt19937.cpp" not in with_threads


def test_what_tests_share_has_no_cases() -> None:
    shared = listed(r"add_executable\(fastsamplers_tests")
    assert not any(has_cases(path) for path in shared)
    assert all(path.is_file() for path in shared)
