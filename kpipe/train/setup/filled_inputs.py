"""The inputs whose missing values are filled."""

from __future__ import annotations

from collections.abc import Collection

from kpipe.components import build
from kpipe.spec.node import Node
from kpipe.spec.sections.data import Data


def filled_inputs(data: Data) -> Collection[str] | None:
    """Return the names of the inputs with a preparation that fills missing values; None for every input.

    A preparation that is not written for a particular input is one of the only input, whose name is not known before
    the source is opened.

    Args:
        data: the section.
    """
    if data.prepare is None:
        return ()
    if data.prepare.is_mapping:
        return [name for name, node in data.prepare.entries.items() if _fills(node)]
    return None if _fills(data.prepare) else ()


def _fills(node: Node) -> bool:
    return any(build(item, "preparation").fills_missing for item in node.items)
