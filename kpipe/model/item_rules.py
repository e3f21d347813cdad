"""Rules that an item must follow wherever it is checked, in its definition or in a use, each with its message."""

from __future__ import annotations

from collections.abc import Collection, Iterator

from kpipe import components
from kpipe.errors import Mark, Problem
from kpipe.model.blocks import Block
from kpipe.model.common_arguments import COMMON
from kpipe.nearest import listed, nearest
from kpipe.spec.node import Node, kind_of
from kpipe.spec.problem_at import problem_at
from kpipe.spec.short_value import short_names


def arguments_form_problem(name: str, arguments: Node) -> Problem:
    """Arguments that are not a mapping."""
    return problem_at(arguments, f"{kind_of(arguments.value)} where the arguments are expected: `{name}: {{…}}`")


def unknown_block_problem(name: str, node: Node, blocks: Collection[str], keywords: Collection[str]) -> Problem:
    """An item that is neither a layer nor a keyword nor a block."""
    message = f"no block is named {name!r}; blocks: {short_names(blocks)} (layers are CamelCase)"
    known = [*blocks, *components.vocabulary().names("layer"), *keywords]
    return Problem(node.key_mark(name), node.path, message, nearest(name, known))


def unknown_argument_problems(name: str, holder: Node, known: Collection[str]) -> Iterator[Problem]:
    """Arguments that an item does not have.

    Args:
        name: the keyword or block.
        holder: its arguments, or the item itself where it has none.
        known: the arguments that it has.
    """
    for key in holder.entries if holder.is_mapping and name not in holder.entries else {}:
        if key not in known:
            meant = nearest(key, known)
            message = f"{name} has no argument {key!r}; it has: {listed(known, meant)}"
            yield Problem(holder.key_mark(key), f"{holder.path}.{key}", message, meant)


def block_argument_problems(block: Block, node: Node, arguments: Node | None) -> Iterator[Problem]:
    """Arguments that a block does not have, and parameters that it needs.

    Args:
        block: the definition.
        node: the item that uses it.
        arguments: the arguments of the item.
    """
    entries = arguments.entries if arguments is not None else {}
    known = [*block.params, *COMMON]
    yield from unknown_argument_problems(block.name, arguments or node, known)
    required = [key for key, default in block.params.items() if default is None and key not in entries]
    # A misspelt argument is reported as such, not as a missing one too.
    meant = {nearest(key, known) for key in entries if key not in known} if required else set()
    missing = [key for key in required if key not in meant]
    if missing:
        message = f"the block {block.name} needs {', '.join(missing)} (defined at line {block.mark.line})"
        yield Problem(node.key_mark(block.name), node.path, message)


def taken_name_problem(given: Node, first: Mark) -> Problem:
    """A name that another item has."""
    return problem_at(given, f"an item at line {first.line} is named {str(given.value)!r} already; choose another name")


def reserved_name_problem(given: Node) -> Problem:
    """The name `previous` for an item."""
    return problem_at(given, f"{str(given.value)!r} is reserved; choose another")


def unknown_item_problem(name: str, node: Node, known: Collection[str]) -> Problem:
    """A reference to an item that does not exist.

    Args:
        name: the item.
        node: the reference.
        known: the names that can be referred to.
    """
    message = f"no item before this one is named {name!r}; available: {short_names(known)}"
    return problem_at(node, message, nearest(name, known))


def unknown_input_problem(name: str, node: Node, known: Collection[str]) -> Problem:
    """An input that the data do not have."""
    return problem_at(node, unknown_input_message(name, known), nearest(name, known))


def unknown_input_message(name: str, known: Collection[str]) -> str:
    """The message about an input that the data do not have."""
    return f"the data have no input {name!r}; they have: {', '.join(known)}"


def unused_output_problem(label: str, node: Node) -> Problem:
    """An item whose output is not used."""
    message = f"the output of {label} is never used; name it and read it with `inputs:`, or remove it"
    return Problem(node.key_mark(label), node.path, message, related=node.chain)
