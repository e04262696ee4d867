"""Places of iterators: their states when they have gone beyond, and passes begun there."""

from __future__ import annotations

from typing import Any, NamedTuple

from fastsamplers import _core
from fastsamplers.samplers.replay import ReplayIterator
from fastsamplers.samplers.sampler_pass import Pass


def source_of(items: Any) -> Pass | ReplayIterator | None:
    """What makes the state of an earlier place of an iterator, where something does."""
    source = items
    if isinstance(source, _core.IndexIterator | _core.BatchIterator | _core.PlanIterator):
        source = source._source
    return source if isinstance(source, Pass | ReplayIterator) else None


def put_off(items: Any) -> None:
    """The next pass of what ``items`` iterates over will be theirs, of which nothing was read."""
    source = items
    while source is not None and not hasattr(source, "put_off"):
        source = getattr(source, "_source", None)
    if source is not None:
        source.put_off()


class Place(NamedTuple):
    """Where an iterator stood."""

    source: Pass | ReplayIterator | None
    mark: Any  # a position, or the state where nothing makes it later

    @staticmethod
    def of(items: Any) -> Place:
        """Where ``items`` stands now."""
        source = source_of(items)
        if source is None:
            return Place(None, items.state_dict())
        if isinstance(source, ReplayIterator):
            return Place(source, source.position)
        return Place(source, items._position)

    def state(self) -> dict[str, Any]:
        """The state that ``items.state_dict()`` would have been, there."""
        if self.source is None:
            return dict(self.mark)
        if isinstance(self.source, ReplayIterator):
            return self.source.state_of_loop(self.mark, ended=False)
        return self.source.state_dict(self.mark, ended=False)
