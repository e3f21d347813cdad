"""The layers that a list in a spec selects: names of items, and selections."""

from __future__ import annotations

from kpipe.components import build
from kpipe.errors import ArgumentError
from kpipe.model.build import BuiltModel
from kpipe.model.model_layers import ModelLayer, model_layers
from kpipe.model.names import is_in_item, name_in_spec
from kpipe.model.selections.selection import Selection
from kpipe.nearest import listed, nearest
from kpipe.spec.error_places import located
from kpipe.spec.items import is_item_name
from kpipe.spec.node import Node


def selected_layers(node: Node, built: BuiltModel) -> list[ModelLayer]:
    """Return the layers that a list selects, in the order of Keras.

    Args:
        node: a list of names of items, and of components of the kind `selection`.
        built: the model.

    Raises:
        SpecError: an entry does not match the model; it is reported at its place.
    """
    layers = model_layers(built)
    names = {found.name for entry in node.items for found in _selected(entry, layers, built)}
    return [entry for entry in layers if entry.name in names]


def _selected(node: Node, layers: list[ModelLayer], built: BuiltModel) -> list[ModelLayer]:
    def is_in(layer: str, item: str) -> bool:
        return is_in_item(layer, item, built.labels)

    with located(node):
        if not is_item_name(node):
            selection: Selection = build(node, "selection")
            return list(selection.select(layers, is_in))
        found = [entry for entry in layers if is_in(entry.name, str(node.value))]
        if not found:
            raise _unknown(str(node.value), layers, built)
        return found


def _unknown(name: str, layers: list[ModelLayer], built: BuiltModel) -> ArgumentError:
    titles = [name_in_spec(entry.name, built.labels) for entry in layers]
    outer = [title.partition("/")[0] for title in titles]
    known = list(dict.fromkeys((*outer, *(entry.name for entry in layers))))
    meant = nearest(name, known)
    return ArgumentError("", f"the model has no item or layer {name!r}; available: {listed(known, meant)}", meant)
