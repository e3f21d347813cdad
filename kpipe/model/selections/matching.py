"""Matching: the layers whose names match a pattern."""

from __future__ import annotations

import re
from collections.abc import Sequence

from kpipe.errors import ArgumentError
from kpipe.model.model_layers import ModelLayer
from kpipe.model.selections.selection import IsIn, Selection
from kpipe.nearest import listed


class Matching(Selection):
    """Select the layers whose names match a regular expression.

    Args:
        pattern: a regular expression of Python for the whole name, as `kpipe show` prints it; the names of layers
            inside networks follow those of the networks and `/`, such as `body/conv1_bn`.

    Raises:
        ArgumentError: the pattern is not a regular expression, or no name of a layer matches it.

    Example:
        >>> layers = [ModelLayer(name, None) for name in ("conv_0", "conv_1_bn", "conv_2")]
        >>> [entry.name for entry in Matching("conv_[01].*").select(layers, lambda layer, item: False)]
        ['conv_0', 'conv_1_bn']
    """

    def __init__(self, pattern: str) -> None:
        try:
            self.pattern = re.compile(pattern)
        except re.error as error:
            raise ArgumentError("pattern", f"not a regular expression: {error}, got {pattern!r}") from error

    def select(self, layers: Sequence[ModelLayer], is_in: IsIn) -> Sequence[ModelLayer]:
        """Return the layers whose names match."""
        del is_in
        found = [entry for entry in layers if self.pattern.fullmatch(entry.name)]
        if not found:
            names = listed([entry.name for entry in layers], None)
            raise ArgumentError(
                "pattern", f"no layer has a name that matches {self.pattern.pattern!r}; available: {names}"
            )
        return found
