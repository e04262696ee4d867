"""How many threads the kernels use. No result depends on it."""

from __future__ import annotations

import os
import sys

from fastsamplers import _core, _validate

# Whether the number in this process is what it should be for as long as nobody sets another one.
_is_settled = False


def set_num_threads(num_threads: int) -> None:
    """Sets how many threads the kernels use in this process, the calling one included.

    From two on, long passes over permutations are read ahead by a thread of their own, and large
    permutations are shuffled by all.

    Args:
        num_threads (int): in [1, 1024].

    Raises:
        ValueError: ``num_threads`` is not such an int; the number stays what it was.
    """
    global _is_settled
    _core.set_thread_count(min(_validate.positive_int("num_threads", num_threads), 2**63 - 1))
    _is_settled = True


def get_num_threads() -> int:
    """How many threads the kernels use in this process.

    What ``set_num_threads`` has set; by default the processors that this process may run on, at
    most ``OMP_NUM_THREADS``, and 1 in a worker of a DataLoader.
    """
    settle()
    return _core.thread_count()


def settle() -> None:
    """In a worker of a DataLoader, takes one thread unless the worker has set another number.

    Called at the start of every pass, since a worker is known as one only after its start.
    """
    global _is_settled
    if _is_settled:
        return
    data = sys.modules.get("torch.utils.data")  # where it was not imported there are no workers
    if data is not None and data.get_worker_info() is not None:
        _core.set_thread_count(1)
        _is_settled = True


def _unsettle() -> None:
    global _is_settled
    _is_settled = False


if hasattr(os, "register_at_fork"):  # what the parent has set is not meant for its workers
    os.register_at_fork(after_in_child=_unsettle)
