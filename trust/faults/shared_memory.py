"""Kills owners of a permutation that ranks share, also while it is being made.

``python -m trust.faults.shared_memory RANK RANKS STORE`` is one rank. What has to be: survivors
of a whole creation read on, others end with an error or wait until somebody ends them, and no
memory is left.
"""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import tempfile
import time
import warnings
from pathlib import Path

import torch.distributed

import fastsamplers

_N = 3_000_000
_NAME = "fastsamplers-permutation"
_PATIENCE = 40.0


def _start(rank: int, ranks: int, store: Path) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "trust.faults.shared_memory", str(rank), str(ranks), str(store)],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True,
        cwd=Path(__file__).parents[2],
    )  # fmt: skip


def kill_owners(ranks: int, killed: set[int], seconds: float | None) -> list[str]:
    """What went wrong when these ranks were killed, in words.

    ``seconds`` after all ranks have begun to make the memory; None: when all have mapped it.
    """
    with tempfile.TemporaryDirectory() as folder:
        children = [_start(rank, ranks, Path(folder) / "store") for rank in range(ranks)]
        try:
            return _kill(children, killed, seconds)
        finally:
            for child in children:
                child.kill()
                child.communicate()


def _kill(
    children: list[subprocess.Popen[str]], killed: set[int], seconds: float | None
) -> list[str]:
    wrong = []
    for child in children:
        _expect(child, "up")
    for child in children:
        _tell(child)
    if seconds is None:
        for child in children:
            _expect(child, "mapped")
    else:
        time.sleep(seconds)  # any moment of the creation will do
    for rank in sorted(killed):
        children[rank].send_signal(signal.SIGKILL)
    for rank in sorted(killed):
        children[rank].wait()
    survivors = [rank for rank in range(len(children)) if rank not in killed]
    for rank in survivors:
        _tell(children[rank])
    for rank in survivors:
        try:
            output, _ = children[rank].communicate(timeout=_PATIENCE)
        except subprocess.TimeoutExpired:
            # Ranks that had not met yet wait for the dead ones: torch's timeout is half an hour.
            if seconds is None:
                wrong.append(f"rank {rank} of {len(children)} hangs, killed: {sorted(killed)}")
            children[rank].kill()
            children[rank].wait()
            continue
        has_read = output.strip().endswith("right")
        if "wrong" in output or (seconds is None and not has_read):
            wrong.append(f"rank {rank} ended with {output!r}, killed: {sorted(killed)}")
    wrong += [f"process {pid} has the memory" for pid in _owners({c.pid for c in children})]
    return wrong


def _tell(child: subprocess.Popen[str]) -> None:
    assert child.stdin is not None
    try:
        child.stdin.write("go on\n")
        child.stdin.flush()
    except BrokenPipeError:  # it has ended with an error
        pass


def _expect(child: subprocess.Popen[str], text: str) -> None:
    assert child.stdout is not None
    line = child.stdout.readline().strip()
    if line != text:
        raise RuntimeError(f"a rank should say {text!r}, but said {line!r}")


def _owners(pids: set[int]) -> list[int]:
    """The processes among ``pids``, or started by them, that have such memory."""
    found = []
    for folder in Path("/proc").iterdir():
        if not folder.name.isdigit():
            continue
        try:
            parent = int((folder / "stat").read_text().rsplit(")", 1)[1].split()[1])
            has_it = _NAME in (folder / "maps").read_text()
        except (OSError, IndexError):
            continue  # it has ended
        if has_it and (int(folder.name) in pids or parent in pids):
            found.append(int(folder.name))
    return found


def random_kill(drawn: random.Random) -> list[str]:
    """Kills any subset of 2 to 4 ranks at a random moment."""
    ranks = drawn.randint(2, 4)
    killed = {rank for rank in range(ranks) if drawn.random() < 0.6} or {0}
    return kill_owners(ranks, killed, drawn.choice([None, 0.2 * drawn.random()]))


def main() -> None:
    warnings.simplefilter("ignore")
    rank, ranks = map(int, sys.argv[1:3])
    torch.distributed.init_process_group(
        "gloo", init_method=f"file://{sys.argv[3]}", rank=rank, world_size=ranks
    )
    sampler = fastsamplers.DistributedSampler(range(_N), ranks, rank, seed=1, node_shared=True)
    print("up", flush=True)
    sys.stdin.readline()
    blocks = sampler.blocks(1000)
    first = next(blocks).tolist()
    print("mapped", flush=True)
    sys.stdin.readline()
    got = first + [index for block in blocks for index in block.tolist()]
    generator = torch.Generator().manual_seed(1)
    expected = torch.randperm(_N, generator=generator)[rank::ranks].tolist()
    print("right" if got == expected else "wrong", flush=True)
    sys.stdout.flush()
    os._exit(0)  # the group has lost ranks, and cannot be taken down


if __name__ == "__main__":
    main()
