"""The order of the layers of a model, and their groups in a file of weights."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

import keras

from kpipe.model.names import snake_case


@dataclass(frozen=True)
class LayerOrder:
    """The layers of a model in the order of Keras.

    Args:
        name: the name of the model.
        names: the name of each layer by its group in a file of weights, which is its class with a number.
        models: the layers of the models inside the model by their names.
    """

    name: str = ""
    names: Mapping[str, str] = field(default_factory=dict)
    models: Mapping[str, LayerOrder] = field(default_factory=dict)

    @classmethod
    def of_config(cls, config: Mapping[str, Any]) -> LayerOrder:
        """Return the order in the configuration of a model, as in a `.keras` file.

        Args:
            config: the serialized model; without any layers if it is another object.

        Example:
            >>> entry = {"class_name": "Dense", "config": {"name": "out"}}
            >>> LayerOrder.of_config({"config": {"name": "net", "layers": [entry]}}).names
            {'dense': 'out'}
        """
        values = config.get("config")
        values = values if isinstance(values, Mapping) else {}
        entries = [entry for entry in values.get("layers") or () if isinstance(entry, Mapping)]
        named = [(str(entry.get("class_name")), _name(entry)) for entry in entries]
        models = {_name(entry): cls.of_config(entry) for entry in entries if _has_layers(entry)}
        return cls(str(values.get("name", "")), _groups(named), models)

    @classmethod
    def of_model(cls, model: keras.Model) -> LayerOrder:
        """Return the order of the layers of a model.

        Args:
            model: a built model.
        """
        named = [(type(layer).__name__, layer.name) for layer in model.layers]
        models = {layer.name: cls.of_model(layer) for layer in model.layers if isinstance(layer, keras.Model)}
        return cls(model.name, _groups(named), models)


def _groups(named: Iterable[tuple[str, str]]) -> dict[str, str]:
    counts: dict[str, int] = {}
    found = {}
    for class_name, name in named:
        group = snake_case(class_name)
        count = counts.get(group, 0)
        counts[group] = count + 1
        found[f"{group}_{count}" if count else group] = name
    return found


def _name(entry: Mapping[str, Any]) -> str:
    values = entry.get("config")
    own = values.get("name") if isinstance(values, Mapping) else None
    return str(entry.get("name") if own is None else own)


def _has_layers(entry: Mapping[str, Any]) -> bool:
    values = entry.get("config")
    return isinstance(values, Mapping) and isinstance(values.get("layers"), list)
