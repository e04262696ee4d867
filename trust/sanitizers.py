"""The tests under AddressSanitizer, UndefinedBehaviorSanitizer, ThreadSanitizer and valgrind.

``python -m trust.sanitizers asan`` (or ``tsan``, ``valgrind``) runs what the Makefile's target of
that name has built, counts test cases in the reports that ctest and pytest write, and writes them
to a file of its own in bench/results/trust. It fails if a test has failed or anything was found.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from xml.etree import ElementTree

import tomllib

from trust import record

ROOT = Path(__file__).parents[1]
BUILD = ROOT / "build"

# Tests of what the package computes. Left out is what says nothing more about the extension: tests
# of programs, examples and pages, of the project's files and of its release.
PYTHON_TESTS = ("tests/core", "tests/parity", "tests/package/test_import.py")
LEFT_OUT = (
    # Tests of distributions, which call millions of times what other tests call a few times.
    "*_quality.py",
    # Training in processes that fork, which trust.no_forks does not reach.
    "*/test_kill.py",
    "*/test_killed_workers.py",
    # Limits on an address space of which the sanitizer takes terabytes.
    "*/test_memory_limits.py",
    # States of the loader, which is Python over iterators whose own states other tests ask for.
    "*/test_loader_state*.py",
    # Tests of a harness that runs the samplers as other tests do.
    "*/test_soak.py",
)


@dataclass(frozen=True)
class Suite:
    """Tests that are run by one command, which writes ``report`` in the format of JUnit."""

    what: str
    unit: str
    command: tuple[str, ...]
    report: Path
    environment: Mapping[str, str] = field(default_factory=dict)
    # Where the runtime of a sanitizer writes what it finds, in whichever process.
    findings: Path | None = None


def cpp_suite(preset: str, what: str) -> Suite:
    report = BUILD / preset / "ctest.xml"
    command = ("ctest", "--preset", preset, "--output-junit", str(report))
    return Suite(what, "test cases", command, report)


def python_suite() -> Suite:
    """The Python tests with the extension of build/asan.

    The runtime has to be there before anything allocates: it is preloaded into an interpreter that
    was built without it, with the C++ library whose exceptions it intercepts. CPython and torch do
    not free everything at exit, so that leaks are looked for in the C++ tests only. Every object
    of Python is an allocation of its own, which is how one that is used after its end is seen.
    """
    report, findings = BUILD / "asan" / "pytest.xml", BUILD / "asan" / "findings"
    options = {
        "detect_leaks": "0",
        # Tests ask for more than there is, and expect the error.
        "allocator_may_return_null": "1",
        # A stack is recorded for every object of Python.
        "malloc_context_size": "5",
        "log_path": str(findings / "report"),
    }
    return Suite(
        "Python tests under AddressSanitizer and UndefinedBehaviorSanitizer",
        "tests",
        (
            *(sys.executable, "-m", "pytest", "-n", "2", "--dist", "worksteal"),
            *("-p", "trust.no_forks", "-m", "not large and not unsanitized"),
            *(f"--ignore-glob={pattern}" for pattern in LEFT_OUT),
            *(f"--junitxml={report}", *PYTHON_TESTS),
        ),
        report,
        {
            "ASAN_OPTIONS": ":".join(f"{name}={value}" for name, value in options.items()),
            "UBSAN_OPTIONS": f"print_stacktrace=1:log_path={findings / 'report'}",
            "LD_PRELOAD": ":".join(map(library, ("libasan.so", "libstdc++.so"))),
            "PYTHONMALLOC": "malloc",
            "PYTHONPATH": str(BUILD / "asan" / "site"),
        },
        findings,
    )


def library(name: str) -> str:
    """The path of a shared library that belongs to the compiler."""
    command = [os.environ.get("CXX", "c++"), f"-print-file-name={name}"]
    path = subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()
    if not Path(path).is_absolute():
        raise FileNotFoundError(f"{command[0]} has no {name}")
    return path


TARGETS: dict[str, Callable[[], list[Suite]]] = {
    "asan": lambda: [
        cpp_suite("asan", "C++ test cases under AddressSanitizer and UndefinedBehaviorSanitizer"),
        python_suite(),
    ],
    "tsan": lambda: [
        cpp_suite("tsan", "C++ test cases of code with threads under ThreadSanitizer"),
    ],
    "valgrind": lambda: [cpp_suite("valgrind", "C++ test cases under valgrind")],
}


def fixed_addresses() -> tuple[str, ...]:
    """A prefix for commands, where the system permits it.

    The runtimes of some compilers refuse to start where Linux places mappings too randomly.
    """
    prefix = ("setarch", "-R")
    try:
        allowed = subprocess.run([*prefix, "true"], check=False, capture_output=True)
    except FileNotFoundError:
        return ()
    return prefix if allowed.returncode == 0 else ()


def counted(report: Path) -> tuple[int, int]:
    """Test cases in a JUnit report that were run, and those of them that failed."""
    cases = [
        {child.tag for child in case}
        for case in ElementTree.parse(report).iter("testcase")
        if case.find("skipped") is None and case.get("status") != "disabled"
    ]
    return len(cases), sum(1 for tags in cases if tags & {"failure", "error"})


def run(suite: Suite) -> record.Row:
    """The row of a suite that has been run; nothing has failed if nothing at all was found."""
    suite.report.unlink(missing_ok=True)
    if suite.findings is not None:
        shutil.rmtree(suite.findings, ignore_errors=True)
        suite.findings.mkdir(parents=True)
    done = subprocess.run(
        [*fixed_addresses(), *suite.command],
        cwd=ROOT,
        env={**os.environ, **suite.environment},
        check=False,
    )
    found = sorted(suite.findings.iterdir()) if suite.findings is not None else []
    for file in found:
        print(f"{file}:", file.read_text(encoding="utf-8", errors="replace"), sep="\n")
    count, failed = counted(suite.report)
    # A process beside the tests may find something that fails none of them, or end badly itself.
    failed = max(failed, min(len(found), count), int(done.returncode != 0))
    return record.Row(suite.what, count, suite.unit, failed)


def write_metadata(site: Path) -> None:
    """Names the package in ``site`` and its version, as an installation does."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    folder = site / f"{project['name']}-{project['version']}.dist-info"
    folder.mkdir()
    fields = {"Metadata-Version": "2.1", "Name": project["name"], "Version": project["version"]}
    text = "".join(f"{name}: {value}\n" for name, value in fields.items())
    (folder / "METADATA").write_text(text, encoding="utf-8")


def main(target: str) -> int:
    if target == "asan":
        write_metadata(BUILD / "asan" / "site")
    suites = TARGETS[target]()
    rows = [run(suite) for suite in suites]
    # By a process that finds the package where the tests have found it.
    subprocess.run(
        [sys.executable, "-m", "trust.record", f"sanitizers-{target}", f"make {target}"],
        input=json.dumps([asdict(row) for row in rows]),
        env={**os.environ, **suites[-1].environment},
        cwd=ROOT,
        check=True,
        text=True,
    )
    for row in rows:
        print(f"{row.what}: {row.count} {row.unit}, {row.failed} failed")
    return 0 if all(row.failed == 0 for row in rows) else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
