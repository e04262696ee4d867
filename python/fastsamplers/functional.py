"""torch's sampling functions on the kernels: same values, same generator states, same errors.

What the kernels do not serve (another device or dtype, an argument torch would refuse) goes to
torch's own function, so that its result or its error is torch's.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, overload

import numpy as np
import numpy.typing as npt
import torch

from fastsamplers import (
    _core,
    _lengths,
    _parity,
    _results,
    _threads,
    _torch,
    _validate,
    _weights,
)
from fastsamplers.index_shuffle import IndexShuffle

if TYPE_CHECKING:
    from fastsamplers.index_shuffle import Integer, Integers

__all__ = ["bucket_argsort", "index_shuffle", "multinomial", "pack", "randint", "randperm"]

_INT64 = range(-(2**63), 2**63)
# From so many elements on the number of bytes overflows, which torch says itself.
_MOST = 2**60


def randperm(
    n: int,
    *,
    generator: torch.Generator | None = None,
    out: torch.Tensor | None = None,
    dtype: torch.dtype | None = None,
) -> torch.Tensor:
    """A random permutation of 0..n-1: ``torch.randperm``, bit for bit.

    Args:
        n (int): length of the permutation, n >= 0.
        generator (torch.Generator, optional): default is the global generator.
        out (torch.Tensor, optional): shape (n,), of any integer or floating dtype that holds n;
            written to and returned.
        dtype (torch.dtype, optional): of the result; default that of ``out``, else int64. The
            kernel serves int64 and int32.

    Returns:
        Tensor of shape (n,).

    Raises:
        RuntimeError, TypeError: what ``torch.randperm`` raises.
        MemoryError: before the allocation, when the result cannot fit.

    O(n) work, shared among ``get_num_threads()`` threads where n is large; no memory beside the
    result but 0.4 MB a thread. Source: ``torch.randperm``, both of its shuffles.
    """
    given = {"generator": generator, "out": out, "dtype": dtype}
    wanted = dtype
    if wanted is None:
        wanted = out.dtype if isinstance(out, torch.Tensor) else torch.int64
    if not (
        type(n) is int
        and 0 <= n < _MOST
        and (wanted is torch.int64 or (wanted is torch.int32 and n < 2**31))
        and (out is None or _results.is_plain(out, n, wanted))
        and _serves(generator, "randperm", "randperm-large")
    ):
        arguments: dict[str, Any] = {
            name: value for name, value in given.items() if value is not None
        }
        return torch.randperm(n, **arguments)
    if out is None:
        halved = wanted is torch.int64 and n < 2**31
        remedy = "int32 takes half" if halved else "IndexShuffle(n, seed) takes none"
        out = _results.empty((n,), wanted, f"a tensor of n={n} indices", remedy)
    else:
        _results.written(out)
    _threads.settle()
    engine = _torch.take_words(generator, _core.permutation_words(n))
    _core.randperm(engine, _torch.array_of(out))
    return out


@overload
def randint(
    high: int, size: tuple[int, ...], *, generator: torch.Generator | None = None
) -> torch.Tensor: ...
@overload
def randint(
    low: int, high: int, size: tuple[int, ...], *, generator: torch.Generator | None = None
) -> torch.Tensor: ...
def randint(*args: Any, **kwargs: Any) -> torch.Tensor:
    """Uniform integers of [low, high): ``torch.randint(low=0, high, size)``, bit for bit.

    Args:
        low (int, optional): least value, default 0.
        high (int): one above the greatest value.
        size (tuple of int): shape of the result.
        generator (torch.Generator, optional, keyword only): default is the global generator.

    Returns:
        int64 tensor of shape ``size``. Other keyword arguments are passed on to ``torch.randint``.

    Raises:
        RuntimeError, TypeError: what ``torch.randint`` raises.
        MemoryError: before the allocation, when the result cannot fit.

    O(elements) work; no memory beside the result. Source: ``torch.randint``.
    """
    bounds = _served_bounds(args, kwargs)
    generator = kwargs.get("generator")
    if bounds is None or not _serves(generator, "randint"):
        return torch.randint(*args, **kwargs)
    low, high, size = bounds
    result = _results.indices(size, "draw it in parts")
    engine = _torch.take_words(generator, result.numel() * _core.bounded_words(high - low))
    engine.bounded_into(low, high - low, _torch.array_of(result))
    return result


def multinomial(
    input: torch.Tensor | npt.NDArray[np.floating[Any]],
    num_samples: int,
    replacement: bool = False,
    *,
    generator: torch.Generator | None = None,
    out: torch.Tensor | None = None,
) -> torch.Tensor:
    """Indices drawn by weight: ``torch.multinomial``, bit for bit, beyond 2**24 weights too.

    Args:
        input (Tensor or array): weights, shape (n,), floating. The kernels serve float64 and
            float32, tensors on the CPU, arrays and memory maps, where they are; torch computes in
            the precision of the input, and so do they. float16 and bfloat16 are served with
            replacement; rows of weights, shape (m, n), are left to torch.
        num_samples (int): indices drawn, at most n without replacement.
        replacement (bool): whether an index can be drawn more than once.
        generator (torch.Generator, optional): default is the global generator.
        out (torch.Tensor, optional): int64, shape (num_samples,), written to and returned.

    Returns:
        int64 tensor of shape (num_samples,).

    Raises:
        RuntimeError, TypeError: what ``torch.multinomial`` raises, but for the number of weights.
        MemoryError: before the draw, when the table, the choice or the result cannot fit.

    With replacement: O(n) work, and 8-24 bytes a weight for a table that is not kept; for fewer
    draws than one in two weights, 32 bytes a draw instead. Without: O(n) work, O(num_samples)
    memory, O(n) where equal quotients reach the first ones. Source: ``torch.multinomial``; Chen and
    Asau 1974; Efraimidis and Spirakis 2006.
    """
    if isinstance(num_samples, np.integer):
        num_samples = int(num_samples)
    if isinstance(input, np.ndarray) and input.dtype == np.float16:
        input = torch.from_numpy(input)
    if isinstance(input, np.ndarray):
        weights = _weights.of_array(input)
    elif isinstance(input, torch.Tensor):
        weights = _weights.of_tensor(input) or _weights.widened(input, num_samples, replacement)
    else:
        weights = None
    if (
        weights is None
        or not _weights.serves(weights, num_samples, replacement, generator)
        or not (out is None or _results.is_plain(out, num_samples, torch.int64))
    ):
        given = torch.from_numpy(input) if isinstance(input, np.ndarray) else input
        if out is None and _weights.needs_race_by_torch(given, num_samples, replacement):
            return _weights.race_by_torch(given, num_samples, generator)
        kwargs: dict[str, Any] = {} if out is None else {"out": out}
        return torch.multinomial(given, num_samples, replacement, generator=generator, **kwargs)
    _threads.settle()
    if _weights.is_race(num_samples, replacement):
        nonzero, _ = _weights.check_race(weights, num_samples)
        result = _drawn(num_samples, out)
        into = _torch.array_of(result)
        with _torch.words_taken(generator, _weights.race_words(weights)) as engine:
            _core.weighted_choice(weights.values, weights.single, engine, nonzero, into)
        return result
    # A table that is not kept has to pay at once.
    table = _weights.table_of(weights, num_samples, few=2)
    result = _drawn(num_samples, out)
    into = _torch.array_of(result)
    with _torch.words_taken(generator, _weights.table_words(num_samples)) as engine:
        _weights.draw_into(into, weights, table, engine)
    return result


@overload
def index_shuffle(index: Integer, n: int, seed: int, *, epoch: int = 0) -> int: ...
@overload
def index_shuffle(index: Integers, n: int, seed: int, *, epoch: int = 0) -> torch.Tensor: ...
def index_shuffle(
    index: Integer | Integers, n: int, seed: int, *, epoch: int = 0
) -> int | torch.Tensor:
    """Where given places of 0..n-1 go in a random permutation by key: ``IndexShuffle(n, seed)``.

    Args:
        index (int, slice, Tensor or array of integers): places, negative ones count from the end;
            of any shape and integer dtype.
        n (int): length of the permutation, 1 <= n <= 2**62.
        seed (int): in [-2**63, 2**64).
        epoch (int, keyword only): another permutation of the same seed for each.

    Returns:
        int for an int, otherwise an int64 tensor of the shape of ``index``.

    Raises:
        IndexError: a place is not in [-n, n).
        TypeError, ValueError: what ``IndexShuffle`` raises.
        MemoryError: before the allocation, when the result cannot fit.

    O(1) work for a place, about a nanosecond in arrays; no memory beside the result. An
    ``IndexShuffle`` that is kept saves deriving the key at each call. Source: Black and Rogaway,
    "Ciphers with arbitrary finite domains" (2002).
    """
    shuffle = IndexShuffle(n, seed, epoch=epoch)
    if isinstance(index, torch.Tensor | np.ndarray) and index.ndim == 0:
        return torch.from_numpy(shuffle[index.reshape(1)]).reshape(())
    values = shuffle[index]
    return torch.from_numpy(values) if isinstance(values, np.ndarray) else values


def bucket_argsort(lengths: Any, *, descending: bool = False) -> torch.Tensor:
    """The order that sorts integers, equal ones in their order: a stable argsort.

    Args:
        lengths (Tensor, array or sequence of int): shape (n,), n < 2**32, of any integer dtype;
            arrays, tensors and memory maps are read where they are.
        descending (bool): from the greatest down.

    Returns:
        int64 tensor of shape (n,), the same as ``torch.argsort(lengths, stable=True)``; of an array
        that somebody changes meanwhile, indices or anything at all.

    Raises:
        TypeError, ValueError: ``lengths`` are no such integers, ``descending`` is no bool.
        MemoryError: before any work, when the result or what it takes cannot fit.

    O(n) work, shared among ``get_num_threads()`` threads: one pass where values span less than
    65,536, otherwise one for each 8 bits, with 16 bytes a value beside the result (32 where they
    span 2**32 or more). Source: counting sort, and radix sort from the least significant digit.
    """
    _validate.boolean("descending", descending)
    _threads.settle()
    surveyed = _core.Lengths(_lengths.as_array(lengths))
    result = _results.indices((len(surveyed),), "sort it in parts")
    _core.bucket_argsort(surveyed, descending, _torch.array_of(result))
    return result


def pack(
    lengths: Any, capacity: int, *, algorithm: str = "bfd"
) -> tuple[torch.Tensor, torch.Tensor]:
    """Sequences packed into bins of one capacity, as few as the algorithm can.

    Args:
        lengths (Tensor, array or sequence of int): shape (n,), n < 2**32, of any integer dtype;
            arrays, tensors and memory maps are read where they are.
        capacity (int): of a bin, any positive one.
        algorithm (str): ``"bfd"``, best-fit decreasing: sequences from the longest down, equal ones
            by their index, each into the bin with the least room that is enough, of several the
            one opened first; ``"ffd"``, first-fit decreasing: the leftmost bin with enough room;
            ``"sequential"``: by index, each into the bin opened last if it fits.

    Returns:
        (indices, offsets): int64 tensors of shapes (n,) and (bins + 1,); bin b has
        ``indices[offsets[b]:offsets[b + 1]]``, in the order they were put in.

    Raises:
        TypeError, ValueError: ``lengths`` are no such integers, one is below zero or above the
            capacity (its index and length are named), or ``algorithm`` is none of the three.
        MemoryError: before any work, when it cannot fit.

    10-30 ns a sequence, whatever the number of bins; 12 bytes a sequence beside the result, and
    what ``bucket_argsort`` takes. Source: Johnson, "Near-optimal bin packing algorithms" (1973), on
    the histogram of lengths as in Krell et al. (arXiv 2107.02027).
    """
    capacity = _validate.positive_index("capacity", capacity)
    _validate.one_of("algorithm", algorithm, _validate.PACKINGS)
    _threads.settle()
    surveyed = _lengths.survey(lengths)
    _lengths.require_within(surveyed, "capacity", capacity)
    room = _lengths.as_word("capacity", capacity, surveyed.total)
    bins = _core.pack(surveyed, room, algorithm)
    return torch.from_numpy(bins.indices), torch.from_numpy(bins.offsets)


def _drawn(count: int, out: torch.Tensor | None) -> torch.Tensor:
    if out is not None:
        return _results.written(out)
    return _results.indices((count,), "draw it in parts")


def _serves(generator: torch.Generator | None, *rules: str) -> bool:
    return (
        _torch.serves_generator(generator)
        and _torch.serves_default_device()
        and _torch.has_no_transforms()
        and _parity.holds("generator", *rules)
    )


def _served_bounds(
    args: tuple[Any, ...], kwargs: dict[str, Any]
) -> tuple[int, int, tuple[int, ...]] | None:
    """(low, high, size), if the kernel serves these arguments of ``torch.randint``."""
    if not kwargs.keys() <= {"low", "high", "size", "generator"}:
        return None
    names = ("high", "size") if len(args) + len(kwargs.keys() - {"generator"}) == 2 else (
        "low", "high", "size"
    )  # fmt: skip
    if len(args) > len(names):
        return None
    given = dict(zip(names, args, strict=False))
    if given.keys() & kwargs.keys():
        return None
    given |= kwargs
    low, high, size = given.get("low", 0), given.get("high"), given.get("size")
    if not (type(low) is int and type(high) is int and isinstance(size, tuple | list)):
        return None
    if not (low < high and low in _INT64 and high in _INT64):
        return None
    if not all(type(length) is int and 0 <= length < _MOST for length in size):
        return None
    if math.prod(length or 1 for length in size) >= _MOST:
        return None
    return low, high, tuple(size)
