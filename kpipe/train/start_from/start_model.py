"""Loading saved weights into a model before its first step."""

from __future__ import annotations

import hashlib
import tempfile
from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import h5py

from kpipe.components import build
from kpipe.data.prepared import PreparedData
from kpipe.errors import ArgumentError
from kpipe.model.build import BuiltModel
from kpipe.model.names import LayerLabel, is_in_item, name_in_spec
from kpipe.nearest import listed, nearest
from kpipe.spec.error_places import located
from kpipe.spec.spec import Spec
from kpipe.train.start_from.data_differences import data_differences
from kpipe.train.start_from.layer_order import LayerOrder
from kpipe.train.start_from.layer_pairs import LayerPairs, layer_pairs
from kpipe.train.start_from.saved_layer import SavedLayer
from kpipe.train.start_from.saved_layers import opened_weights, saved_layers
from kpipe.train.start_from.start import Start
from kpipe.train.start_from.start_report import StartReport

_EXCLUDED = "excluded by `except`"
_NOT_SELECTED = "not selected by `only`"
#: The most reasons in an error.
_MOST = 3


def start_model(spec: Spec, built: BuiltModel, prepared: PreparedData) -> StartReport | None:
    """Load the weights of `train.start_from` into a model; call it before the model is compiled.

    Args:
        spec: a checked spec.
        built: its model.
        prepared: its data.

    Returns:
        What was loaded; None if the spec starts from initial weights.

    Raises:
        SpecError: an argument does not match the model or the file, or nothing could be loaded.
        DataError: the file cannot be read.
    """
    node = spec.train.start_from
    if node is None or node.value is None:
        return None
    with located(node):
        start: Start = build(node, "start")
        return _start(start, built, prepared)


def _start(start: Start, built: BuiltModel, prepared: PreparedData) -> StartReport:
    path = start.file()
    with tempfile.TemporaryDirectory() as folder, opened_weights(path) as (file, order):
        # Keras writes and reads the arrays of each class of layers by its own methods.
        copy = Path(folder) / "model.weights.h5"
        built.model.save_weights(copy)
        with h5py.File(copy, "r+") as target:
            saved = saved_layers(file, order)
            own = saved_layers(target, LayerOrder.of_model(built.model))
            layers = [layer for layer in own if layer.path[0] in built.labels]
            pairs = _pairs(start, saved, layers, built.labels, is_ordered=order is not None)
            for layer in layers:
                if (source := pairs.loaded.get(layer.name)) is not None:
                    _copy(file[source.group], target[layer.group], layer.shapes)
        own_preparations = {layer.path[0] for layer in own} - {layer.path[0] for layer in layers}
        report = _report(path, pairs, layers, own_preparations)
        if not pairs.loaded:
            every = [*report.reasons()]
            more = f"; and {len(every) - _MOST:,} more" if len(every) > _MOST else ""
            reasons = "; ".join(every[:_MOST]) + more
            raise ArgumentError("", f"no layer of this model receives weights from {path}: {reasons}")
        built.model.load_weights(copy)
    described = start.described()
    if described is None:
        return report
    with_classes = layers[-1].name in pairs.loaded
    return replace(report, differences=data_differences(described, prepared, with_classes=with_classes))


def _pairs(
    start: Start,
    saved: Sequence[SavedLayer],
    layers: Sequence[SavedLayer],
    labels: Mapping[str, LayerLabel],
    *,
    is_ordered: bool,
) -> LayerPairs:
    paths = _renamed(start.rename, saved, layers)
    titles = {layer.name: name_in_spec(layer.name, labels) for layer in layers}
    # An excluded item can be in the saved model alone, whose layers would otherwise be compared with those here.
    every = [*titles, *map("/".join, paths.values())]
    for argument, names, among in (("only", start.only or (), [*titles]), ("except", start.except_, every)):
        for name in names:
            if not any(is_in_item(layer, name, labels) for layer in among):
                raise _unknown(argument, name, _items(titles.values()), "this model has no layer with weights in it")
    return layer_pairs(
        saved,
        layers,
        labels,
        paths=paths,
        excluded={name: _EXCLUDED for name in every if _is_in(name, start.except_, labels)},
        unselected={
            name: _NOT_SELECTED for name in titles if start.only is not None and not _is_in(name, start.only, labels)
        },
        is_ordered=is_ordered,
    )


