"""What one rank does in test_node_shared.py: ``python -m tests.parity.node_shared RANK ...``."""

from __future__ import annotations

import argparse
import json
import os
import signal
import sys
import warnings
from typing import Any

import torch.distributed

import fastsamplers
from fastsamplers.samplers import node


def proportional_bytes(kind: str) -> int:
    """Of this process's memory, what it does not share with others counted by halves and so on."""
    with open("/proc/self/smaps_rollup") as file:
        for line in file:
            if line.startswith(f"{kind}:"):
                return int(line.split()[1]) * 1024
    return 0


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("rank", type=int)
    parser.add_argument("ranks", type=int)
    parser.add_argument("n", type=int)
    parser.add_argument("store")
    parser.add_argument("--without-memfd", action="store_true")
    parser.add_argument("--fault", action="store_true", help="the leader's memory is refused")
    parser.add_argument("--killed", action="store_true", help="the leader is killed in its pass")
    arguments = parser.parse_args()
    if arguments.without_memfd:
        node._HAS_MEMFD = False
    torch.distributed.init_process_group(
        "gloo",
        init_method=f"file://{arguments.store}",
        rank=arguments.rank,
        world_size=arguments.ranks,
    )
    sampler = fastsamplers.DistributedSampler(
        range(arguments.n), seed=1, node_shared=True, auto_epoch=True
    )
    if arguments.fault and arguments.rank == 0:
        node._core = RefusingCore()  # type: ignore[assignment]
    before = {kind: proportional_bytes(kind) for kind in ("Pss", "Pss_Shmem")}
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        told: dict[str, Any] = read(sampler, arguments)
    told["warnings"] = [str(warning.message) for warning in caught]
    for kind, bytes_ in before.items():
        told[kind] -= bytes_
    print(json.dumps(told), flush=True)
    torch.distributed.destroy_process_group()


class RefusingCore:
    """The module, but for memory."""

    def __getattr__(self, name: str) -> Any:
        return getattr(fastsamplers._core, name)

    def require_memory(self, *_: object) -> None:
        raise MemoryError("none left")


def read(sampler: fastsamplers.DistributedSampler, arguments: argparse.Namespace) -> dict[str, Any]:
    """Two epochs, the second one resumed in the middle; memory in between."""
    blocks = sampler.blocks(1000)
    first = next(blocks).tolist()
    torch.distributed.barrier()
    told: dict[str, Any] = {kind: proportional_bytes(kind) for kind in ("Pss", "Pss_Shmem")}
    if arguments.killed:
        if arguments.rank == 0:
            os.kill(os.getpid(), signal.SIGKILL)
        rest = [index for block in blocks for index in block.tolist()]
        print(json.dumps({"pass": first + rest}), flush=True)
        sys.stdout.flush()
        os._exit(0)  # the group has lost a rank
    torch.distributed.barrier()
    if arguments.n > 1_000_000:
        total = sum(first) + sum(int(block.sum()) for block in blocks)
        return told | {"sum": total, "first": first[:5]}
    told["passes"] = [first + [index for block in blocks for index in block.tolist()]]
    iterator: Any = iter(sampler)
    begun = [next(iterator) for _ in range(len(sampler) // 2)]
    state = iterator.state_dict()
    iterator = iter(sampler)
    iterator.load_state_dict(state)
    told["passes"].append(begun + list(iterator))
    del iterator, blocks
    torch.distributed.barrier()
    told["after"] = proportional_bytes("Pss_Shmem")
    return told


if __name__ == "__main__":
    main()
