"""What the state of a pass is made of, and which states are refused.

A state is a dict of plain ints and strings, and at most one generator state (uint8 tensor), but for
``stood``:

``version``
    of this format;
``algorithm``, ``n``, and what else decides the order
    must be those of the sampler that the state is loaded into;
``seed`` or ``generator``
    where the order came from; with both, ``generator`` is how the generator stood when the state
    was taken;
``epoch``
    where the order depends on one;
``position``
    items that all ranks together had been given;
``left_out``, ``sought``
    what a wrapper, or a sampler within somebody else's batches, leaves out from there on;
``stood``
    the generator, where a sampler of others has drawn at ``iter()``: what draws between that and
    the first item comes after it;
``ended``
    1 if the pass had noticed that nothing was left.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

VERSION = 1


class State:
    """A state that somebody hands back: what is asked of it is there and fits, or ValueError."""

    def __init__(self, state: object, *, has_left_out: bool = False) -> None:
        if not isinstance(state, Mapping):
            raise ValueError(
                f"state should be a dict, as state_dict() returns it, but got {state!r}"
            )
        self.fields: Mapping[Any, Any] = state
        version = self.integer("version", 1)
        if version != VERSION:
            raise ValueError(
                f"version of the state should be {VERSION}, the one that this version of "
                f"fastsamplers writes, but got version={version}"
            )

        if not has_left_out and "left_out" in state:
            raise ValueError(
                "state should have no items that a wrapper leaves out, but got "
                f"left_out={state['left_out']!r}"
            )

    def require(self, expected: Mapping[str, int | str]) -> None:
        """Refuses a state that was taken from another kind of pass."""
        for name, value in expected.items():
            given = self.field(name)
            if type(given) is not type(value) or given != value:
                raise ValueError(
                    f"{name} of the state should be that of the sampler, {value!r}, "
                    f"but got {name}={given!r}"
                )

    def __contains__(self, name: str) -> bool:
        return name in self.fields

    def field(self, name: str) -> Any:
        """The field as it is."""
        try:
            return self.fields[name]
        except KeyError:
            raise ValueError(f"state should have the field {name!r}, but has none") from None

    def integer(self, name: str, least: int, most: int | None = None) -> int:
        """An int within bounds."""
        value = self.field(name)
        if type(value) is not int:
            raise ValueError(f"{name} of the state should be an int, but got {name}={value!r}")
        if value < least or (most is not None and value > most):
            bounds = f"at least {least}" if most is None else f"in [{least}, {most}]"
            raise ValueError(f"{name} of the state should be {bounds}, but got {name}={value}")
        return value

    def flag(self, name: str) -> bool:
        """1 as True; 0, or no such field, as False."""
        return name in self and bool(self.integer(name, 0, 1))

    def text(self, name: str) -> str:
        """A string."""
        value = self.field(name)
        if type(value) is not str:
            raise ValueError(f"{name} of the state should be a string, but got {name}={value!r}")
        return value
