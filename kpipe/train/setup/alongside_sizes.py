"""The sizes of images that are transformed with the same draws."""

from __future__ import annotations

from collections.abc import Mapping

from kpipe.components.argument_forms import resolved
from kpipe.data.augment.compose import Kind
from kpipe.data.prepared import PreparedData
from kpipe.errors import SpecError
from kpipe.spec.node import Node, split_component
from kpipe.spec.problem_at import problem_at
from kpipe.train.setup.image_targets import moving_transforms


def check_sizes(
    name: str, transforms: Node, alongside: Mapping[str, Kind], prepared: PreparedData, source: Node
) -> None:
    """Check that an input has the size of everything that is transformed with it.

    Args:
        name: the input.
        transforms: its transforms.
        alongside: as in `Augmentation`.
        prepared: the data.
        source: the source in the spec.

    Raises:
        SpecError: the sizes differ, or the types of inputs.
    """
    (height, width, _), dtype = prepared.decoded[name]
    place = next((place for place, _, _ in moving_transforms(transforms)), transforms)
    what = (split_component(place) or ("one list", None))[0] if place is not transforms else "one list"
    for key in alongside:
        is_input, other = key.startswith("x "), key[2:]
        shape, other_dtype = prepared.decoded[other] if is_input else (prepared.dataset.targets[other].shape, dtype)
        if height is not None and (height, width, dtype) == (*shape[:2], other_dtype):
            continue
        kinds = f"the input {name!r} and the {'input' if is_input else 'target'} {other!r}"
        got = f"{_shown((height, width), dtype)} and {_shown(shape[:2], other_dtype)}"
        remedy = _size_remedy(is_input, (height, width), shape[:2], source)
        message = f"{what} would transform {kinds} alike; expected images of one size and type, got {got}; {remedy}"
        raise SpecError([problem_at(place, message)])


def _shown(size: tuple[int | None, ...], dtype: str) -> str:
    return f"{'different sizes' if None in size else ' x '.join(map(str, size))} ({dtype})"


def _size_remedy(is_input: bool, size: tuple[int | None, ...], other: tuple[int | None, ...], source: Node) -> str:
    if is_input:
        return "write Resize for both under data.prepare, or a mapping keyed by input name"
    resize = f"write Resize: {{height: {other[0]}, width: {other[1]}}} under data.prepare"
    known = resolved("source", (split_component(source) or ("", None))[0])
    if None not in size and known is not None and "size" in known.arguments:
        return f"write `size: [{size[0]}, {size[1]}]` in the source, or {resize[6:]}"
    return f"{resize}, or use only transforms of colors, noise and dropout"
