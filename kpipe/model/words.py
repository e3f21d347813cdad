"""The words of the language that stand where a layer does, with their arguments."""

from __future__ import annotations

from dataclasses import dataclass

#: Words that any item may have besides its own arguments.
COMMON = ("name", "inputs", "share")


@dataclass(frozen=True, slots=True)
class Word:
    """A word such as `Repeat`.

    Args:
        summary: what it does, for messages and listings.
        arguments: its arguments; those of `lists` hold items, those of `names` a text that is no expression.
        required: the arguments that must be given.
        lists: the arguments that are lists of items.
    """

    summary: str
    arguments: tuple[str, ...]
    required: tuple[str, ...] = ()
    lists: tuple[str, ...] = ()


WORDS: dict[str, Word] = {
    "Repeat": Word("the items again and again", ("times", "each", "index", "of"), ("of",), ("of",)),
    "Residual": Word(
        "adds the branch to its input",
        ("branch", "projection", "shortcut", "survival"),
        ("branch",),
        ("branch", "projection", "shortcut"),
    ),
    "Branches": Word("parallel paths, merged", ("of", "merge"), ("of",)),
    "If": Word("a choice", ("when", "then", "else"), ("when", "then"), ("then", "else")),
    "Input": Word("one of several inputs", ("shape",)),
}
