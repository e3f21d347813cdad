"""The words of the language that stand where a layer does, with their arguments."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from kpipe.spec.node import Node
from kpipe.spec.scope import Name
from kpipe.spec.short_value import short_value

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

    @property
    def items(self) -> tuple[str, ...]:
        """The arguments that hold items at any depth; they are evaluated when they are reached."""
        return tuple(dict.fromkeys((*self.lists, "of")))


def round_in_words(names: Mapping[str, Name], index: str | None) -> str:
    """Which round of a `Repeat` this is: its index, or where it has none the values of `each`.

    Example:
        >>> round_in_words({"depth": Name(4), "stage": Name(1)}, "stage")
        ', stage = 1'
    """
    shown = {index: names[index]} if index is not None else names
    return "".join(f", {name} = {short_value(about.value, 60)}" for name, about in shown.items() if about.is_known)


#: How often a `Residual` draws whether its branch survives.
SURVIVAL_MODES = ("batch", "sample")


def survival_problems(entries: Mapping[str, Node]) -> Iterator[tuple[Node, str]]:
    """What is wrong with `survival` and `mode` of a `Residual`, as far as they are evaluated."""
    survival, mode = entries.get("survival"), entries.get("mode")
    if survival is not None and not survival.is_expression:
        value = survival.value
        is_number = isinstance(value, int | float) and not isinstance(value, bool)
        if not (is_number and 0 < float(str(value)) <= 1):
            yield (
                survival,
                f"{short_value(survival.plain())} is not allowed; survival is a number above 0 and at most 1",
            )
    if mode is not None and not mode.is_expression and mode.value not in SURVIVAL_MODES:
        yield mode, f"{short_value(mode.plain())} is not allowed; mode is {' or '.join(SURVIVAL_MODES)}"
    if mode is not None and survival is None:
        yield mode, "mode says how survival is drawn; give survival, or leave mode out"


WORDS: dict[str, Word] = {
    "Repeat": Word("the items again and again", ("times", "each", "index", "of"), ("of",), ("of",)),
    "Residual": Word(
        "adds the branch to its input",
        ("branch", "projection", "shortcut", "survival", "mode"),
        ("branch",),
        ("branch", "projection", "shortcut"),
    ),
    "Branches": Word("parallel paths, merged", ("of", "merge"), ("of",)),
    "If": Word("a choice", ("when", "then", "else"), ("when", "then"), ("then", "else")),
    "Input": Word("one of several inputs", ("shape",)),
}
