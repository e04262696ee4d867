"""Random configurations of LengthGroupedSampler, beside the class of transformers."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from trust.soak import samplers, values
from trust.soak.passes import Setup, watch
from trust.soak.run import Run


def length_grouped(run: Run) -> None:
    choices = run.choices
    n = values.length(choices, 10**5)
    size = choices.choice((1, 2, 3, 7, 8, 16, 64, choices.randrange(1, 300), 0, -1))
    longest = choices.choice((1, 2, 10, 1000, 2**31, 2**40))
    source = np.random.default_rng(choices.getrandbits(64))
    lengths = source.integers(1, longest, n, endpoint=True).tolist()
    generator = run.generator()
    make = run.library.LengthGroupedSampler
    watch(
        run,
        Setup(
            f"LengthGroupedSampler {n=}, {size=}, {longest=}, {samplers.whose(generator)}",
            lambda: make(size, lengths=lengths, generator=generator),
            generator,
        ),
    )


CASES: dict[str, Callable[[Run], None]] = {"LengthGroupedSampler": length_grouped}
