"""The form of `name`, `inputs` and `share`, which every item may have."""

from __future__ import annotations

from collections.abc import Collection, Iterator

from kpipe.errors import Problem
from kpipe.spec.node import SNAKE_NAME, Node, kind_of
from kpipe.spec.problem_at import problem_at

#: The arguments that every item may have besides its own, with their documentation.
COMMON: dict[str, str] = {
    "name": "The name of the item, by which others read it or share it; snake_case.",
    "inputs": "The items to read instead of the one before: a name, a list of names, or a mapping from call argument "
    "to names. `previous` is the item before, `encoder.1` the second output of `encoder`.",
    "share": "The name of the item whose layers are used again, weights and all.",
}

#: Characters of an item's name; those of a layer begin with the names of all blocks around it.
MAX_NAME = 200


def common_problems(arguments: Node, targets: Collection[str], is_layer: bool = False) -> Iterator[Problem]:
    """What is wrong with the form of the common arguments of an item; whether the names exist is known later.

    Args:
        arguments: the arguments of the item; expressions in them are skipped.
        targets: the names of the data's targets, which items that predict them have too.
        is_layer: whether the type of `name` is checked with the other arguments.
    """
    name, share, inputs = (arguments.get(key) for key in ("name", "share", "inputs"))
    for node in (None if is_layer else name, share):
        if node is not None and not node.is_text:
            yield not_a_name_problem(node)
    plain = name is not None and isinstance(name.value, str) and not name.is_expression
    if name is not None and plain and not (str(name.value) in targets or SNAKE_NAME.match(str(name.value))):
        yield problem_at(
            name, f"{name.value!r} is not a valid name of an item; items are snake_case, classes are CamelCase"
        )
    if name is not None and isinstance(name.value, str) and len(name.value) > MAX_NAME:
        yield problem_at(name, f"the name is too long; expected at most {MAX_NAME} characters, got {len(name.value):,}")
    if inputs is None or inputs.is_expression:
        return
    for value in inputs.entries.values() if inputs.is_mapping else [inputs]:
        for entry in value.items if value.is_list else [value]:
            if not entry.is_text:
                yield not_an_item_problem(entry)


def not_a_name_problem(node: Node) -> Problem:
    """A value that is not a name, where one is expected."""
    return problem_at(node, f"{kind_of(node.value)} where a name is expected")


def not_an_item_problem(node: Node) -> Problem:
    """A value in `inputs` that is not the name of an item."""
    expected = "the name of an item is expected: `inputs: stem` or `inputs: [a, b]`"
    return problem_at(node, f"{kind_of(node.value)} where {expected}")
