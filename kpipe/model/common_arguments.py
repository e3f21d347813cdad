"""The arguments `name`, `inputs` and `share`, which every item accepts."""

from __future__ import annotations

from collections.abc import Collection, Iterator

from kpipe.errors import Problem
from kpipe.spec.node import SNAKE_NAME, Node, kind_of
from kpipe.spec.problem_at import problem_at

#: The arguments that every item accepts besides its own, with their documentation.
COMMON: dict[str, str] = {
    "name": "The name of the item, in snake_case, by which other items read or share it.",
    "inputs": "The items to read instead of the previous one: a name, a list of names, or a mapping from call argument "
    "to names. `previous` is the previous item, `encoder.1` the second output of `encoder`.",
    "share": "The name of the item whose layers and weights are used again.",
}

#: Maximum length of the name of an item; the names of layers also contain the names of all blocks around them.
MAX_NAME = 200


def common_problems(arguments: Node, targets: Collection[str], is_layer: bool = False) -> Iterator[Problem]:
    """Yield the problems of the form of the common arguments of an item, without resolving references.

    Args:
        arguments: the arguments of the item; expressions are skipped.
        targets: the names of the targets of the dataset, which are also valid names of items.
        is_layer: whether the type of `name` is checked elsewhere, with the other arguments.
    """
    name, share, inputs = (arguments.get(key) for key in ("name", "share", "inputs"))
    for node in (None if is_layer else name, share):
        if node is not None and not node.is_text:
            yield not_a_name_problem(node)
    is_plain = name is not None and isinstance(name.value, str) and not name.is_expression
    if name is not None and is_plain and not (str(name.value) in targets or SNAKE_NAME.match(str(name.value))):
        yield problem_at(
            name, f"not a valid name of an item; expected snake_case, got {name.value!r} (classes are CamelCase)"
        )
    if name is not None and isinstance(name.value, str) and len(name.value) > MAX_NAME:
        yield problem_at(name, f"the name is too long; expected at most {MAX_NAME} characters, got {len(name.value):,}")
    if inputs is None or inputs.is_expression:
        return
    for value in inputs.entries.values() if inputs.is_mapping else [inputs]:
        if value.is_list and not value.items:
            yield no_items_problem(value)
        for entry in value.items if value.is_list else [value]:
            if not entry.is_text:
                yield not_an_item_problem(entry)


def not_a_name_problem(node: Node) -> Problem:
    """Return the problem of a value that is not a name."""
    return problem_at(node, f"expected a name, got {kind_of(node.value)}")


def no_items_problem(node: Node) -> Problem:
    """Return the problem of an empty list in `inputs`."""
    return problem_at(node, "expected at least one item, got an empty list")


def not_an_item_problem(node: Node) -> Problem:
    """Return the problem of a value in `inputs` that is not the name of an item."""
    expected = "the name of an item, such as `inputs: stem` or `inputs: [a, b]`"
    return problem_at(node, f"expected {expected}, got {kind_of(node.value)}")
