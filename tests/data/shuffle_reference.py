"""The index shuffle in plain Python: what a permutation of (n, seed, epoch) is, and stays.

Written from the formulas in csrc/fastsamplers/order/index_shuffle.hpp and feistel_rounds.hpp, with
whole numbers alone, which neither wrap around nor come in vectors. Nothing of the package is used
here: shuffle_goldens.json and the tests compare the kernels with it.
"""

from __future__ import annotations

VERSION = "feistel-1"
MOST_LISTED = 4096  # up to here the permutation is a list
MOST_NARROW = 2**31  # from here on in words of 32 bits
ROUNDS = 8

INCREMENT = 0x9E3779B97F4A7C15


def mix64(word: int) -> int:
    """Stafford's variant 13 of the 64-bit finaliser of MurmurHash3."""
    word = (word ^ word >> 30) * 0xBF58476D1CE4E5B9 % 2**64
    word = (word ^ word >> 27) * 0x94D049BB133111EB % 2**64
    return word ^ word >> 31


class SplitMix64:
    """Its state is made of the words it takes in."""

    def __init__(self, *words: int) -> None:
        self.state = 0
        for word in words:
            self.state = mix64((self.state + INCREMENT + word) % 2**64)

    def next(self) -> int:
        self.state = (self.state + INCREMENT) % 2**64
        return mix64(self.state)


class Words:
    """The sums of the words of two generators, of which one does not know the epoch."""

    def __init__(self, n: int, seed: int, epoch: int) -> None:
        self.summands = SplitMix64(n, seed), SplitMix64(n, seed, epoch)

    def next(self) -> int:
        return sum(words.next() for words in self.summands) % 2**64


def listed(n: int, words: Words) -> list[int]:
    """The inside-out shuffle: i comes in at one of the places up to i."""
    values: list[int] = []
    for i in range(n):
        place = (words.next() >> 32) * (i + 1) >> 32
        values.append(i)
        values[i], values[place] = values[place], i
    return values


class Network:
    """A bijection of the pairs (left, right), left < a and right < 2**m."""

    def __init__(self, n: int, words: Words) -> None:
        self.m = ((n - 1).bit_length() + 1) // 2
        self.a = -(-n // 2**self.m)
        self.bits = 16 if n <= MOST_NARROW else 32
        self.keys = [self._key(words) for _ in range(ROUNDS)]

    def _key(self, words: Words) -> tuple[int, int, int]:
        """Multiplier, mask and mixer of a round; both factors odd."""
        word = words.next()
        if self.bits == 16:
            parts = word % 2**16, (word >> 16) % 2**16, (word >> 32) % 2**16
        else:
            parts = word % 2**32, word >> 32, words.next() % 2**32
        return parts[0] | 1, parts[1], parts[2] | 1

    def _spread(self, half: int, r: int) -> int:
        multiplier, mask, mixer = self.keys[r]
        high, low = divmod(half * multiplier, 2**self.bits)
        if self.bits == 16:
            return (low ^ high ^ mask) * mixer % 2**16
        t = (low ^ low >> 15 ^ mask) * mixer % 2**32
        return t ^ t >> 15

    def _left_image(self, right: int, r: int) -> int:
        return self._spread(right, r) * self.a >> self.bits

    def _right_image(self, left: int, r: int) -> int:
        return self._spread(left, r) >> self.bits - self.m

    def forward(self, place: int) -> int:
        left, right = divmod(place, 2**self.m)
        for r in range(len(self.keys)):
            if r % 2 == 0:
                left = (left + self._left_image(right, r)) % self.a
            else:
                right = (right + self._right_image(left, r)) % 2**self.m
        return right * self.a + left

    def backward(self, value: int) -> int:
        right, left = divmod(value, self.a)
        for r in reversed(range(len(self.keys))):
            if r % 2 == 0:
                left = (left - self._left_image(right, r)) % self.a
            else:
                right = (right - self._right_image(left, r)) % 2**self.m
        return left * 2**self.m + right


class ReferenceShuffle:
    """IndexShuffle(n, seed, epoch=epoch), a place or a value at a time."""

    def __init__(self, n: int, seed: int, epoch: int = 0) -> None:
        self.n = n
        words = Words(n, seed % 2**64, epoch % 2**64)
        self.form = listed(n, words) if n <= MOST_LISTED else Network(n, words)

    def value_at(self, place: int) -> int:
        """What stands at a place in [0, n)."""
        if isinstance(self.form, list):
            return self.form[place]
        value = self.form.forward(place)
        while value >= self.n:  # a walk along the cycle, back to below n
            value = self.form.forward(value)
        return value

    def place_of(self, value: int) -> int:
        """Where a value in [0, n) stands."""
        if isinstance(self.form, list):
            return self.form.index(value)
        place = self.form.backward(value)
        while place >= self.n:
            place = self.form.backward(place)
        return place

    def values(self, places: range | list[int]) -> list[int]:
        return [self.value_at(place) for place in places]
