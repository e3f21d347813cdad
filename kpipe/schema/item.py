"""An item of `model`, or of the layers of a block."""

from __future__ import annotations

from kpipe.components.registry.registry import Vocabulary
from kpipe.model.words import COMMON, SURVIVAL_MODES, WORDS, Word
from kpipe.schema.component import choice_schema, class_schema, known_classes
from kpipe.schema.form import CAMEL, EXPRESSION, QUALIFIED, SNAKE, Schema, arguments, value
from kpipe.schema.mode import Mode

_NAMES: Schema = {"type": "array", "items": {"type": "string"}}
_INPUTS: list[Schema] = [
    {"type": "string"},
    _NAMES,
    {"type": "object", "additionalProperties": {"anyOf": [{"type": "string"}, _NAMES]}},
]
_COMMON: dict[str, Schema] = {
    "name": value([{"type": "string"}], "The name of the item, by which others read it or share it; snake_case."),
    "inputs": value(
        _INPUTS,
        "The items to read instead of the one before: a name, a list of names, or a mapping from call argument to "
        "names. `previous` is the item before, `encoder.1` the second output of `encoder`.",
    ),
    "share": value([{"type": "string"}], "The name of the item whose layers are used again, weights and all."),
}


def item_schema(vocabulary: Vocabulary, mode: Mode) -> Schema:
    """One item: a layer, a word of the language, a block, or one of them used again.

    Args:
        vocabulary: knows the layers.
        mode: whether the file stands for itself.
    """
    words = {name: _word(name, word, mode) for name, word in WORDS.items()}
    found = known_classes("layer", vocabulary)
    # A list replaces that of a base, so its items have all their arguments in every mode.
    classes = {name: class_schema(info, mode, _COMMON, is_complete=True) for name, info in found.items()}
    block = arguments(_COMMON, documentation="A block that is defined under `blocks`.", closed=False)
    new = choice_schema({**words, **classes}, {SNAKE: block}, mode)
    # What is used again has its arguments already, and takes no others.
    again = {"additionalProperties": {"type": "object", "required": ["share"]}, "minProperties": 1}
    return {"if": {"type": "object", **again}, "then": _again(), "else": new}


def items_schema(mode: Mode) -> Schema:
    """A list of items."""
    return {"type": "array", "items": mode.ref("item")}


def _again() -> Schema:
    shared = arguments(_COMMON)
    names = "|".join((SNAKE, CAMEL, QUALIFIED))
    return {"patternProperties": {f"^(?:{names})$": shared}, "additionalProperties": False, "maxProperties": 1}


def _word(name: str, word: Word, mode: Mode) -> Schema:
    own = {key: _argument(name, key, word, mode) for key in word.arguments}
    common = {key: _COMMON[key] for key in COMMON}
    return arguments({**own, **common}, word.required, f"{word.summary[:1].upper()}{word.summary[1:]}.")


def _argument(name: str, key: str, word: Word, mode: Mode) -> Schema:
    documentation = _DOCUMENTATION.get(f"{name}.{key}", "")
    items = items_schema(mode)
    forms: dict[str, list[Schema]] = {
        "Repeat.times": [{"type": "integer", "minimum": 0}],
        "Repeat.each": [{"type": "object", "minProperties": 1, "additionalProperties": value([{"type": "array"}])}],
        "Repeat.index": [{"type": "string"}],
        "Residual.survival": [{"type": "number", "exclusiveMinimum": 0, "maximum": 1}],
        "Residual.mode": [{"type": "string", "enum": list(SURVIVAL_MODES)}],
        "Branches.of": [
            {"type": "object", "minProperties": 1, "additionalProperties": value([items])},
            {"type": "array", "minItems": 1, "items": value([items])},
        ],
        "Branches.merge": [mode.ref("layer")],
        "If.when": [{"type": "boolean"}],
        "Input.shape": [{"type": "array", "items": {"anyOf": [{"type": ["integer", "null"]}, EXPRESSION]}}],
    }
    return value([items] if key in word.lists else forms.get(f"{name}.{key}", [{}]), documentation)


_DOCUMENTATION = {
    "Repeat.times": "How often.",
    "Repeat.each": "Instead of `times`: a mapping from name to list; the items once for each value, several lists "
    "side by side and equally long.",
    "Repeat.index": "The name of a number that counts from 0.",
    "Repeat.of": "The items.",
    "Residual.branch": "The items whose output is added to their input.",
    "Residual.projection": "The items on the other path where the shapes differ; by default a 1x1 convolution.",
    "Residual.shortcut": "The items on the other path, always.",
    "Residual.survival": "The probability that the branch is there in a step of the training, above 0 and at most 1 "
    "(the default); in inference the branch is multiplied by it.",
    "Residual.mode": "With a survival below 1: `batch` draws once a step and does not compute a branch that is left "
    "out; `sample` draws for each sample.",
    "Branches.of": "The paths: a mapping from name to a list of items, or a list of such lists; an empty path is "
    "the identity.",
    "Branches.merge": "The layer that merges the paths, such as `Concatenate`; without it all outputs go on.",
    "If.when": "true, false, or an expression such as `=n > 1`.",
    "If.then": "The items where it is true.",
    "If.else": "The items where it is false; by default the input goes on.",
    "Input.shape": "The shape of one sample, which the data must have.",
}
