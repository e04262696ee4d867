"""One permutation for all ranks of a machine, in memory that they share."""

from __future__ import annotations

import contextlib
import mmap
import os
import sys
from typing import Any

import numpy as np
import numpy.typing as npt
import torch.distributed

from fastsamplers import _core
from fastsamplers.samplers.ranked import has_process_group

# A file that has no name: the kernel frees it when the last process has let go of it, or has died.
_HAS_MEMFD = hasattr(os, "memfd_create") and sys.platform == "linux"


def present_node() -> Node:
    """The ranks on this machine of the present process group; the same for all samplers."""
    global _node
    if has_process_group():
        world = torch.distributed.group.WORLD
        if _node is None or _node.world is not world:
            _node = Node(world)
        return _node
    return Node(None)


class Node:
    """The ranks of a process group that run on this machine.

    One of them builds a permutation in memory without a name, tells the others where it is, and
    they map it for reading. Made by all ranks together, and used by them together.
    """

    def __init__(self, world: Any) -> None:
        self.world = world
        self._is_known = False
        self._group: Any = None
        self._leader = -1
        self._reason = ""

    def permutation(self, engine: _core.Mt19937, n: int) -> _core.IndexStream | str:
        """``torch.randperm(n)`` with this engine, n > 0, or why a rank has to build its own.

        An empty reason: there is no other rank on this machine.

        Memory: 4n bytes a machine, 8n above n = 2**32. Work: that of ``torch.randperm`` for one of
        the ranks, while the others wait.
        """
        if self.world is None:
            return "there is no process group"
        if not self._is_known:
            self._meet()
        if self._group is None:
            return self._reason
        if torch.distributed.get_rank() == self._leader:
            array = self._lead(engine, n)
        else:
            array = self._follow(n)
        if isinstance(array, str):
            return array
        return _core.subset_stream(_core.sequential_stream(n), array)

    def _meet(self) -> None:
        """Finds out which ranks share a machine."""
        gloo = torch.distributed.new_group(backend="gloo")
        identities: list[Any] = [None] * torch.distributed.get_world_size()
        torch.distributed.all_gather_object(identities, _machine(), group=gloo)
        rank = torch.distributed.get_rank()
        for machine in sorted({identity for identity in identities if identity is not None}):
            ranks = [k for k, identity in enumerate(identities) if identity == machine]
            if len(ranks) > 1:  # all ranks of the world take part in making a group
                group = torch.distributed.new_group(ranks, backend="gloo")
                if rank in ranks:
                    self._group, self._leader = group, ranks[0]
        self._is_known = True
        if identities[rank] is None:
            self._reason = "this platform has no memory without a name (memfd)"

    def _lead(self, engine: _core.Mt19937, n: int) -> npt.NDArray[Any] | str:
        descriptor = -1
        array = None
        fault = "the rank that builds it was interrupted"
        try:
            dtype = _dtype(n)
            size = n * dtype.itemsize
            _core.require_memory(size, f"a permutation of {n}", "take algorithm='feistel'")
            descriptor = os.memfd_create("fastsamplers-permutation", os.MFD_CLOEXEC)
            os.ftruncate(descriptor, size)
            array = np.frombuffer(_huge(mmap.mmap(descriptor, size)), dtype)
            _core.randperm(engine, array)
            fault = ""
        except (MemoryError, OSError, ValueError) as error:
            fault = f"{type(error).__name__}: {error}"
            array = None
        finally:
            # Also when something else is raised here: the others wait.
            place = (os.getpid(), descriptor, fault)
            torch.distributed.broadcast_object_list([place], self._leader, group=self._group)
            self._agree(array is not None)
            if descriptor >= 0:
                os.close(descriptor)
        return fault if array is None else array

    def _follow(self, n: int) -> npt.NDArray[Any] | str:
        told: list[Any] = [None]
        torch.distributed.broadcast_object_list(told, self._leader, group=self._group)
        pid, descriptor, fault = told[0]
        array = None
        if not fault:
            try:
                array = _mapped(f"/proc/{pid}/fd/{descriptor}", n)
            except (OSError, ValueError) as error:
                fault = f"{type(error).__name__}: {error}"
        self._agree(array is not None)
        return str(fault) if array is None else array

    def _agree(self, has_it: bool) -> None:
        """Waits until all have mapped the memory, or have given up."""
        answers: list[Any] = [None] * torch.distributed.get_world_size(self._group)
        torch.distributed.all_gather_object(answers, has_it, group=self._group)


_node: Node | None = None


def _machine() -> tuple[str, int] | None:
    """What is equal for processes that can map each other's memory: the boot, and the namespace."""
    if not _HAS_MEMFD:
        return None
    try:
        with open("/proc/sys/kernel/random/boot_id") as file:
            boot = file.read().strip()
        return boot, os.stat("/proc/self/ns/pid").st_ino
    except OSError:
        return None


def _dtype(n: int) -> np.dtype[Any]:
    return np.dtype(np.uint32 if n <= 2**32 else np.int64)


def _mapped(path: str, n: int) -> npt.NDArray[Any]:
    dtype = _dtype(n)
    descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    try:
        size = n * dtype.itemsize
        return np.frombuffer(_huge(mmap.mmap(descriptor, size, access=mmap.ACCESS_READ)), dtype)
    finally:
        os.close(descriptor)


def _huge(memory: mmap.mmap) -> mmap.mmap:
    """Asks for large pages, which not every kernel gives to shared memory."""
    with contextlib.suppress(AttributeError, OSError):
        memory.madvise(mmap.MADV_HUGEPAGE)
    return memory
