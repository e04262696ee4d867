"""Where torch's generators meet the engine: states in and out, and what the kernels can serve."""

from __future__ import annotations

import contextlib
import os
import threading
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import numpy.typing as npt
import torch

from fastsamplers import _core


def serves_default_device() -> bool:
    """Whether torch makes tensors on the CPU when it is not told otherwise."""
    if _has_no_device_context():
        return True
    return torch.get_default_device().type == "cpu"


def _has_no_device_context() -> bool:
    # What torch.get_default_device() looks at, which takes longer than all else at the start of a
    # small pass.
    try:
        return (
            torch._C._len_torch_function_stack() == 0
            and getattr(torch._GLOBAL_DEVICE_CONTEXT, "device_context", None) is None
        )
    except AttributeError:  # another torch: let it say itself
        return False


def has_no_transforms() -> bool:
    """Whether no ``torch.func`` transform or dispatch mode wants to see what is called."""
    try:
        return (
            torch._C._functorch.maybe_current_level() is None
            and torch._C._len_torch_dispatch_stack() == 0
        )
    except AttributeError:  # another torch
        return True


def has_memory(tensor: torch.Tensor) -> bool:
    """Whether a strided tensor's storage, which can be resized by itself, holds its elements."""
    if tensor.numel() == 0:
        return True
    steps = zip(tensor.shape, tensor.stride(), strict=True)
    last = tensor.storage_offset() + sum((length - 1) * step for length, step in steps)
    return (last + 1) * tensor.itemsize <= tensor.untyped_storage().nbytes()


def serves_generator(generator: Any) -> bool:
    """Whether ``generator`` is None or a CPU generator; torch deals with all others."""
    if generator is None:
        return True
    return isinstance(generator, torch.Generator) and generator.device.type == "cpu"


def draw_seed(generator: torch.Generator | None = None) -> int:
    """Two words as an int64, as ``RandomSampler`` takes its seed from the global generator."""
    if generator is None:
        return int(torch.empty((), dtype=torch.int64).random_().item())
    device = generator.device if isinstance(generator, torch.Generator) else None
    seed = torch.empty((), dtype=torch.int64, device=device)
    return int(seed.random_(generator=generator).item())


def seeded_engine(seed: int) -> _core.Mt19937:
    """The engine of ``torch.Generator().manual_seed(seed)``, with torch's errors for a bad seed."""
    return _core.Mt19937(torch.Generator().manual_seed(seed).initial_seed())


# Words skipped at a time: 10-20 ms.
_SKIP = 2**28

# Taking a state out and putting it back is no single step, as a draw of torch's is: our own draws
# wait for each other here, and never while a kernel runs.
_lock = threading.RLock()  # a signal handler may draw while its own thread holds it


def _renew_lock() -> None:
    global _lock
    _lock = threading.RLock()


if hasattr(os, "register_at_fork"):  # a child must not inherit a lock that another thread held
    os.register_at_fork(after_in_child=_renew_lock)


def take_words(
    generator: torch.Generator | None,
    count: int,
    note: Callable[[_core.Mt19937], None] = lambda engine: None,
) -> _core.Mt19937:
    """The engine as ``generator`` stands, and moves the generator on by ``count`` words.

    None is the global generator. Whatever draws in between (another thread, a signal handler) draws
    after these words, as it would with torch. ``note`` gets the engine before the generator moves.
    """
    if not serves_generator(generator):
        torch.randperm(0, generator=generator)  # raises torch's error for what is no generator
        raise ValueError(f"generator should be on the CPU, but got generator={generator}")
    taken = torch.default_generator if generator is None else generator
    with _lock:
        state = taken.get_state()
        array = state.numpy()
        engine = _core.Mt19937.from_torch_state(array)
        moved = engine.copy()
        for skipped in range(0, count, _SKIP):  # a signal may end it, before anything has changed
            moved.skip(min(_SKIP, count - skipped))
        moved.to_torch_state(array)  # cached normals stay
        note(engine)
        taken.set_state(state)
    return engine


@contextlib.contextmanager
def words_taken(
    generator: torch.Generator | None,
    count: int,
    note: Callable[[_core.Mt19937], None] = lambda engine: None,
) -> Iterator[_core.Mt19937]:
    """``take_words``, and where memory runs short before the end the generator gets them back.

    Unless something else has drawn from it since, from where torch would have left it.
    """
    engine = take_words(generator, count, note)
    try:
        yield engine
    except MemoryError:
        taken = torch.default_generator if generator is None else generator
        with _lock:
            state = taken.get_state()
            array = state.numpy()
            present = array.tobytes()
            moved = engine.copy()
            moved.skip(count)
            moved.to_torch_state(array)
            if array.tobytes() == present:
                engine.to_torch_state(array)
                taken.set_state(state)
        raise


def state_before(generator: torch.Generator | None, engine: _core.Mt19937) -> torch.Tensor:
    """uint8[5056]: the state of ``generator`` with ``engine`` for its engine."""
    state = state_of(generator)
    engine.to_torch_state(state.numpy())
    return state


def state_of(generator: torch.Generator | None) -> torch.Tensor:
    """uint8: the state of ``generator``; None is the global one."""
    return (torch.default_generator if generator is None else generator).get_state()


def put_state(generator: torch.Generator | None, state: torch.Tensor) -> None:
    """Sets ``generator`` to a state that ``checked_state`` has seen; None is the global one."""
    with _lock:
        (torch.default_generator if generator is None else generator).set_state(state)


def checked_state(
    state: object, generator: torch.Generator | None, name: str = "generator"
) -> torch.Tensor:
    """A copy of a generator state that ``generator`` accepts; ValueError for any other."""
    try:
        given = torch.as_tensor(state, device="cpu").clone()
        if given.dtype is not torch.uint8 or given.dim() != 1:
            raise ValueError(f"it has {given.dim()} dimensions of dtype {given.dtype}")
        device = torch.device("cpu") if generator is None else generator.device
        torch.Generator(device).set_state(given)
        if device.type == "cpu":  # torch takes places that its own generators never have
            _core.Mt19937.from_torch_state(array_of(given))
    except (RuntimeError, TypeError, ValueError) as error:
        raise ValueError(
            f"{name} of the state should be the state of a generator like that of the sampler, "
            f"but it is refused: {error}"
        ) from None
    return given


def array_of(tensor: torch.Tensor) -> npt.NDArray[Any]:
    """A view of a CPU tensor's memory that leaves its storage resizable, as ``.numpy()`` does not.

    The caller keeps the tensor from being resized while the view is in use.
    """
    tensor = tensor.detach()
    itemsize = tensor.itemsize
    strides = [stride * itemsize for stride in tensor.stride()]
    dtype = _DTYPES.get(tensor.dtype) or _numpy_dtype(tensor.dtype)
    if tensor.numel() == 0:
        return np.empty(tensor.shape, dtype)
    return _core.array_view(tensor.data_ptr(), dtype, tensor.shape, strides, tensor)


def _numpy_dtype(dtype: torch.dtype) -> np.dtype[Any]:
    return torch.empty(0, dtype=dtype, device="cpu").numpy().dtype


INTEGERS = {
    *(torch.int8, torch.int16, torch.int32, torch.int64),
    *(torch.uint8, torch.uint16, torch.uint32, torch.uint64),
}

_DTYPES: dict[torch.dtype, np.dtype[Any]] = {
    torch.float32: np.dtype(np.float32),
    torch.float64: np.dtype(np.float64),
    torch.int32: np.dtype(np.int32),
    torch.int64: np.dtype(np.int64),
}
