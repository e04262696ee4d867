"""How unevenly torch's remainder rule draws, exactly.

torch takes ``word % n`` of a word of 32 or 64 random bits. The first ``2**bits % n`` values have
one word more than the others.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

LENGTHS = (10**5, 10**6, 10**7, 10**8, 2 * 10**8, 2**28 - 1, 2**28, 10**9, 10**12)


@dataclass(frozen=True)
class Bias:
    """One draw from [0, n).

    ``favoured`` values are likelier than the others, by ``excess`` relatively; ``moved`` is the
    probability that has to be moved to make all alike (the total variation distance).
    """

    n: int
    bits: int
    favoured: int
    excess: Fraction
    moved: Fraction

    @property
    def draws_to_notice(self) -> float:
        """Draws after which the share of favoured values is off by three standard deviations."""
        share = self.favoured / self.n
        return 9 * share * (1 - share) / float(self.moved) ** 2


def bias(n: int, bits: int) -> Bias:
    """Of one value out of ``n`` from a word of so many bits.

    Raises:
        ValueError: unless 1 <= n <= 2**bits.
    """
    if not 1 <= n <= 2**bits:
        raise ValueError(f"n should lie in [1, 2**{bits}], but got {n}")
    least, favoured = divmod(2**bits, n)
    above = Fraction(least + 1, 2**bits) - Fraction(1, n)
    return Bias(
        n, bits, favoured, Fraction(1, least) if favoured else Fraction(0), favoured * above
    )


def bits_of_randint(n: int) -> int:
    """Bits of the words that ``torch.randint`` and draws with replacement take."""
    return 32 if n < 2**28 else 64


def table() -> list[Bias]:
    """The lengths of docs/guarantees.md."""
    return [bias(n, bits_of_randint(n)) for n in LENGTHS]
