"""functional.index_shuffle, and IndexShuffle with tensors: as with arrays, tensors out."""

from __future__ import annotations

import inspect
import pickle
from collections.abc import Callable

import numpy as np
import pytest
import torch
from torch.utils.data import DataLoader, Subset

from fastsamplers import IndexShuffle, functional
from fastsamplers.functional import index_shuffle

N = 10_000
SHUFFLE = IndexShuffle(N, 5)
VALUES = np.array(list(SHUFFLE))
DTYPES = (
    *(torch.int8, torch.int16, torch.int32, torch.int64),
    *(torch.uint8, torch.uint16, torch.uint32, torch.uint64),
)


def test_one_place() -> None:
    for n, seed, epoch in (
        (1, 0, 0),
        (10, -1, 3),
        (N, 2**64 - 1, 0),
        (10**12, 7, -1),
        (2**62, 1, 1),
    ):
        for place in {0, n // 2, n - 1, -1, -n}:
            value = index_shuffle(place, n, seed, epoch=epoch)
            assert value == IndexShuffle(n, seed, epoch=epoch)[place]
            assert type(value) is int
    assert index_shuffle(np.int16(3), N, 5) == VALUES[3]
    assert type(index_shuffle(np.int16(3), N, 5)) is int


def test_a_tensor_of_no_dimensions_is_a_tensor() -> None:
    """Its shape is that of ``index``, as the docstring has it."""
    got = index_shuffle(torch.tensor(3), N, 5)
    assert isinstance(got, torch.Tensor)
    assert (got.dtype, got.shape, got.item()) == (torch.int64, (), VALUES[3])


LAYOUTS: dict[str, Callable[[torch.Tensor], torch.Tensor]] = {
    "plain": lambda places: places,
    "strided": lambda places: places.repeat_interleave(3)[::3],
    "offset": lambda places: torch.cat([places[:7], places])[7:],
    "two dimensions": lambda places: places.reshape(3, -1),
    "transposed": lambda places: places.reshape(3, -1).T,
    "expanded": lambda places: places.expand(2, -1),
    "channels last": lambda places: places.reshape(1, 5, 30, 10).to(
        memory_format=torch.channels_last
    ),
    "empty": lambda places: places[:0],
    "empty rows": lambda places: places[:0].reshape(4, 0, 3),
}


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("dtype", DTYPES, ids=str)
def test_tensors_of_every_type_and_layout(dtype: torch.dtype, layout: str) -> None:
    info = torch.iinfo(dtype)
    places = np.linspace(max(info.min, -N), min(info.max, N - 1), 1500).astype(np.int64)
    given = LAYOUTS[layout](torch.from_numpy(places)).to(dtype)
    kept = given.clone()
    wanted = VALUES[given.to(torch.int64).numpy()]

    got = index_shuffle(given, N, 5)
    assert type(got) is torch.Tensor
    assert (got.dtype, got.device.type) == (torch.int64, "cpu")
    assert got.shape == given.shape
    assert got.tolist() == wanted.tolist()
    got += 1  # it is the caller's

    array = SHUFFLE[given]
    assert type(array) is np.ndarray
    assert array.tolist() == wanted.tolist()
    values = given.to(torch.int64).abs() % N
    assert np.array_equal(VALUES[SHUFFLE.inverse(values)], values.numpy())
    assert torch.equal(given, kept)


@pytest.mark.parametrize(
    "places", [[3, -1], [], [[1, 2], [3, 4]], np.arange(6).reshape(2, 3), np.arange(5, dtype=">i2"),
               np.array([], dtype=np.int64), np.arange(5, dtype=np.uint64)[::-2]],
    ids=repr,
)  # fmt: skip
def test_lists_and_arrays(places) -> None:
    got = index_shuffle(places, N, 5)
    assert type(got) is torch.Tensor
    assert got.dtype == torch.int64
    wanted = VALUES[np.array(places, dtype=np.int64)]
    assert (tuple(got.shape), got.tolist()) == (wanted.shape, wanted.tolist())


def test_the_input_is_not_written_to_nor_shared() -> None:
    for count in (1, 100, 5000, 2**18):
        given = torch.arange(count) % N
        got = index_shuffle(given, N, 5)
        assert torch.equal(given, torch.arange(count) % N)
        assert got.data_ptr() != given.data_ptr()
    array = np.arange(100)
    array.flags.writeable = False
    assert index_shuffle(array, N, 5).tolist() == VALUES[:100].tolist()


def test_a_default_device_does_not_matter() -> None:
    with torch.device("meta"):
        assert index_shuffle([1, 2], N, 5).tolist() == VALUES[1:3].tolist()
        assert SHUFFLE[1] == VALUES[1]


def test_no_generator_is_touched(states) -> None:
    before = states()
    index_shuffle(torch.arange(10), 10, 5)
    list(SHUFFLE)
    assert states() == before


def test_places_out_of_range() -> None:
    for bad in (N, -N - 1, torch.tensor([0, N]), np.array([[-N - 1]]), [5, N]):
        with pytest.raises(IndexError, match=rf"index should be in \[-{N}, {N}\), but got index="):
            index_shuffle(bad, N, 5)
    for large in (2**63, torch.tensor([2**63], dtype=torch.uint64)):
        with pytest.raises(IndexError, match="index should fit int64"):
            index_shuffle(large, N, 5)


@pytest.mark.parametrize(
    "bad",
    [1.5, "1", None, (1, 2), torch.tensor([1.0]), torch.tensor([True]), torch.tensor(1.0),
     torch.empty(0), [1.5], np.array(["a"])],
    ids=repr,
)  # fmt: skip
def test_what_is_no_index(bad: object) -> None:
    with pytest.raises(TypeError, match="index should be an int, a slice or an array of integers"):
        index_shuffle(bad, N, 5)


def test_tensors_elsewhere_are_torchs_error() -> None:
    for call in (lambda t: index_shuffle(t, N, 5), SHUFFLE.__getitem__, SHUFFLE.inverse):
        with pytest.raises(TypeError, match="meta"):
            call(torch.arange(3, device="meta"))


def test_bad_arguments() -> None:
    with pytest.raises(ValueError, match=r"n should be in \[1, 2\*\*62\], but got n=0"):
        index_shuffle(0, 0, 5)
    with pytest.raises(TypeError, match=r"seed should be an int, but got seed=1\.5"):
        index_shuffle(0, N, 1.5)
    with pytest.raises(ValueError, match="epoch should be in"):
        index_shuffle(0, N, 5, epoch=2**64)
    with pytest.raises(TypeError, match="positional"):
        index_shuffle(0, N, 5, 1)
    with pytest.raises(MemoryError, match=r"8796093022208 bytes, but only \d+ are available"):
        index_shuffle(torch.zeros(1, dtype=torch.int64).expand(2**40), N, 5)


def test_the_names_of_the_arguments() -> None:
    assert list(inspect.signature(index_shuffle).parameters) == ["index", "n", "seed", "epoch"]
    assert index_shuffle(index=3, n=N, seed=5) == VALUES[3]
    assert "index_shuffle" in functional.__all__


def test_a_seed_in_a_tensor_that_is_filled_anew_changes_nothing() -> None:
    seed = torch.tensor(5)
    shuffle = IndexShuffle(N, seed)
    seed.fill_(6)
    assert list(shuffle) == VALUES.tolist()
    assert (shuffle.seed, pickle.loads(pickle.dumps(shuffle))) == (5, SHUFFLE)


@pytest.mark.parametrize("workers", [0, 2])
def test_as_the_indices_of_a_subset(workers: int) -> None:
    data = torch.arange(1000) * 3
    shuffle = IndexShuffle(1000, 5)
    loader = DataLoader(Subset(data, shuffle), batch_size=64, num_workers=workers)
    assert torch.cat([*loader]).tolist() == [3 * index for index in shuffle]
    assert torch.as_tensor(np.asarray(shuffle)).tolist() == list(shuffle)
