"""Detection of values that would discard the content of a section, which is usually an error.

`train:` with only a comment below it is null in YAML, and `set: {train: {epochs: 4}}` replaces what `extends` merges.
A written null is allowed where the language has it as a value, as in `class_weight: null`.
"""

from __future__ import annotations

from collections.abc import Iterator

from kpipe.errors import Link, Mark, Problem
from kpipe.messages.counted import counted
from kpipe.nearest import listed
from kpipe.spec.defaults import default_at
from kpipe.spec.merging.override_text import override_text, yaml_text
from kpipe.spec.merging.places import place_at
from kpipe.spec.node import CLASS_NAME, Node

_MOST_EXAMPLES = 3
#: Keys whose list has at least one item.
_NEVER_EMPTY = ("model", "layers")


def lost_by_extends(base: Node, over: Node, path: str, mark: Mark, is_arguments: bool = False) -> Problem | None:
    """Return the problem of an empty value that would replace a mapping or list of the base; None if nothing is lost.

    Args:
        base: the value of the base.
        over: the value of the file that extends it.
        path: dotted path of both.
        mark: the place of the key of `over`.
        is_arguments: whether both are the arguments of a component.

    Example:
        >>> from kpipe.spec.yaml_text.yaml_reader import read_text
        >>> base, over = read_text("{epochs: 5}", "base.yaml"), read_text("", "child.yaml")
        >>> print(lost_by_extends(base, over, "train", over.mark).message)
        an empty value replaces epochs of the base; remove the line to keep it, or list what to reset, such as \
`train: {epochs: 10}`
    """
    is_empty = _is_empty(over, path, is_arguments)
    is_empty |= place_at(path).is_section and base.is_list and over.is_mapping and not over.entries
    if not is_empty or not _has_content(base):
        return None
    message = f"an empty value replaces {_content(base)} of the base; remove the line to keep {_pronoun(base)}"
    return Problem(mark, path, message + _or_reset(base, path, is_arguments), related=(Link(base.mark, "the base"),))


def lost_by_set(old: Node, new: Node, path: str, mark: Mark, is_arguments: bool = False) -> Problem | None:
    """Return the problem of a value that would replace a whole section; None for a component, or if nothing is lost.

    Args:
        old: the current value.
        new: the value to set.
        path: dotted path of both.
        mark: the place of the path.
        is_arguments: whether both are the arguments of a component.

    Example:
        >>> from kpipe.spec.yaml_text.yaml_reader import read_text
        >>> old, new = read_text("{epochs: 5, loss: auto}", "base.yaml"), read_text("{epochs: 4}", "--set train=")
        >>> print(lost_by_set(old, new, "train", new.mark).message)
        this replaces the whole section train (epochs, loss); set each value by its path: --set train.epochs=4
    """
    if not _has_content(old):
        return None
    if not is_arguments and (emptied := _emptied_class(old, new)):
        return lost_by_set(old.entries[emptied], new.entries[emptied], f"{path}.{emptied}", mark, True)
    is_section = (place_at(path).is_section or is_arguments) and old.is_mapping
    if _is_empty(new, path, is_arguments) or (is_section and new.is_mapping and not new.entries):
        message = f"an empty value replaces {_content(old)} at {path}; remove this to keep {_pronoun(old)}"
        return Problem(mark, path, message + _or_reset_by_set(old, path, mark, is_arguments))
    if not is_section or not new.is_mapping:
        return None
    paths = "; ".join(override_text(leaf, value, mark) for leaf, value in list(_leaves(new, path))[:_MOST_EXAMPLES])
    what = "all arguments at" if is_arguments else "the whole section"
    return Problem(mark, path, f"this replaces {what} {path} ({_content(old)}); set each value by its path: {paths}")


def _emptied_class(old: Node, new: Node) -> str | None:
    """Return the class of both components if the new one has no arguments after its colon; `{SGD: {}}` is allowed."""
    name = next(iter(new.entries), "")
    is_emptied = len(new.entries) == 1 and CLASS_NAME.match(name) and new.entries[name].value is None
    return name if is_emptied and name in old.entries else None


def _is_empty(node: Node, path: str, is_arguments: bool) -> bool:
    return node.value is None and (node.is_omitted or is_arguments or not place_at(path).may_be_null)


def _has_content(node: Node) -> bool:
    return bool(node.entries or node.items)


def _content(node: Node) -> str:
    items = len(node.items)
    return listed(list(node.entries)) if node.is_mapping else f"the list of {counted(items, 'item')}"


def _pronoun(node: Node) -> str:
    return "them" if len(node.entries) > 1 else "it"


def _or_reset(base: Node, path: str, is_arguments: bool) -> str:
    place, key = place_at(path), path.rpartition(".")[2]
    if base.is_list:
        return "" if key in _NEVER_EMPTY else f", or write `{key}: []` for none"
    if place.may_be_null and not is_arguments:
        return f", or write `{key}: null`"
    if not place.is_section:
        above, _, key = path.rpartition(".")
        if is_arguments or CLASS_NAME.match(key):
            return ", or write what replaces it"
        return f", write what replaces it, or reset it to its default: set: {{{above}.-: {key}}}"
    shown = ", ".join(f"{name}: {yaml_text(node)}" for name, node in _defaults(base, path))
    return ", or list what to reset" + (f", such as `{key}: {{{shown}}}`" if shown else " below it")


def _or_reset_by_set(old: Node, path: str, mark: Mark, is_arguments: bool) -> str:
    place = place_at(path)
    if old.is_list:
        is_needed = path.rpartition(".")[2] in _NEVER_EMPTY
        return "" if is_needed else f", or set an empty list: {override_text(path, Node([], mark), mark)}"
    if place.may_be_null and not is_arguments:
        return f", or set null: {override_text(path, Node(None, mark), mark)}"
    if not place.is_section and not is_arguments:
        return ", or set what replaces it"
    example = [override_text(f"{path}.{name}", node, mark) for name, node in _defaults(old, path)[:1]]
    if not example and is_arguments:
        above, _, name = path.rpartition(".")
        return f", or set its defaults: {override_text(above, Node({name: Node({}, mark)}, mark), mark)}"
    return ", or set what to reset by its path" + "".join(f": {call}" for call in example)


def _defaults(section: Node, path: str) -> list[tuple[str, Node]]:
    """Return short defaults of some keys of a section."""
    found = [(key, default_at(f"{path}.{key}")) for key in section.entries]
    return [(key, node) for key, node in found if node is not None and not node.is_mapping and node.value is not None][
        :_MOST_EXAMPLES
    ]


def _leaves(node: Node, path: str) -> Iterator[tuple[str, Node]]:
    """Yield the values of a section with their paths."""
    for key, entry in node.entries.items():
        below = f"{path}.{key}"
        if entry.entries and place_at(below).is_section:
            yield from _leaves(entry, below)
        else:
            yield below, entry
