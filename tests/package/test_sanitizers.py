"""The runs under sanitizers are counted from what test programs report of themselves."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from trust import sanitizers

CASES = """
import pytest

def test_passes(): pass
def test_fails(): assert False

@pytest.fixture
def broken(): raise ValueError

def test_has_no_fixture(broken): pass

@pytest.mark.skip
def test_is_not_run(): pass
"""


def suite(folder: Path, code: str, *after: str) -> sanitizers.Suite:
    """Tests that pytest runs in a process of its own, from a folder of its own."""
    (folder / "test_cases.py").write_text(code, encoding="utf-8")
    report = folder / "report.xml"
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-c", "/dev/null"]
    arguments = (*command, "--rootdir", str(folder), f"--junitxml={report}", str(folder), *after)
    return sanitizers.Suite("tests", "tests", arguments, report, findings=folder / "findings")


def test_cases_are_counted_with_those_that_failed(tmp_path: Path) -> None:
    row = sanitizers.run(suite(tmp_path, CASES))
    assert (row.count, row.failed) == (3, 2)
    row = sanitizers.run(suite(tmp_path, CASES, "-k", "passes"))
    assert (row.count, row.failed) == (1, 0)


def test_a_finding_beside_tests_that_pass_is_a_failure(tmp_path: Path) -> None:
    written = tmp_path / "findings" / "report.1"
    code = f"def test_finds(): open({str(written)!r}, 'w').write('overflow')"
    row = sanitizers.run(suite(tmp_path, code))
    assert (row.count, row.failed) == (1, 1)
    # That of an earlier run does not count.
    row = sanitizers.run(suite(tmp_path, "def test_passes(): pass"))
    assert (row.count, row.failed) == (1, 0)


def test_a_run_that_ends_badly_has_failed(tmp_path: Path) -> None:
    code = "import atexit, os\ndef test_passes(): atexit.register(os._exit, 1)"
    row = sanitizers.run(suite(tmp_path, code))
    assert (row.count, row.failed) == (1, 1)
    with pytest.raises(FileNotFoundError):
        sanitizers.run(suite(tmp_path, "import os; os._exit(1)"))


def test_cases_of_ctest_are_counted(tmp_path: Path) -> None:
    (tmp_path / "CMakeLists.txt").write_text(
        "cmake_minimum_required(VERSION 3.24)\n"
        "project(cases LANGUAGES NONE)\n"
        "enable_testing()\n"
        'add_test(NAME "passes" COMMAND ${CMAKE_COMMAND} -E true)\n'
        'add_test(NAME "fails" COMMAND ${CMAKE_COMMAND} -E false)\n'
        'add_test(NAME "is left out" COMMAND ${CMAKE_COMMAND} -E false)\n'
        'set_tests_properties("is left out" PROPERTIES DISABLED ON)\n',
        encoding="utf-8",
    )
    build, report = tmp_path / "build", tmp_path / "report.xml"
    subprocess.run(["cmake", "-S", tmp_path, "-B", build], check=True, capture_output=True)
    command = ("ctest", "--test-dir", str(build), "--output-junit", str(report))
    row = sanitizers.run(sanitizers.Suite("cases", "test cases", command, report))
    assert (row.count, row.failed) == (2, 1)


@pytest.mark.skipif(sys.platform != "linux", reason="the compiler has no such libraries elsewhere")
def test_every_suite_has_a_row_and_a_report_of_its_own() -> None:
    suites = [suite for make in sanitizers.TARGETS.values() for suite in make()]
    assert len({suite.what for suite in suites}) == len(suites) == 4
    assert len({suite.report for suite in suites}) == len(suites)
