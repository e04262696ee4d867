"""What the tests with frameworks share: the frameworks, their processes, the table of results.

Each test, or file, is marked with the row of docs/frameworks.md that it proves:
``conformance(framework, feature, how, why="")``, where ``how`` is "untouched", "adapter" or
"cannot" (what is shown not to work, and ``why``). ``--conformance FILE`` writes all rows.
"""

from __future__ import annotations

import contextlib
import datetime
import importlib
import importlib.metadata
import importlib.util
import json
import os
import platform
import signal
import subprocess
import sys
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]
RUNS = Path(__file__).parent / "runs"
HOW = ("untouched", "adapter", "cannot")
FRAMEWORKS = ("accelerate", "lightning", "transformers", "torchdata", "ray")

# Now, since what they warn of when they are imported is not ours to mend.
with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    for _name in ("accelerate", "lightning", "transformers", "torchdata"):
        if importlib.util.find_spec(_name) is not None:
            importlib.import_module(_name)


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--conformance", metavar="FILE", help="write what was proven as JSON")


def pytest_configure(config: pytest.Config) -> None:
    config.pluginmanager.register(_Rows(config.getoption("--conformance")))


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if RUNS.parent in item.path.parents:
            item.add_marker(pytest.mark.filterwarnings("default"))


class _Rows:
    """Collects which tests prove which row, and whether they passed."""

    def __init__(self, file: str | None) -> None:
        self._file = file
        self._rows: dict[tuple[str, ...], dict[str, int]] = {}
        self._of_test: dict[str, tuple[str, ...]] = {}

    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        for item in items:
            marker = item.get_closest_marker("conformance")
            if marker is None:
                continue
            row = _row(*marker.args, **marker.kwargs)
            self._of_test[item.nodeid] = row
            self._rows.setdefault(row, {"tests": 0, "passed": 0})

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        row = self._of_test.get(report.nodeid)
        if row is None:
            return
        if report.when == "call":
            self._rows[row]["tests"] += 1
            self._rows[row]["passed"] += report.passed
        elif report.failed:
            self._rows[row]["tests"] += 1

    def pytest_sessionfinish(self) -> None:
        if self._file is None:
            return
        names = ("framework", "feature", "how", "why")
        rows = [
            {**dict(zip(names, row, strict=True)), **counts}
            for row, counts in sorted(self._rows.items())
        ]
        versions = {name: _version(name) for name in ("torch", *FRAMEWORKS)}
        found = {
            "date": datetime.date.today().isoformat(),
            "command": "make frameworks",
            "python": platform.python_version(),
            "versions": versions,
            "rows": rows,
        }
        Path(self._file).write_text(json.dumps(found, indent=1) + "\n")


def _row(framework: str, feature: str, how: str, why: str = "") -> tuple[str, ...]:
    assert how in HOW, how
    assert why or how != "cannot", f"say why {feature!r} cannot work"
    return framework, feature, how, why


def _version(name: str) -> str:
    try:
        return importlib.metadata.version(name).split("+")[0]
    except importlib.metadata.PackageNotFoundError:
        return ""


def _run_to_its_end(
    command: list[str], folder: Path, environment: dict[str, str], timeout: float
) -> tuple[int, str, str]:
    """Exit code and output; what is still there after ``timeout`` seconds is killed."""
    child = subprocess.Popen(
        command,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        cwd=folder,
        env=environment,
        start_new_session=True,
    )
    try:
        out, errors = child.communicate(timeout=timeout)
    except BaseException:
        os.killpg(child.pid, signal.SIGKILL)
        # Those that it has launched have sessions of their own.
        for process in _of_folder(folder):
            os.kill(process, signal.SIGKILL)
        child.wait()
        raise
    return child.returncode, out, errors


def _of_folder(folder: Path) -> list[int]:
    """Processes that work in ``folder``, where the system tells."""
    found = []
    for link in Path("/proc").glob("[0-9]*/cwd"):
        with contextlib.suppress(OSError):
            if Path(os.readlink(link)) == folder:
                found.append(int(link.parent.name))
    return found


@pytest.fixture(scope="session")
def launch(tmp_path_factory: pytest.TempPathFactory) -> Callable[..., list[Any]]:
    """Runs a script of runs/ in several processes, as torchrun does, and returns what each found.

    The script calls ``report(value)`` of tests/frameworks/runs/report.py once in each process.
    """

    def run(script: str, processes: int, *arguments: object, timeout: float = 240) -> list[Any]:
        folder = tmp_path_factory.mktemp(script)
        environment = {**os.environ, "FOUND": str(folder), "OMP_NUM_THREADS": "1"}
        environment["PYTHONPATH"] = str(ROOT)
        command = [sys.executable, "-W", "ignore", "-m", "torch.distributed.run", "--standalone"]
        command += [f"--nproc-per-node={processes}", "-m", f"tests.frameworks.runs.{script}"]
        command += map(str, arguments)
        try:
            code, out, errors = _run_to_its_end(command, folder, environment, timeout)
        except subprocess.TimeoutExpired:
            # Once more: Python 3.11 itself may hang when a worker is forked while another thread,
            # as gloo and queues have, holds the lock of the interpreter's list of threads
            # (PyOS_AfterFork_Child in _PyThreadState_DeleteExcept).
            code, out, errors = _run_to_its_end(command, folder, environment, timeout)
        if code != 0:
            raise AssertionError(f"exit code {code}\n{out}\n{errors}")
        return [json.loads((folder / f"{rank}.json").read_text()) for rank in range(processes)]

    return run
