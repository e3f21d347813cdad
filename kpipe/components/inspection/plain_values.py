"""What a spec may pass to the arguments of Keras' and kpipe's classes that are no components: no objects, known texts.

Keras turns mappings with the keys of its saved files into objects of any class, and reads or runs what some texts
name. So a mapping is allowed where the overlay has a rule for it alone, and a text where it is listed here.
"""

from __future__ import annotations

from dataclasses import replace
from fnmatch import fnmatchcase

from kpipe.components.inspection.class_info import ArgumentInfo
from kpipe.components.inspection.keras_callbacks import KERAS_CALLBACKS
from kpipe.components.inspection.overlay import rule_for

#: `argument` or `Class.argument`, with wildcards, of Keras' arguments that take any text. Each was looked up in Keras:
#: it opens no file of that name, imports no module and runs no code.
TEXTS: dict[str, dict[str, str]] = {
    "layer": {
        "name": "the name of the layer",
        "bounding_box_format": "compared with the known formats",
        "encoding": "an encoding that TensorFlow knows",
        "equation": "letters of an Einstein sum",
        "bias_axes": "letters of the equation",
        "Hashing.mask_value": "compared with the inputs",
        "StringLookup.mask_token": "compared with the inputs",
        "StringLookup.oov_token": "a token of the vocabulary",
        "*Spectrogram.window": "the name of a window function of SciPy",
    },
    "application": {"name": "the name of the model"},
    "initializer": {"window": "the name of a window function of SciPy"},
    "loss": {"name": "the name of the loss"},
    "metric": {"name": "the name of the metric"},
    "optimizer": {
        "name": "the name of the optimizer",
        "Muon.exclude_layers": "regular expressions for paths of variables",
    },
    "schedule": {"name": "the name of the schedule"},
    "callback": {"monitor": "compared with the names of the metrics", "separator": "written between columns"},
}

#: The arguments whose texts name files, and what each is: a `vocabulary` is read with the spec; an `output` is written
#: below the run folder; a `template` likewise, its name with fields such as `{epoch}`; a `companion` is read by other
#: programs beside what the callback writes.
FILES: dict[str, dict[str, str]] = {
    "layer": {"vocabulary": "vocabulary"},
    "callback": {
        f"{name}.{argument}": use for name, known in KERAS_CALLBACKS.items() for argument, use in known.files.items()
    },
}

#: The arguments whose texts are regular expressions.
PATTERNS = frozenset({("optimizer", "Muon", "exclude_layers")})

_NUMBERS = frozenset({"bool", "int", "float", "null"})


def restricted(argument: ArgumentInfo, kind: str, class_name: str, origin: str) -> ArgumentInfo:
    """The argument with the types that a spec may pass.

    Args:
        argument: as its signature, its docstring and the overlay describe it.
        kind: the kind of its class.
        class_name: the name that the class is defined by.
        origin: `keras` or `kpipe`; the arguments of kpipe's own classes are annotated, and only their files are told.
    """
    file = _entry(FILES, kind, class_name, argument.name)
    if file is not None:
        return replace(argument, file=file)
    if origin == "keras" and argument.object_kind is None:
        return _plain(argument, kind, class_name)
    return argument


def _plain(argument: ArgumentInfo, kind: str, class_name: str) -> ArgumentInfo:
    types, items = argument.types, argument.item_types
    if "any" in types:
        types = _NUMBERS | {"list"}
    if "list" in types:
        items = items - {"any", "dict"} or _NUMBERS
    rule = rule_for(kind, class_name, argument.name)
    if rule is None or rule.types is None or "dict" not in rule.types:
        types -= {"dict"}
    if argument.choices is None and _entry(TEXTS, kind, class_name, argument.name) is None:
        types, items = types - {"str"}, items - {"str"}
    pattern = (kind, class_name, argument.name) in PATTERNS
    return replace(argument, types=types, item_types=items, pattern=pattern)


def _entry(table: dict[str, dict[str, str]], kind: str, class_name: str, argument: str) -> str | None:
    full = f"{class_name}.{argument}"
    entries = table.get(kind, {}).items()
    return next((value for key, value in entries if fnmatchcase(full if "." in key else argument, key)), None)
