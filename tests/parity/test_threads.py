"""How many threads the kernels use: by default, when set, in workers and in forks."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from torch.utils.data import DataLoader

import fastsamplers
from fastsamplers import cli

pytestmark = [
    pytest.mark.filterwarnings("ignore:This DataLoader will create"),
    pytest.mark.filterwarnings("ignore:This process .* is multi-threaded, use of fork"),
]


@pytest.fixture(autouse=True)
def settings_are_put_back() -> Iterator[None]:
    before = fastsamplers.get_num_threads()
    yield
    fastsamplers.set_num_threads(before)


DEFAULTS = """
import os
import torch  # once for all; fastsamplers is imported by the children, each in its own environment

processors = sorted(os.sched_getaffinity(0))

def default(affinity, limit):
    os.environ.pop("OMP_NUM_THREADS", None)
    if limit is not None:
        os.environ["OMP_NUM_THREADS"] = limit
    os.sched_setaffinity(0, affinity)
    import fastsamplers
    return fastsamplers.get_num_threads()

def in_child(*arguments):
    pid = os.fork()
    if pid == 0:
        status = 255
        try:
            status = default(*arguments)
        finally:
            os._exit(status)
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])

for count in {1, len(processors)}:
    affinity = processors[-count:]
    for limit, most in [(None, 10**9), ("1", 1), ("2", 2), ("200", 200), ("3,2", 3), ("1,8", 1),
                        ("", 10**9), ("0", 10**9), ("-4", 10**9), ("many", 10**9)]:
        got = in_child(affinity, limit)
        assert got == min(count, most, 1024), (count, limit, got)
print("done")
"""


@pytest.mark.skipif(not hasattr(os, "sched_setaffinity"), reason="no affinity here")
def test_the_default_is_the_processors_at_most_what_openmp_may_have(run_child) -> None:
    assert run_child(DEFAULTS) == "done"


@pytest.mark.parametrize("count", [1, 2, 3, 1024])
def test_what_is_set_is_what_is_used(count: int) -> None:
    assert fastsamplers.set_num_threads(count) is None
    assert fastsamplers.get_num_threads() == count


@pytest.mark.parametrize("bad", [0, -1, 1025, 2**63, 2**70, -(2**70), True, "2", 1.5, 2.0, None])
def test_a_bad_number_is_refused_and_changes_nothing(bad: object) -> None:
    fastsamplers.set_num_threads(3)
    with pytest.raises(ValueError, match=r"num_threads should be .*, but got num_threads="):
        fastsamplers.set_num_threads(bad)
    assert fastsamplers.get_num_threads() == 3


def test_check_shows_the_number(capsys: pytest.CaptureFixture[str]) -> None:
    fastsamplers.set_num_threads(7)
    assert cli.main(["check"]) == 0
    line = next(line for line in capsys.readouterr().out.splitlines() if line[:8] == "threads ")
    assert line.split()[1] == "7"


# What spawned workers import: a test module cannot be found by its name.
ITEMS = """
import fastsamplers

class Items:
    '''Of a worker: the number it finds, after a pass, after setting 2, and after another pass.'''

    def __len__(self):
        return 2

    def __getitem__(self, i):
        found = [fastsamplers.get_num_threads()]
        list(fastsamplers.RandomSampler(range(3)))
        found.append(fastsamplers.get_num_threads())
        fastsamplers.set_num_threads(2)
        found.append(fastsamplers.get_num_threads())
        list(fastsamplers.BatchSampler(fastsamplers.RandomSampler(range(3)), 2, False))
        found.append(fastsamplers.get_num_threads())
        return found

class Epochs(Items):
    '''Of a worker that lives for several epochs: the number it finds; the first sets 2.'''

    def __getitem__(self, i):
        before = fastsamplers.get_num_threads()
        fastsamplers.set_num_threads(2)
        return before
"""


@pytest.fixture
def items(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    (tmp_path / "items_of_workers.py").write_text(ITEMS)
    monkeypatch.syspath_prepend(str(tmp_path))
    import items_of_workers

    return items_of_workers


@pytest.mark.parametrize("method", ["fork", "spawn", "forkserver"])
def test_a_worker_has_one_thread_until_it_sets_another_number(items, method: str) -> None:
    fastsamplers.set_num_threads(3)
    loader = DataLoader(
        items.Items(), batch_size=None, num_workers=2, multiprocessing_context=method
    )
    assert list(loader) == [[1, 1, 2, 2]] * 2
    assert fastsamplers.get_num_threads() == 3


def test_a_forked_worker_has_one_thread_by_default_too(items) -> None:
    loader = DataLoader(
        items.Items(), batch_size=None, num_workers=2, multiprocessing_context="fork"
    )
    assert list(loader) == [[1, 1, 2, 2]] * 2


def test_a_number_that_a_worker_sets_holds_for_its_later_epochs(items) -> None:
    fastsamplers.set_num_threads(3)
    loader = DataLoader(
        items.Epochs(), batch_size=None, num_workers=2, multiprocessing_context="fork",
        persistent_workers=True,
    )  # fmt: skip
    assert [list(loader) for _ in range(3)] == [[1, 1], [2, 2], [2, 2]]


def test_a_loader_without_workers_leaves_the_number_alone(items) -> None:
    fastsamplers.set_num_threads(3)
    assert list(DataLoader(items.Items(), batch_size=None)) == [[3, 3, 2, 2], [2, 2, 2, 2]]


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork here")
def test_a_fork_keeps_the_number() -> None:
    fastsamplers.set_num_threads(5)
    pid = os.fork()
    if pid == 0:
        status = 255
        try:
            list(fastsamplers.RandomSampler(range(3)))
            status = fastsamplers.get_num_threads()
        finally:
            os._exit(status)
    assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 5
