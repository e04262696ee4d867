"""One pass of a sampler: its streams, the randomness behind them, and the way back to any place."""

from __future__ import annotations

import contextlib
import itertools
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any

import torch

from fastsamplers import _core, _torch, _validate
from fastsamplers._state import VERSION, State

if TYPE_CHECKING:
    from fastsamplers.samplers.stream import StreamSampler


class Pass:
    """What an iterator reads: streams, from a position on; and its state.

    The sampler says what the streams are. It gets this object for what it needs to know of the pass
    (``n``, ``start``) and takes all randomness through it, so that it can be found again.

    Attributes:
        n: length of what is sampled, as it was when the pass began.
        start: items of the pass before the first that the streams give.
        generator: where randomness comes from; None is the global generator.
        fingerprint: of what the order depends on, where that is no number.
        drawn: what was drawn at ``iter()`` already, by samplers that do so.
        is_drawn_at_iter: whether it is such a pass: others may draw before its first item, and
            after it has drawn.
    """

    n: int | None = None
    start = 0
    fingerprint: str | None = None
    drawn: Any = None
    is_drawn_at_iter = False
    generator: torch.Generator | None = None
    _has_begun = False
    _is_loaded = False
    _has_ended = False  # as a state said
    _seed: int | None = None
    # What the generator was before the first draw: of its engine, or all of it.
    _before: _core.Mt19937 | torch.Tensor | None = None

    def __init__(self, sampler: StreamSampler, arrays: bool = False) -> None:
        self.sampler = sampler
        self._arrays = arrays
        generator = getattr(sampler, "generator", None)
        if generator is not None:
            self.generator = generator

    def _forget(self) -> None:
        """Becomes what it was when it had just been made."""
        sampler, arrays, is_drawn_at_iter = self.sampler, self._arrays, self.is_drawn_at_iter
        vars(self).clear()
        self.__init__(sampler, arrays)  # type: ignore[misc]
        self.is_drawn_at_iter = is_drawn_at_iter

    def __iter__(self) -> Iterator[_core.IndexStream]:
        # A generator: nothing happens before the first item is asked for.
        self.generator = getattr(self.sampler, "generator", None)
        self.start = self.sampler._take_start()
        yield from self._begin()

    def _begin(self) -> Iterable[_core.IndexStream]:
        self._has_begun = True
        if self._arrays:
            return self.sampler._pass_array_streams(self)
        return self.sampler._pass_streams(self)

    def expected_length(self) -> int:
        """About how many indices the streams have, for the room of huge batches; 0: unknown."""
        try:
            return max(0, self._coming_length())
        except Exception:  # of a length that the user's object gives
            return 0

    def _coming_length(self) -> int:
        return self.sampler._pass_length() - self._left_out(self.sampler)

    # What samplers draw with.

    def draw_seed(self) -> int:
        """The int64 that stands for the whole pass; drawn unless it is known."""
        if self._seed is None:
            self._seed = _torch.draw_seed(self.generator)
        return self._seed

    def take_words(self, count: int) -> _core.Mt19937:
        """The generator's engine, which moves on by ``count`` words."""
        return _torch.take_words(self.generator, count, self._note_engine)

    def _note_engine(self, engine: _core.Mt19937) -> None:
        if self._before is None:
            self._before = engine

    @contextlib.contextmanager
    def words_taken(self, count: int) -> Iterator[_core.Mt19937]:
        """``take_words``; where memory runs short before the end the generator gets them back."""
        with _torch.words_taken(self.generator, count, self._note_engine) as engine:
            yield engine

    def note_generator(self) -> None:
        """To be called before the first draw that is not made here."""
        if self._before is None and isinstance(self.generator, torch.Generator | None):
            self._before = _torch.state_of(self.generator)

    def permutation(self, n: int, length: int, start: int = 0) -> _core.IndexStream:
        """The first ``length`` indices of ``torch.randperm(n, generator=generator)``, from a place.

        The generator moves on by the whole permutation now, as torch's does; the stream goes on
        from a copy. A permutation that cannot fit is refused before the generator moves.
        """
        if length > 0:
            _core.require_permutation_memory(n)
        engine = self.take_words(_core.permutation_words(n))
        return seek(_core.permutation_stream(engine, n, length), start)

    def keyed_permutation(self, n: int, length: int) -> _core.IndexStream:
        """``length`` indices of an index shuffle of n, one epoch after another; draws its seed now.

        A length that no shuffle has is refused before the generator moves.
        """
        if n > 0 or length > 0:
            _validate.shuffled_length(n)
        seed = self.draw_seed()
        if length == 0:
            return _core.sequential_stream(0)
        return seek(_core.index_shuffle_stream(n, seed, 0, length), self.start)

    # The state.

    def state_dict(self, position: int, ended: bool) -> dict[str, Any]:
        """The state of the pass with ``position`` items handed out since its streams began."""
        sampler = self.sampler
        ended = ended or self._has_ended
        state: dict[str, Any] = {"version": VERSION, **sampler._state_fields(self)}
        state |= self._place(position)
        fingerprint = self.fingerprint
        is_inside = bool(state["position"]) and not sampler._pass_depends_on_draws()
        if self._has_begun or is_inside:  # a seek can lead inside before anything has been read
            fingerprint = sampler._pass_fingerprint(self)
        elif sampler._pass_depends_on_draws() and self._seed is None and fingerprint is None:
            state["drawn"] = 0
        if fingerprint is not None:
            state["fingerprint"] = fingerprint
        if ended:
            state["ended"] = 1
        if sampler._pass_draws_seed():
            if self._seed is not None:
                state["seed"] = self._seed
            state["generator"] = _torch.state_of(self.generator)
        elif sampler._pass_draws():
            if ended or self._before is None:
                state["generator"] = _torch.state_of(self.generator)
            elif isinstance(self._before, torch.Tensor):
                state["generator"] = self._before.clone()
            else:
                state["generator"] = _torch.state_before(self.generator, self._before)
        return state

    def load_state_dict(self, state: object) -> Iterator[_core.IndexStream]:
        """The streams of the rest of the pass that ``state`` was taken from.

        The generator is put to where it stood then, the draws of that pass included. ValueError for
        a state that does not fit, and nothing has changed.
        """
        given = State(state)
        kept = vars(self).copy()
        present = None
        try:
            self._forget()
            given.require(self.sampler._state_fields(self))
            self._is_loaded = True
            self._take_place(given)
            self._has_ended = given.flag("ended")
            is_drawn = "drawn" not in given or given.flag("drawn")
            is_inside = is_drawn and given.integer("position", 0) > 0
            if is_inside or "fingerprint" in given:
                self.sampler._check_fingerprint(given)
                self.fingerprint = given.text("fingerprint") if "fingerprint" in given else None
            if self.sampler._pass_draws_seed():
                if is_inside or "seed" in given:
                    self._seed = given.integer("seed", 0, 2**63 - 1)
            elif self.sampler._pass_draws() and "seed" in given:
                raise ValueError(
                    "state should have no seed for a sampler with a generator of its own, but got "
                    f"seed={given.field('seed')!r}"
                )
            if self.sampler._pass_draws():
                generator_state = _torch.checked_state(given.field("generator"), self.generator)
                present = _torch.state_of(self.generator)
                _torch.put_state(self.generator, generator_state)
            if self.is_drawn_at_iter and not (is_inside or self._has_ended):
                self.sampler._draw_at_iter(self)
            streams = self._rest(is_inside)
        except BaseException:
            vars(self).clear()
            vars(self).update(kept)
            if present is not None:
                _torch.put_state(self.generator, present)
            raise
        self.sampler._start = 0
        self._settle()
        return streams

    def _rest(self, is_inside: bool) -> Iterator[_core.IndexStream]:
        if self._has_ended:
            self._has_begun = True
            return iter(())
        if not (is_inside and self.sampler._pass_draws()):
            return self._later()
        streams = iter(self._begin())
        # Now, so that the generator is where it was, whoever uses it next.
        return itertools.chain(list(itertools.islice(streams, 1)), streams)

    def _later(self) -> Iterator[_core.IndexStream]:
        yield from self._begin()

    def _left_out(self, sampler: StreamSampler) -> int:
        """Items before the first that the streams give, or will give."""
        return self.start if self._has_begun or self._is_loaded else sampler._start

    def _place(self, position: int) -> dict[str, int | str]:
        """The fields that say where the pass stands."""
        return {"position": self._left_out(self.sampler) + position}

    def _take_place(self, given: State) -> None:
        """Takes ``start`` from a state."""
        self.start = given.integer("position", 0, self.sampler._pass_length())

    def put_off(self) -> None:
        """The next pass of the sampler will be this one, of which nothing has been read."""
        self.sampler._start = self.start

    def again(self) -> Iterator[_core.IndexStream]:
        """The streams of the same pass from its first item on; no generator of others is moved."""
        twin = Pass(self.sampler, self._arrays)
        twin._seed = self._seed
        if self._before is not None:
            state = self._before
            if not isinstance(state, torch.Tensor):
                state = _torch.state_before(self.generator, state)
            twin.generator = torch.Generator()
            twin.generator.set_state(state)
        return iter(twin._begin())

    def _settle(self) -> None:
        """What a state that has been taken over means for the sampler."""


def seek(stream: _core.IndexStream, position: int) -> _core.IndexStream:
    """``stream``, at a position of it, or at its end."""
    stream.seek(min(position, len(stream)))
    return stream