def _is_in(layer: str, items: Sequence[str], labels: Mapping[str, LayerLabel]) -> bool:
    return any(is_in_item(layer, item, labels) for item in items)


def _items(titles: Iterable[str]) -> list[str]:
    """Return the names of layers, and those of the items around them."""
    parts = [title.split("/") for title in titles]
    return list(dict.fromkeys("/".join(part[:number]) for part in parts for number in range(1, len(part) + 1)))


def _renamed(
    rename: Mapping[str, str], saved: Sequence[SavedLayer], layers: Sequence[SavedLayer]
) -> dict[str, tuple[str, ...]]:
    """Return the path of each saved layer after it is renamed, by its name."""
    known = {layer.name for layer in saved}
    used = dict.fromkeys(rename, False)
    found: dict[str, tuple[str, ...]] = {}
    for name in (layer.name for layer in saved):
        # A layer has the name of the innermost item that is renamed.
        olds = [old for old in rename if _has_prefix(name, old, known)]
        old = max(olds, key=len, default=None)
        if old is None:
            found[name] = tuple(name.split("/"))
            continue
        used[old] = True
        new = _joined(_in_model(rename[old], layers), name[len(_prefix(name, old)) :], layers)
        found[name] = tuple(new.split("/"))
    path, count = Counter(found.values()).most_common(1)[0] if found else ((), 0)
    if count > 1:
        names = " and ".join(name for name, its in found.items() if its == path)
        raise ArgumentError(
            "rename", f"{names} of the saved model would both have the name {'/'.join(path)!r}; rename both of them"
        )
    for new in rename.values():
        if new and not any(_starts(layer.name, _in_model(new, layers)) for layer in layers):
            titles = [layer.name for layer in layers]
            raise _unknown("rename", new, _items(titles), "this model has no layer with weights in it")
    for old, is_used in used.items():
        if not is_used:
            raise _unknown("rename", old, _prefixes(saved), "the saved model has no layer with weights in it")
    return found


def _has_prefix(name: str, old: str, known: set[str]) -> bool:
    prefix = _prefix(name, old)
    rest = name[len(prefix) :]
    # The name of a layer is not the beginning of that of another one, such as `conv2d` of `conv2d_1`.
    return name.startswith(prefix) and (not rest or not old or rest[0] == "/" or (rest[0] == "_" and old not in known))


def _prefix(name: str, old: str) -> str:
    """Return an item as in the name of a layer: items are joined by `_` there, and the layers inside models by `/`."""
    joined = old.replace("/", "_")
    return joined if not name.startswith(old) and name.startswith(joined) else old


def _in_model(new: str, layers: Sequence[SavedLayer]) -> str:
    joined = new.replace("/", "_")
    return new if any(layer.name.startswith(new) for layer in layers) else joined


def _starts(name: str, item: str) -> bool:
    return name == item or name.startswith((f"{item}/", f"{item}_"))


def _joined(new: str, rest: str, layers: Sequence[SavedLayer]) -> str:
    if not new:
        return rest.lstrip("/_")
    if not rest:
        return new
    # Layers are inside a network with `/`, and inside a block with `_`.
    is_network = any(layer.name.startswith(f"{new}/") for layer in layers)
    separator = "/" if is_network and rest[0] != "_" else "_"
    return f"{new}{separator}{rest.lstrip('/_')}"


def _prefixes(saved: Sequence[SavedLayer]) -> list[str]:
    return list(dict.fromkeys((*(layer.path[0] for layer in saved), *(layer.name for layer in saved))))


def _unknown(argument: str, name: str, known: Sequence[str], why: str) -> ArgumentError:
    meant = nearest(name, known)
    return ArgumentError(argument, f"unknown name {name!r}, {why}; available: {listed(known, meant)}", meant)


def _copy(source: h5py.Group, target: h5py.Group, shapes: Mapping[str, object]) -> None:
    for place in shapes:
        target[place][...] = source[place][...]


def _report(path: Path, pairs: LayerPairs, layers: Sequence[SavedLayer], preparations: Collection[str]) -> StartReport:
    return StartReport(
        file=str(path),
        sha256=_sha256(path),
        loaded={layer.name: pairs.loaded[layer.name].name for layer in layers if layer.name in pairs.loaded},
        not_loaded={layer.name: pairs.reasons[layer.name] for layer in layers if layer.name in pairs.reasons},
        # Preparations are never loaded, so that they are not unused.
        unused=[name for name in pairs.unused if name.partition("/")[0] not in preparations],
    )


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
