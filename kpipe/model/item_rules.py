"""Rules for items with their messages, shared by the checks of definitions and of uses."""

from __future__ import annotations

from collections.abc import Collection, Iterator

from kpipe import components
from kpipe.components.argument_example import argument_example
from kpipe.components.argument_forms import resolved
from kpipe.components.call_remedy import call_remedy
from kpipe.errors import Mark, Problem
from kpipe.model.blocks import Block
from kpipe.model.common_arguments import COMMON
from kpipe.model.limits import MAX_DEPTH
from kpipe.nearest import listed, nearest
from kpipe.spec.expressions.short_value import short_names
from kpipe.spec.node import Node, kind_of
from kpipe.spec.problem_at import problem_at


def arguments_form_problem(name: str, arguments: Node) -> Problem:
    """Return the problem of arguments that are not a mapping."""
    example = argument_example(name, resolved("layer", name), arguments)
    return problem_at(arguments, f"expected a mapping of arguments, {example}, got {kind_of(arguments.value)}")


def unknown_block_problem(name: str, node: Node, blocks: Collection[str], keywords: Collection[str]) -> Problem:
    """Return the problem of an item that is not a layer, keyword or block."""
    known = [*blocks, *components.vocabulary().names("layer"), *keywords]
    is_item = node.path.rpartition(".")[2].isdecimal()
    if remedy := call_remedy("layer", name, known, is_value=node.is_text and not is_item):
        return Problem(node.key_mark(name), node.path, f"a call of Python is not an item; {remedy}")
    message = f"unknown block {name!r}; available: {short_names(blocks) or 'none'} (layers are CamelCase)"
    return Problem(node.key_mark(name), node.path, message, nearest(name, known))


def unknown_argument_problems(name: str, holder: Node, known: Collection[str]) -> Iterator[Problem]:
    """Yield the problems of unknown arguments.

    Args:
        name: the keyword or block.
        holder: its arguments, or the item itself if it has none.
        known: the available arguments.
    """
    for key in holder.entries if holder.is_mapping and name not in holder.entries else {}:
        if key not in known:
            meant = nearest(key, known)
            message = f"{name} has no argument {key!r}; available: {listed(known, meant)}"
            yield Problem(holder.key_mark(key), f"{holder.path}.{key}", message, meant)


def block_argument_problems(block: Block, node: Node, arguments: Node | None) -> Iterator[Problem]:
    """Yield the problems of unknown arguments of a block, and of missing parameters.

    Args:
        block: the definition.
        node: the item that uses it.
        arguments: the arguments of the item.
    """
    entries = arguments.entries if arguments is not None else {}
    known = [*block.params, *COMMON]
    yield from unknown_argument_problems(block.name, arguments or node, known)
    required = [key for key, default in block.params.items() if default is None and key not in entries]
    # A misspelled argument is reported as unknown, and not also as missing.
    meant = {nearest(key, known) for key in entries if key not in known} if required else set()
    missing = [key for key in required if key not in meant] if "share" not in meant else []
    if missing:
        message = f"the block {block.name} requires {', '.join(missing)} (defined at line {block.mark.line})"
        yield Problem(node.key_mark(block.name), node.path, message)


def taken_name_problem(given: Node, first: Mark) -> Problem:
    """Return the problem of a duplicate name."""
    return problem_at(given, f"duplicate name {str(given.value)!r}, also of an item at line {first.line}; rename one")


def reserved_name_problem(given: Node) -> Problem:
    """Return the problem of an item with the name `previous`."""
    return problem_at(given, f"{str(given.value)!r} is a reserved name; rename the item")


def unknown_item_problem(name: str, node: Node, known: Collection[str]) -> Problem:
    """Return the problem of a reference to an unknown item.

    Args:
        name: name of the item.
        node: the reference.
        known: the available names.
    """
    message = f"no earlier item has the name {name!r}; available: {short_names(known)}"
    return problem_at(node, message, nearest(name, known))


def reserved_input_problem(mark: Mark) -> Problem:
    """Return the problem of a dataset with an input called `previous`.

    Args:
        mark: place of the source.
    """
    message = "the dataset has an input 'previous', which `inputs` could not read, since it means the previous item"
    return Problem(mark, "data.source", f"{message}; rename the input")


def unknown_input_problem(name: str, node: Node, known: Collection[str]) -> Problem:
    """Return the problem of an input that the dataset does not have."""
    return problem_at(node, unknown_input_message(name, known), nearest(name, known))


def unknown_input_message(name: str, known: Collection[str]) -> str:
    """Return the message about an input that the dataset does not have."""
    return f"the dataset has no input {name!r}; available: {', '.join(known)}"


def unused_output_problem(label: str, node: Node) -> Problem:
    """Return the problem of an item whose output is never used."""
    message = (
        f"the output of {label} is never used; name it and read it with `inputs:`, list its name under train.targets "
        "if it is an output of the model, or remove it"
    )
    return Problem(node.key_mark(label), node.path, message, related=node.chain)


def recursion_problem(node: Node, blocks: tuple[str, ...]) -> Problem:
    """Return the problem of an item in too many nested blocks.

    Args:
        node: the item.
        blocks: the names of the blocks, from the outermost to that of the item.
    """
    name, before = blocks[-1], blocks[:-1]
    start = len(before) - 1 - before[::-1].index(name) if name in before else 0
    message = (
        f"blocks are nested deeper than {MAX_DEPTH}: ... {' -> '.join(blocks[start:])}; end the recursion with an `If`"
    )
    return problem_at(node, message)
