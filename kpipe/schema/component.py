"""The JSON Schema of a component: all classes of its kind as one object."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from kpipe.components.inspection.class_info import ClassInfo
from kpipe.components.registry.registry import Vocabulary
from kpipe.schema.argument import argument_schema
from kpipe.schema.form import CAMEL, EXPRESSION, QUALIFIED, Schema, arguments
from kpipe.schema.mode import Mode

#: Other kinds whose components are allowed: a network of `keras.applications` can be used as a layer.
_ALSO_ALLOWED = {"layer": ("application",)}

#: Most names that a message of a language server lists.
_MOST_LISTED = 50


def component_schema(
    kind: str, vocabulary: Vocabulary, mode: Mode = Mode.COMPLETE, words: Collection[str] = ()
) -> Schema:
    """Return the schema of a component of a kind; a layer can also be a list of layers.

    Args:
        kind: a name of `KINDS`.
        vocabulary: the available classes.
        mode: whether the file contains a complete spec.
        words: strings that are allowed instead of a class, such as `auto`.
    """
    found = known_classes(kind, vocabulary)
    # In a partial file, a component of the same class in the base can contain the required arguments.
    classes = {name: class_schema(info, mode, {}, mode is Mode.COMPLETE) for name, info in found.items()}
    schema = choice_schema(classes, {}, mode, words)
    # Language servers offer no completion if the limit is next to `properties`: they consider it reached.
    schema["allOf"] = [{"maxProperties": schema.pop("maxProperties")}]
    if kind == "layer":
        schema["type"] = [*schema["type"], "array"]
        schema["items"] = mode.ref("layer")
    return schema


def known_classes(kind: str, vocabulary: Vocabulary) -> dict[str, ClassInfo]:
    """Return the classes by name that are allowed where a component of a kind is expected."""
    names = {name: other for other in (*_ALSO_ALLOWED.get(kind, ()), kind) for name in vocabulary.names(other)}
    found = {name: vocabulary.find(names[name], name) for name in sorted(names)}
    return {name: info for name, info in found.items() if info is not None}


def class_schema(info: ClassInfo, mode: Mode, more: Mapping[str, Schema], is_complete: bool) -> Schema:
    """Return the schema of the arguments of a class.

    Args:
        info: the class.
        mode: whether the file contains a complete spec.
        more: schemas of arguments that are allowed in addition, by name.
        is_complete: whether all required arguments must be present.
    """
    own = {name: argument_schema(entry, mode) for name, entry in info.arguments.items()}
    required = [name for name, entry in info.arguments.items() if entry.required and is_complete]
    schema = arguments({**own, **more}, required, info.summary)
    return schema if info.others is None else {**schema, "additionalProperties": argument_schema(info.others, mode)}


def choice_schema(
    classes: Mapping[str, Schema], patterns: Mapping[str, Schema], mode: Mode, words: Collection[str] = ()
) -> Schema:
    """Return the schema of the name of a class, or of one class with its arguments.

    All classes are properties of one object, rather than one object per class: language servers then complete each name
    once and report errors at the key.

    Args:
        classes: the schemas of the arguments by class name.
        patterns: the schemas of the arguments by patterns of other names.
        mode: whether the file contains a complete spec.
        words: strings that are allowed instead of a class.
    """
    unlisted = [QUALIFIED] if mode is Mode.COMPLETE else [QUALIFIED, CAMEL]
    free = {**patterns, **{name: {} for name in unlisted}}
    bare = [*words, *(name for name, schema in classes.items() if "required" not in schema)]
    return {
        "type": ["object", "string"],
        "properties": dict(classes),
        "patternProperties": {f"^{name}$": schema for name, schema in free.items()},
        "additionalProperties": False,
        "minProperties": 1,
        "maxProperties": 1,
        "if": {"type": "string", "pattern": f"^(?!=|(?:{'|'.join(free)})$)"},
        "then": _one_of(bare),
    }


def _one_of(names: list[str]) -> Schema:
    if not names:
        return EXPRESSION
    # Language servers list all allowed names in their message, which is unreadable for hundreds of names.
    message = {"errorMessage": "unknown class, or a class with required arguments"} if len(names) > _MOST_LISTED else {}
    return {"enum": names, **message}
