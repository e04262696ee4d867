"""Random calls of functional.randperm, randint and multinomial."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch

from trust.soak import values
from trust.soak.run import Run

_DTYPES = (
    torch.int64,
    torch.int64,
    torch.int32,
    torch.int16,
    torch.uint8,
    torch.float32,
    torch.float16,
)


def _described(options: dict[str, Any]) -> str:
    """The options without addresses of objects."""
    kinds = (torch.Generator, torch.Tensor)
    return str({key: "own" if isinstance(of, kinds) else of for key, of in options.items()})


def _called_twice(run: Run, call: Callable[[], Any]) -> None:
    """The second call begins where the first one left the generator."""
    for what in ("first call", "second call"):
        run.attempt(what, call)


def randperm(run: Run) -> None:
    choices = run.choices
    n = choices.choice((values.length(choices), values.length(choices), -1))
    generator = run.generator()
    options: dict[str, Any] = {} if generator is None else {"generator": generator}
    if choices.random() < 0.4:
        options["dtype"] = choices.choice(_DTYPES)
    run.see("configuration", f"{n=}, {_described(options)}")
    if choices.random() < 0.3:
        dtype = choices.choice((options.get("dtype", torch.int64), choices.choice(_DTYPES)))
        room = torch.zeros(2 * max(n, 0) + 2, dtype=dtype)
        # Of the right length, with gaps, too long, and empty: torch resizes, or warns, or refuses.
        shape = choices.choice(("whole", "whole", "strided", "longer", "empty"))
        out = {
            "whole": room[: max(n, 0)],
            "strided": room[: 2 * max(n, 0) : 2],
            "longer": room,
            "empty": torch.zeros(0, dtype=dtype),
        }[shape]
        run.attempt("out", lambda: run.library.randperm(n, out=out, **options) is out)
        run.see("room", [room, out])
        return
    _called_twice(run, lambda: run.library.randperm(n, **options))


def randint(run: Run) -> None:
    choices = run.choices
    generator = run.generator()
    options: dict[str, Any] = {} if generator is None else {"generator": generator}
    if choices.random() < 0.2:
        options["dtype"] = choices.choice(_DTYPES)
    # The rule changes where the range is 2^28, and again nowhere up to 2^64.
    span = choices.choice(
        (1, 2, 10, 2**28 - 1, 2**28, 2**28 + 1, 2**32, 2**32 + 1, 2**62, 2**63 - 1, 2**63, 0, -1)
    )
    low = choices.choice((None, None, 0, choices.randrange(-(2**40), 2**40), -(2**63), 2**62))
    high = span if low is None else low + span
    shape = choices.choice(((), (0,), (1,), (values.length(choices, 10**5),), (3, 0), (2, 3, 5)))
    size: Any = list(shape) if choices.random() < 0.2 else shape
    run.see("configuration", f"{low=}, {high=}, {size=}, {_described(options)}")
    arguments = (high, size) if low is None else (low, high, size)
    _called_twice(run, lambda: run.library.randint(*arguments, **options))


def multinomial(run: Run) -> None:
    choices = run.choices
    n = values.length(choices, 10**6)
    kind, weights = values.weights(choices, n, ("float64", "float32", "float16", "bfloat16"))
    count = choices.choice((1, 2, n // 64, n // 2, n, n + 1, 2 * n, 0, -1))
    replacement = choices.random() < 0.5
    generator = run.generator()
    run.see("configuration", f"{n=}, {kind}, {count=}, {replacement=}")
    options: dict[str, Any] = {"generator": generator}
    if choices.random() < 0.2:
        options["out"] = torch.zeros(choices.choice((max(count, 0), 0, n)), dtype=torch.int64)
    if choices.random() < 0.1:
        weights = weights.expand(2, n)
    # What was returned before is written over by the next call, where there is an out.
    _called_twice(
        run,
        lambda: run.library.multinomial(weights, count, replacement, **options).clone(),
    )


CASES: dict[str, Callable[[Run], None]] = {
    "functional.randperm": randperm,
    "functional.randint": randint,
    "functional.multinomial": multinomial,
}
