"""Remedies for keys in the wrong section."""

from __future__ import annotations

from collections.abc import Collection, Iterator

from kpipe.nearest import equivalents, nearest
from kpipe.spec.sections.registered import sections
from kpipe.spec.sections.section import Section, fields, nested_section

#: Arguments of Keras' optimizers that are often written elsewhere.
OPTIMIZER_ARGUMENTS = (
    "learning_rate",
    "momentum",
    "nesterov",
    "weight_decay",
    "beta_1",
    "beta_2",
    "epsilon",
    "clipnorm",
    "clipvalue",
    "global_clipnorm",
    "gradient_accumulation_steps",
)


def misplaced(key: str, path: str) -> str | None:
    """Return where an unknown key belongs; None if it is unknown everywhere.

    Args:
        key: the key.
        path: its dotted path in the spec.

    Example:
        >>> misplaced("batch_size", "train.batch_size")
        'it belongs to data; write data.batch_size'
        >>> misplaced("validation_split", "train.validation_split")
        'it belongs to data; write data.validation'
        >>> misplaced("lr", "train.lr")
        'it is an argument of the optimizer; write optimizer: {Adam: {learning_rate: ...}} under train'
    """
    if (found := nearest(key, OPTIMIZER_ARGUMENTS)) is not None:
        optimizer = "SGD" if found in ("momentum", "nesterov") else "Adam"
        where = "in the stage" if path.startswith("train.stages.") else "under train"
        return f"it is an argument of the optimizer; write optimizer: {{{optimizer}: {{{found}: ...}}}} {where}"
    keys = (key, *equivalents(key))
    places = [place for name, section in sections().items() for place in _places(keys, name, section)]
    if len(places) != 1 or places == [path]:
        return None
    holder, _, last = places[0].rpartition(".")
    return f"it belongs to {holder}; write {holder}.{last}"


def _places(keys: Collection[str], path: str, section: type[Section]) -> Iterator[str]:
    """Yield the paths of keys in a section and the sections in it."""
    for name, field in fields(section).items():
        if name in keys:
            yield f"{path}.{name}"
        inner, is_of_names = nested_section(field)
        if inner is not None and not is_of_names:
            yield from _places(keys, f"{path}.{name}", inner)
