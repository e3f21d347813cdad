"""What a caller asks to average answers over."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from kpipe.components.component_text import component_text
from kpipe.errors import ArgumentError, Mark, Problem, SpecError
from kpipe.messages.call_argument import call_argument
from kpipe.spec.node import Node

if TYPE_CHECKING:
    from kpipe.train.averaging.averaging import Averaging


class AveragingRequest:
    """The arguments `tta`, `samples` and `seed` of a call, with places for messages.

    Args:
        tta: a test-time augmentation as `component_text` reads it, such as `Flip`; default none.
        samples: the number of calls with random layers active, at least 2; default none.
        seed: the seed of the random layers, at least 0; by default that of the spec.

    Raises:
        SpecError: an argument is out of range, or `seed` is given without `samples`.

    Example:
        >>> AveragingRequest(samples=20).averaging(seed=3).describe()
        {'samples': 20, 'seed': 3}
    """

    def __init__(self, tta: str | None = None, samples: int | None = None, seed: int | None = None) -> None:
        self._tta, self._samples, self._seed = tta, samples, seed
        if samples is not None and samples < 2:
            raise _refused("samples", samples, f"out of range; expected at least 2, got {samples}")
        if seed is not None and samples is None:
            raise _refused("seed", seed, "the seed of masks, but there are none; write samples too, or remove it")
        if seed is not None and seed < 0:
            raise _refused("seed", seed, f"out of range; expected at least 0, got {seed}")

    def __bool__(self) -> bool:
        return self._tta is not None or self._samples is not None

    def averaging(self, seed: int) -> Averaging | None:
        """Return what answers are averaged over; call it inside `spec_session`.

        Args:
            seed: the seed of the spec.

        Raises:
            SpecError: the test-time augmentation is not valid.
        """
        from kpipe.train.averaging.averaging import Averaging

        return Averaging.of(self._node(), self._samples, seed if self._seed is None else self._seed)

    @contextmanager
    def located(self) -> Iterator[None]:
        """Report errors about an argument within the block at its place.

        Raises:
            SpecError: instead of an `ArgumentError`.
        """
        from kpipe.spec.error_places import located

        node = self._node()
        try:
            yield
        except ArgumentError as error:
            if node is None or (error.argument == "samples" and self._samples is not None):
                raise _refused(error.argument, self._samples, error.message) from error
            with located(node):
                raise

    def _node(self) -> Node | None:
        return None if self._tta is None else component_text(self._tta, "view", "tta")


def _refused(name: str, value: object, message: str) -> SpecError:
    place = call_argument(name, value)
    return SpecError([Problem(Mark(place, 1, 1, 1, len(place) + 1), name, message)])
