"""The factors on the learning rate of the trainable variables of a model."""

from __future__ import annotations

from collections.abc import Mapping

from kpipe.components import build
from kpipe.messages.escaped import escaped
from kpipe.model.build import BuiltModel
from kpipe.model.model_layers import model_layers
from kpipe.model.multipliers.multiplier import Multiplier
from kpipe.model.names import is_in_item
from kpipe.nearest import listed
from kpipe.spec.error_places import located
from kpipe.spec.spec import Spec


def learning_rate_multipliers(spec: Spec, built: BuiltModel) -> Mapping[str, float]:
    """Return the factors of the layers that have one, by their names; call it when layers are frozen.

    Args:
        spec: a checked spec.
        built: its model.

    Raises:
        SpecError: an argument does not match the model.
    """
    node = spec.train.learning_rate_multipliers
    if node is None or node.value is None:
        return {}
    layers = [entry for entry in model_layers(built) if entry.layer.trainable_variables]
    with located(node):
        multiplier: Multiplier = build(node, "multiplier")
        return dict(multiplier.factors(layers, lambda layer, item: is_in_item(layer, item, built.labels)))


def variable_factors(built: BuiltModel) -> dict[int, float]:
    """Return the factors of all trainable variables that have one, by their `id`.

    Args:
        built: the model with the factors of its layers.
    """
    return {
        id(variable): built.multipliers[entry.name]
        for entry in model_layers(built)
        if entry.name in built.multipliers
        for variable in entry.layer.trainable_variables
    }


def multipliers_line(built: BuiltModel) -> str:
    """Return a message about the factors of all trained layers.

    Args:
        built: the model with the factors of its layers.
    """
    groups: dict[float, list[str]] = {}
    for entry in model_layers(built):
        if entry.layer.trainable_variables:
            groups.setdefault(built.multipliers.get(entry.name, 1.0), []).append(escaped(entry.name))
    parts = (f"{factor:.6g} for {listed(names, '')}" for factor, names in sorted(groups.items()))
    return f"learning_rate_multipliers: {'; '.join(parts)}"
