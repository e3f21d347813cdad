"""Pairs of layers of a saved model and of the model that receives its weights."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from kpipe.model.names import LayerLabel
from kpipe.train.start_from.saved_layer import SavedLayer

NOT_SAVED = "not in the saved model"
_REMEDY = "write `name:` in their items in both specs, or `rename`"
#: The path of the item or model in which names are numbered.
_Block = tuple[str, ...]
#: The name of a layer without its number, and its rank among the layers of this name in the block.
_Rank = tuple[str, int]


@dataclass
class LayerPairs:
    """The layers that receive weights, and why the others do not.

    Args:
        loaded: the saved layer of each layer, by the name of the layer.
        reasons: why a layer receives no weights, by the name of the layer.
        unused: the names of the saved layers that are not used.
    """

    loaded: dict[str, SavedLayer] = field(default_factory=dict)
    reasons: dict[str, str] = field(default_factory=dict)
    unused: list[str] = field(default_factory=list)


def layer_pairs(
    saved: Sequence[SavedLayer],
    layers: Sequence[SavedLayer],
    labels: Mapping[str, LayerLabel],
    *,
    paths: Mapping[str, tuple[str, ...]],
    excluded: Mapping[str, str],
    unselected: Mapping[str, str] | None = None,
    is_ordered: bool = True,
) -> LayerPairs:
    """Return the pairs of layers that have the same path, class and shapes.

    Layers without a name of their own are paired by their ranks among the layers of the same item, if all of them have
    the same classes and shapes in the same order in both models.

    Args:
        saved: the layers of the saved model.
        layers: the layers of this model.
        labels: the labels of the outer layers of this model by name.
        paths: the paths of the saved layers after they are renamed, by their names.
        excluded: why layers of both models are skipped and not compared, by their names.
        unselected: why layers of this model are compared, but receive no weights, by their names; default none.
        is_ordered: whether the order of the saved layers is known, default True.

    Example:
        >>> from kpipe.errors import Mark
        >>> labels = {name: LayerLabel(name, "model.0", Mark("a", 1, 1, 1, 1)) for name in ("dense", "dense_1")}
        >>> source = SavedLayer(("dense",), "dense", {"0": (4, 2)}, "layers/dense")
        >>> first = SavedLayer(("dense",), "dense", {"0": (3, 4)}, "layers/dense")
        >>> second = SavedLayer(("dense_1",), "dense", {"0": (4, 2)}, "layers/dense_1")
        >>> pairs = layer_pairs([source], [first, second], labels, paths={"dense": ("dense",)}, excluded={})
        >>> sorted(pairs.loaded), sorted(pairs.reasons)
        ([], ['dense', 'dense_1'])
    """
    found = LayerPairs(reasons=dict(excluded))
    blocks = {layer.name: _block(layer, layer.path, labels) for layer in layers if layer.name not in excluded}
    compared = {name: source for source in saved if (name := "/".join(paths[source.name])) not in excluded}
    named = {name: source for name, source in compared.items() if name in blocks and blocks[name] is None}
    numbered: dict[_Block, list[tuple[str, SavedLayer]]] = {}
    for name, source in compared.items():
        path = paths[source.name]
        if name not in named and (block := _saved_block(source, path, labels)) is not None:
            numbered.setdefault(block, []).append((path[-1], source))
    entries: dict[_Block, list[tuple[str, SavedLayer]]] = {}
    for layer in layers:
        if layer.name in excluded:
            continue
        if (block := blocks[layer.name]) is not None:
            entries.setdefault(block, []).append((layer.path[-1], layer))
        elif layer.name not in named:
            found.reasons[layer.name] = NOT_SAVED
        elif (reason := _difference(named[layer.name], layer)) is not None:
            found.reasons[layer.name] = reason
        else:
            found.loaded[layer.name] = named[layer.name]
    for block, members in entries.items():
        _pair_block(block, numbered.get(block, []), members, found, is_ordered)
    for name, reason in (unselected or {}).items():
        if name not in excluded:
            found.loaded.pop(name, None)
            found.reasons[name] = reason
    used = {layer.name for layer in found.loaded.values()}
    found.unused = [layer.name for layer in saved if layer.name not in used]
    return found


def _block(layer: SavedLayer, path: tuple[str, ...], labels: Mapping[str, LayerLabel]) -> _Block | None:
    """Return where the name of a layer of this model is numbered; None for a name that identifies it."""
    label = labels[path[0]]
    if not label.is_named:
        return (label.named_item,)
    return layer.block(path) if len(path) > 1 else None


def _saved_block(layer: SavedLayer, path: tuple[str, ...], labels: Mapping[str, LayerLabel]) -> _Block | None:
    """Return where the name of a saved layer is numbered; None for a name that identifies it."""
    if path[0] in labels:
        return _block(layer, path, labels)
    if layer.block(path[:1]) is None:
        return None
    items = {label.named_item for label in labels.values() if path[0].startswith(f"{label.named_item}_")}
    return (max(items, key=len, default=""),)


def _pair_block(
    block: _Block,
    saved: Sequence[tuple[str, SavedLayer]],
    layers: Sequence[tuple[str, SavedLayer]],
    found: LayerPairs,
    is_ordered: bool,
) -> None:
    if not saved:
        found.reasons.update(dict.fromkeys((layer.name for _, layer in layers), NOT_SAVED))
        return
    sides = [_ranked(saved), _ranked(layers)]
    orders = [list(side) if is_ordered else sorted(side) for side in sides]
    pairs = zip(*orders, strict=False)
    common = min(map(len, orders))
    place = next(
        (
            number
            for number, (first, second) in enumerate(pairs)
            if first != second or _difference(sides[0][first], sides[1][second]) is not None
        ),
        common,
    )
    if place == len(orders[0]) == len(orders[1]):
        found.loaded.update({layer.name: sides[0][rank] for rank, layer in sides[1].items()})
        return
    texts = [
        f"{side[order[place]].name} ({side[order[place]].arrays})" if place < len(order) else "missing"
        for side, order in zip(sides, orders, strict=True)
    ]
    name = "/".join(part for part in block if part)
    where = f"item {name!r}" if name else "model"
    reason = (
        f"no name identifies them, and the layers without such a name in the {where} differ: number {place + 1} is "
        f"{texts[1]} here, and {texts[0]} in the saved model; {_REMEDY}"
    )
    found.reasons.update(dict.fromkeys((layer.name for _, layer in layers), reason))


def _ranked(layers: Sequence[tuple[str, SavedLayer]]) -> dict[_Rank, SavedLayer]:
    """Return layers by their ranks, since the numbers of automatic names can begin anywhere."""
    bases = [re.sub(r"_\d+$", "", name) for name, _ in layers]
    numbers = [int(name[len(base) + 1 :] or 0) for (name, _), base in zip(layers, bases, strict=True)]
    same = {
        base: sorted(number for other, number in zip(bases, numbers, strict=True) if other == base) for base in bases
    }
    return {
        (base, same[base].index(number)): layer for (_, layer), base, number in zip(layers, bases, numbers, strict=True)
    }


def _difference(saved: SavedLayer, layer: SavedLayer) -> str | None:
    if saved.class_name == layer.class_name and saved.shapes == layer.shapes:
        return None
    return f"it is {layer.arrays} here, and {saved.arrays} in the saved model"
