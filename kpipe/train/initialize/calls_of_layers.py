"""Calls of layers within a call of a model."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import Any

#: Receives a layer, its own `call`, and the arguments of one call, and returns the outputs.
Call = Callable[[Any, Callable[..., Any], tuple[Any, ...], dict[str, Any]], Any]


@contextmanager
def calls_of_layers(layers: Iterable[Any], call: Call) -> Iterator[None]:
    """Replace the calls of some layers within the block.

    Args:
        layers: the layers.
        call: called instead of the method `call` of each of them.
    """
    # Not through Keras, which tracks assignments to attributes.
    before = [(layer, vars(layer).get("call")) for layer in layers]
    for layer, _ in before:
        vars(layer)["call"] = _replaced(layer, call)
    try:
        yield
    finally:
        for layer, own in before:
            if own is None:
                del vars(layer)["call"]
            else:
                vars(layer)["call"] = own


def _replaced(layer: Any, call: Call) -> Callable[..., Any]:
    own = layer.call

    @functools.wraps(own)
    def replaced(*arguments: Any, **options: Any) -> Any:
        return call(layer, own, arguments, options)

    return replaced
