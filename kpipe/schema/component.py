"""All classes of a place as one object."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from kpipe.components.inspection.class_info import ClassInfo
from kpipe.components.registry.registry import Vocabulary
from kpipe.schema.argument import argument_schema
from kpipe.schema.form import CAMEL, EXPRESSION, QUALIFIED, Schema, arguments
from kpipe.schema.mode import Mode

#: A network of `keras.applications` may stand wherever a layer does.
_ALSO = {"layer": ("application",)}

_READABLE = 50


def component_schema(kind: str, vocabulary: Vocabulary, mode: Mode = Mode.WHOLE, words: Collection[str] = ()) -> Schema:
    """One component of a kind; where a layer is expected, a list of them is fine too.

    Args:
        kind: a name of `KINDS`.
        vocabulary: knows the classes.
        mode: whether the file stands for itself.
        words: texts that may stand in place of a class, such as `auto`.
    """
    found = known_classes(kind, vocabulary)
    # Laid over a component of the same class, one gets the rest from there.
    classes = {name: class_schema(info, mode, {}, mode is Mode.WHOLE) for name, info in found.items()}
    schema = choice_schema(classes, {}, mode, words)
    # Beside the classes, language servers would take the limit as reached on an empty line.
    schema["allOf"] = [{"maxProperties": schema.pop("maxProperties")}]
    if kind == "layer":
        schema["type"] = [*schema["type"], "array"]
        schema["items"] = mode.ref("layer")
    return schema


def known_classes(kind: str, vocabulary: Vocabulary) -> dict[str, ClassInfo]:
    """The classes that may stand where one of a kind is expected, by name."""
    names = {name: of for of in (*_ALSO.get(kind, ()), kind) for name in vocabulary.names(of)}
    found = {name: vocabulary.find(names[name], name) for name in sorted(names)}
    return {name: info for name, info in found.items() if info is not None}


def class_schema(info: ClassInfo, mode: Mode, more: Mapping[str, Schema], is_complete: bool) -> Schema:
    """The arguments of a class.

    Args:
        info: the class.
        mode: whether the file stands for itself.
        more: arguments of the place.
        is_complete: whether what is required must stand here.
    """
    own = {name: argument_schema(entry, mode) for name, entry in info.arguments.items()}
    required = [name for name, entry in info.arguments.items() if entry.required and is_complete]
    return arguments({**own, **more}, required, info.summary)


def choice_schema(
    classes: Mapping[str, Schema], patterns: Mapping[str, Schema], mode: Mode, words: Collection[str] = ()
) -> Schema:
    """A class alone, or one class with its arguments.

    One object with all classes as properties, rather than one object for each, is what language servers complete
    once and whose mistakes they show at the key.

    Args:
        classes: the arguments by class.
        patterns: patterns of other names, with the arguments of each.
        mode: whether the file stands for itself.
        words: texts that may stand in place of a class.
    """
    unlisted = [QUALIFIED] if mode is Mode.WHOLE else [QUALIFIED, CAMEL]
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
    # Language servers list all names in their message, which helps as long as one can read them.
    many = {"errorMessage": "This is no class, or one that needs arguments."} if len(names) > _READABLE else {}
    return {"enum": names, **many}
