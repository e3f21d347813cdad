"""The layers of a saved model, read from its file without building the model."""

from __future__ import annotations

import contextlib
import io
import json
import re
import zipfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import h5py

from kpipe.errors import DataError, KpipeError
from kpipe.train.start_from.layer_order import LayerOrder
from kpipe.train.start_from.saved_layer import SavedLayer, Shapes

#: The group with the arrays of an object, and the attribute with its name.
_ARRAYS, _NAME = "vars", "name"
#: The group with the layers of a model.
_LAYERS = "layers"
_CONFIG, _WEIGHTS = "config.json", "model.weights.h5"


@contextmanager
def opened_weights(path: Path) -> Iterator[tuple[h5py.File, LayerOrder | None]]:
    """Open the weights in a `.keras` or `.weights.h5` file.

    Args:
        path: the file.

    Returns:
        The file of weights, and the order of the layers, which only a `.keras` file contains.

    Raises:
        DataError: the file cannot be read.
    """
    try:
        if path.name.endswith(".keras"):
            with zipfile.ZipFile(path) as archive:
                order = LayerOrder.of_config(json.loads(archive.read(_CONFIG)))
                with archive.open(_WEIGHTS) as stream, h5py.File(stream, "r") as file:
                    yield file, order
        else:
            with h5py.File(path, "r") as file:
                yield file, None
    except KpipeError:
        raise
    except (OSError, zipfile.BadZipFile, KeyError, ValueError, io.UnsupportedOperation) as error:
        raise DataError(f"{path} cannot be read as weights of Keras: {_reason(path, error)}") from error


def _reason(path: Path, error: Exception) -> str:
    """Return why a file cannot be read, and the remedy."""
    is_archive = path.name.endswith(".keras")
    with contextlib.suppress(OSError), path.open("rb") as file:
        if is_archive and file.read(4) == b"\x89HDF":
            return "it is an HDF5 file, not an archive of a whole model; rename it so that it ends in .weights.h5"
    if not is_archive and zipfile.is_zipfile(path):
        return "it is an archive of a whole model, not an HDF5 file; rename it so that it ends in .keras"
    return f"{' '.join(str(error).split())}; save the model again"


def saved_layers(file: h5py.File, order: LayerOrder | None = None) -> list[SavedLayer]:
    """Return the layers with weights of a saved model, those of nested models included.

    The preparation around the model of a run is left out.

    Args:
        file: the file of weights.
        order: the order of the layers; by default that of their numbers within each class.

    Returns:
        The layers in the order of their creation.

    Raises:
        DataError: the file has no layers of Keras 3.
    """
    if not isinstance(file.get(_LAYERS), h5py.Group):
        raise DataError(
            f"{file.filename} contains no weights of a functional or sequential model of Keras 3; load the model with "
            "Keras, and save it again with model.save or model.save_weights"
        )
    found = list(_layers(file, (), "", order))
    root = _name_of(file) or (order.name if order is not None else "")
    # The model of a run is inside a model that prepares raw samples; see `build_model`.
    inner = root.removesuffix("_raw")
    if inner != root and any(layer.path[0] == inner and len(layer.path) > 1 for layer in found):
        return [
            SavedLayer(layer.path[1:], layer.class_name, layer.shapes, layer.group)
            for layer in found
            if layer.path[0] == inner and len(layer.path) > 1
        ]
    return found


def _layers(model: h5py.Group, path: tuple[str, ...], where: str, order: LayerOrder | None) -> Iterator[SavedLayer]:
    groups = model.get(_LAYERS)
    for key in _ordered(groups, order) if isinstance(groups, h5py.Group) else ():
        group = groups[key]
        # Files of the first versions of Keras 3 have no names, which the configuration contains.
        name = _name_of(group) or (order.names.get(key, key) if order is not None else key)
        place = f"{where}{_LAYERS}/{key}"
        if isinstance(group.get(_LAYERS), h5py.Group):
            inside = order.models.get(name) if order is not None else None
            yield from _layers(group, (*path, name), f"{place}/", inside)
        elif shapes := _shapes(group):
            yield SavedLayer((*path, name), _class_name(key), shapes, place)


def _ordered(groups: h5py.Group, order: LayerOrder | None) -> Sequence[str]:
    keys = sorted(groups, key=_number)
    if order is None:
        return keys
    places = {name: number for number, name in enumerate(order.names.values())}
    names = {key: _name_of(groups[key]) or order.names.get(key, "") for key in keys}
    return sorted(keys, key=lambda key: places.get(names[key], len(places)))


def _number(key: str) -> tuple[str, int]:
    name = _class_name(key)
    return name, int(key[len(name) + 1 :] or 0)


def _class_name(key: str) -> str:
    return re.sub(r"_\d+$", "", key)


def _name_of(group: h5py.Group) -> str | None:
    own = group.get(_ARRAYS)
    return None if own is None else own.attrs.get(_NAME)


def _shapes(group: h5py.Group) -> Shapes:
    """Return the shapes of all arrays of a layer by their place in its group."""
    found: Shapes = {}

    def visit(place: str, entry: Any) -> None:
        if isinstance(entry, h5py.Dataset):
            found[place] = tuple(entry.shape)

    group.visititems(visit)
    return found
