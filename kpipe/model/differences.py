"""Differences between a built model and that of an earlier spec."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np

from kpipe.components.inspection.custom_classes import IMPORTED_FILE
from kpipe.components.quiet_import import import_keras
from kpipe.components.value_text import shown
from kpipe.model.build import BuiltModel

#: Maximum number of differences listed for a layer.
MOST = 5


def model_differences(before: BuiltModel, now: BuiltModel) -> list[str]:
    """Return the differences between the layers of two models: classes, arguments, names in the spec, and inputs.

    Parts of layer names that derive from the names of blocks are ignored, so a block may be renamed or inlined.

    Args:
        before: the model of the earlier spec.
        now: the model of the present spec, to whose items the places refer.

    Returns:
        One line per difference up to the first layer with another class; empty if there are none.
    """
    old, new = _layers(before), _layers(now)
    found: list[str] = []
    for (_, first), (name, second) in zip(old, new, strict=False):
        label = now.labels.get(name)
        where = f"model: layer {name} ({label.path}, {label.mark})" if label else f"model: layer {name}"
        if first["class"] != second["class"]:
            return [*found, f"{where}: {first['class']} -> {second['class']}"]
        found += [f"{where}: {line}" for line in _lines(first, second)]
    if len(old) != len(new):
        found.append(f"model: {len(old)} layers -> {len(new)}")
    outputs = [_outputs(built) for built in (before, now)]
    return found or ([] if outputs[0] == outputs[1] else ["model: other layers are its outputs"])


def _lines(before: Mapping[str, Any], now: Mapping[str, Any]) -> list[str]:
    old, new = dict(_leaves(before)), dict(_leaves(now))
    paths = [path for path in dict.fromkeys((*old, *new)) if repr(old.get(path)) != repr(new.get(path))]
    lines = [f"{path}: {_text(old, path)} -> {_text(new, path)}" for path in paths[:MOST]]
    return [*lines, f"and {len(paths) - MOST} more"] if len(paths) > MOST else lines


def _text(values: Mapping[str, Any], path: str) -> str:
    return shown(values[path]) if path in values else "absent"


def _leaves(value: Any, path: str = "") -> Iterator[tuple[str, Any]]:
    entries = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    if not entries or not value:
        yield path, value
    for key, entry in entries if value else ():
        yield from _leaves(entry, f"{path}.{key}" if path else str(key))


def _layers(built: BuiltModel) -> list[tuple[str, dict[str, Any]]]:
    """The name of each layer, with the values to compare: class, name in the spec, arguments and inputs."""
    labels = {name: label.text for name, label in built.labels.items()}
    config = built.model.get_config()
    places = _places(config)
    return [
        (
            layer["name"],
            {
                "class": layer["class_name"],
                "name": labels.get(layer["name"], layer["name"]),
                **_plain({key: entry for key, entry in layer["config"].items() if key != "name"}, labels, {}),
                "inputs": _plain(layer["inbound_nodes"], labels, places),
            },
        )
        for layer in config["layers"]
    ]


def _outputs(built: BuiltModel) -> Any:
    config = built.model.get_config()
    return _placed(config["output_layers"], _places(config))


def _places(config: Mapping[str, Any]) -> dict[str, int]:
    """The indices of the layers of a model, keyed by name."""
    return {layer["config"]["name"]: number for number, layer in enumerate(config["layers"])}


def _placed(value: Any, places: Mapping[str, int]) -> Any:
    """Replace layer names by indices in references such as ["dense", 0, 0]."""
    if isinstance(value, dict):
        return {key: _placed(entry, places) for key, entry in value.items()}
    if isinstance(value, list | tuple):
        entries = list(value)
        if len(entries) == 3 and isinstance(entries[0], str):
            return [places.get(entries[0], entries[0]), *entries[1:]]
        return [_placed(entry, places) for entry in entries]
    return value


def _plain(value: Any, labels: Mapping[str, str], places: Mapping[str, int]) -> Any:
    """Convert a configuration to plain, comparable values.

    Layers are identified by their labels in the spec, references to them by indices, and modules of imported files by
    the name of the file.
    """
    keras = import_keras()
    if isinstance(value, dict):
        if value.get("class_name") == "__keras_tensor__":
            return _placed(value["config"]["keras_history"], places)
        if "input_layers" in value and "layers" in value:
            places = _places(value)
            ends = {key: _placed(value[key], places) for key in ("input_layers", "output_layers")}
            value = {**value, **ends}
        is_layer = "class_name" in value or "layers" in value
        return {
            str(key): labels.get(entry, entry)
            if key == "name" and isinstance(entry, str)
            else _plain(entry, labels, places)
            for key, entry in value.items()
            if not (is_layer and key == "build_config")
        }
    if isinstance(value, list | tuple):
        return [_plain(entry, labels, places) for entry in value]
    if isinstance(value, str):
        return IMPORTED_FILE.sub(r"\1", value)
    if value is None or isinstance(value, bool | int | float):
        return value
    if isinstance(value, np.ndarray | np.generic) or keras.ops.is_tensor(value):
        return np.asarray(value).tolist()
    serialized = keras.saving.serialize_keras_object(value)
    return _plain(serialized, labels, places) if serialized is not value else repr(value)
