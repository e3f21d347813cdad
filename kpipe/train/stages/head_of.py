"""The head of a model, the items that a recipe trains in all of its stages."""

from __future__ import annotations

from kpipe.errors import ArgumentError
from kpipe.model.build import BuiltModel
from kpipe.model.model_layers import model_layers
from kpipe.model.names import is_in_item, name_in_spec
from kpipe.model.selected_layers import selected_layers
from kpipe.spec.node import Node, split_component
from kpipe.train.stages.recipes.recipe import Recipe


def head_of(node: Node, recipe: Recipe, start: Node | None, built: BuiltModel) -> list[str]:
    """Return the items of the head, after checking that layers with weights are outside of it.

    These are those of the argument `head`; without it, those that the start excludes, and that are in the model; and
    without any, the last layer with weights.

    Args:
        node: the recipe in the spec.
        recipe: its object.
        start: `train.start_from`; None for initial weights.
        built: the model.

    Raises:
        ArgumentError: all layers with weights are in the head, or there are none.
        SpecError: the model has no item of a name.
    """
    if recipe.head is not None:
        names = recipe.head
        arguments = (split_component(node) or ("", None))[1]
        if arguments is not None and (written := arguments.get("head")) is not None:
            # An unknown name is reported at its place.
            selected_layers(written, built)
    else:
        names = _excluded(start, built) or [_last(built)]
    body = [entry for entry in model_layers(built) if entry.has_weights and not _is_in(entry.name, names, built)]
    if not body:
        message = f"the head ({', '.join(names)}) contains all layers with weights; write fewer items as `head`"
        raise ArgumentError("head", message)
    return names


def _is_in(layer: str, names: list[str], built: BuiltModel) -> bool:
    return any(is_in_item(layer, name, built.labels) for name in names)


def _excluded(start: Node | None, built: BuiltModel) -> list[str]:
    """Return the items of this model that the start excludes; it can also exclude items of the saved model alone."""
    arguments = (split_component(start) or ("", None))[1] if start is not None else None
    excluded = arguments.get("except") if arguments is not None else None
    names = [str(entry.value) for entry in excluded.items] if excluded is not None else []
    return [name for name in names if any(_is_in(entry.name, [name], built) for entry in model_layers(built))]


def _last(built: BuiltModel) -> str:
    """Return the name of the last layer with weights."""
    weighted = [entry.name for entry in model_layers(built) if entry.has_weights]
    if not weighted:
        raise ArgumentError("", "the model has no layer with weights")
    label = built.labels.get(weighted[-1])
    return name_in_spec(weighted[-1], built.labels) if label is not None and label.has_name else weighted[-1]
