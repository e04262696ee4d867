"""Writes goldens.json: what torch draws, for tests of the kernels where there is no torch.

    python tests/data/make_goldens.py            # everything; needs 1.7 GB and a minute
    python tests/data/make_goldens.py --small    # keeps the large order that the file has

Nothing but torch is used here: the file says what torch does, not what we do. Orders are lists;
the long ones are the SHA-256 of their values as little-endian int32, with pieces of them.
"""

from __future__ import annotations

import argparse
import base64
import hashlib
import json
import zlib
from pathlib import Path
from typing import Any

import torch
from torch.utils.data import BatchSampler, RandomSampler, SubsetRandomSampler
from torch.utils.data.distributed import DistributedSampler

FILE = Path(__file__).with_name("goldens.json")
LARGE_N = 214_748_364  # from here on torch.randperm is another algorithm
LARGE_SEED = 2**40 + 17


def state(generator: torch.Generator) -> str:
    return hashlib.sha256(generator.get_state().numpy().tobytes()).hexdigest()


def digest(values: torch.Tensor) -> str:
    return hashlib.sha256(values.to(torch.int32).numpy().astype("<i4").tobytes()).hexdigest()


def states() -> list[dict[str, Any]]:
    cases = []
    for seed in (0, 5, 2**32 - 1, 2**40 + 5, 2**64 - 1):
        for draws in (0, 1, 2, 623, 624, 625, 1248, 5000):
            generator = torch.Generator().manual_seed(seed)
            torch.randint(2, (draws,), generator=generator)
            case: dict[str, Any] = {"seed": seed, "draws": draws, "state": state(generator)}
            if seed == 2**40 + 5 and draws in (0, 625):
                torch.randn(1, generator=generator, dtype=torch.float64)  # leaves a cached normal
                packed = zlib.compress(generator.get_state().numpy().tobytes(), 9)
                case["bytes_after_normal"] = base64.b64encode(packed).decode()
                torch.randint(2, (1000,), generator=generator)
                case["state_1000_later"] = state(generator)
            cases.append(case)
    return cases


def randperms() -> list[dict[str, Any]]:
    cases = []
    for n in (0, 1, 2, 3, 31, 623, 624, 625, 1249, 5000, 262_143, 262_144, 300_000):
        for seed in (n, 2**40 + 5):
            if n == 5000 and seed != n:
                continue
            generator = torch.Generator().manual_seed(seed)
            order = torch.randperm(n, generator=generator)
            case: dict[str, Any] = {"n": n, "seed": seed, "sha256": digest(order)}
            case["head"], case["tail"] = order[:40].tolist(), order[-40:].tolist()
            if n <= 5000:
                case["values"] = order.tolist()
            case["state"] = state(generator)
            cases.append(case)
    return cases


def randints() -> list[dict[str, Any]]:
    cases = []
    for width in (1, 2, 10, 2**16 + 1, 2**28 - 1, 2**28, 2**28 + 1, 2**31, 2**32, 2**40, 2**63 - 1):
        for low in (0, -(2**40), -(2**63)):
            if low + width >= 2**63:
                continue
            generator = torch.Generator().manual_seed(width)
            values = torch.randint(low, low + width, (35,), generator=generator)
            cases.append(
                {
                    "low": low,
                    "range": width,
                    "seed": width,
                    "values": values.tolist(),
                    "state": state(generator),
                }
            )
    return cases


def passes() -> list[dict[str, Any]]:
    """RandomSampler: with a seed from the global generator, and with a generator of the user's."""
    cases = []
    for n in (1, 7, 100, 700):
        for replacement in (False, True):
            for num_samples in (n, 2 * n + 3, max(1, n // 3)):
                torch.default_generator.manual_seed(n)
                sampler = RandomSampler(range(n), replacement, num_samples)
                private = [list(sampler), list(sampler)]
                after = state(torch.default_generator)
                generator = torch.Generator().manual_seed(n)
                shared = list(RandomSampler(range(n), replacement, num_samples, generator))
                case = {
                    "n": n,
                    "replacement": replacement,
                    "num_samples": num_samples,
                    "seed": n,
                    "state_after_private": after,
                    "state_after_shared": state(generator),
                }
                if n <= 100:
                    case |= {"private": private, "shared": shared}
                both = torch.tensor(private[0] + private[1] + shared)
                cases.append(case | {"sha256": digest(both)})
    return cases


def subsets() -> list[dict[str, Any]]:
    cases = []
    for indices in ([5], [9, -3, 7, 100], list(range(1000, 400, -3))):
        generator = torch.Generator().manual_seed(11)
        sampler = SubsetRandomSampler(indices, generator)
        batches = list(BatchSampler(sampler, 3, drop_last=True))
        cases.append(
            {"indices": indices, "seed": 11, "batches": batches, "state": state(generator)}
        )
    return cases


def shares() -> list[dict[str, Any]]:
    cases = []
    for n, replicas in ((1, 1), (10, 3), (3, 10), (100, 7), (1000, 64)):
        for rank in sorted({0, replicas // 2, replicas - 1}):
            for drop_last in (False, True):
                for shuffle in (False, True):
                    sampler = DistributedSampler(
                        range(n), replicas, rank, shuffle, 2**40, drop_last
                    )
                    sampler.set_epoch(3)
                    cases.append(
                        {
                            "n": n,
                            "replicas": replicas,
                            "rank": rank,
                            "drop_last": drop_last,
                            "seed": 2**40 + 3 if shuffle else None,
                            "values": list(sampler),
                        }
                    )
    return cases


def large() -> dict[str, Any]:
    generator = torch.Generator().manual_seed(LARGE_SEED)
    order = torch.randperm(LARGE_N, generator=generator, dtype=torch.int32)
    hasher = hashlib.sha256()
    for part in order.split(1 << 22):
        hasher.update(part.numpy().astype("<i4").tobytes())
    places = (0, 1000, 123_456_789, LARGE_N - 20)
    return {
        "n": LARGE_N,
        "seed": LARGE_SEED,
        "sha256": hasher.hexdigest(),
        "slices": {str(place): order[place : place + 20].tolist() for place in places},
        "state": state(generator),
    }


def small() -> dict[str, Any]:
    return {
        "torch": torch.__version__,
        "states": states(),
        "randperm": randperms(),
        "randint": randints(),
        "passes": passes(),
        "subsets": subsets(),
        "shares": shares(),
    }


def text(goldens: dict[str, Any]) -> str:
    """A line for each case, so that a change shows as the cases that it touches."""
    fields = []
    for name, value in goldens.items():
        if isinstance(value, list):
            cases = ",\n".join(json.dumps(case, separators=(",", ":")) for case in value)
            fields.append(f'"{name}": [\n{cases}\n]')
        else:
            fields.append(f'"{name}": {json.dumps(value)}')
    return "{\n" + ",\n".join(fields) + "\n}\n"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--small", action="store_true")
    goldens = small()
    if parser.parse_args().small:
        goldens["large"] = json.loads(FILE.read_text())["large"]
    else:
        goldens["large"] = large()
    FILE.write_text(text(goldens))


if __name__ == "__main__":
    main()
