"""`Repeat`: a loop over items."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from kpipe.errors import Problem
from kpipe.model.keyword_use import KeywordUse
from kpipe.model.keywords.keyword import Form, IntroducedName, Keyword, KeywordArgument, described
from kpipe.model.limits import MAX_TIMES
from kpipe.model.operation import Steps
from kpipe.spec.expressions.scope import Name
from kpipe.spec.expressions.short_value import short_value
from kpipe.spec.node import Node, kind_of
from kpipe.spec.problem_at import problem_at

#: The values of one round, keyed by name; None for an unknown value.
_Round = Mapping[str, Node | None]
_LATER = Name(None, is_known=False)
_EACH = "`each: {width: [1, 2, 4]}`"


class Repeat(Keyword):
    """A loop over items, a number of times or for each value of a list; each round reads the previous one."""

    summary = "a loop over items"
    arguments = described(
        KeywordArgument(
            "times", types=frozenset({"int"}), minimum=0, maximum=MAX_TIMES, documentation="The number of rounds."
        ),
        KeywordArgument(
            "each",
            form=Form.LISTS,
            documentation="Instead of `times`: a mapping from name to list, with one round for each value; several "
            "lists have the same length and are iterated in parallel.",
        ),
        KeywordArgument("index", form=Form.NAME, documentation="The name of the index of the round, from 0."),
        KeywordArgument("of", required=True, form=Form.ITEMS, documentation="The items."),
    )

    def problems(self, item: Node, entries: Mapping[str, Node]) -> Iterator[Problem]:
        """Check that either `times` or `each` is given, and the form of `each` and `index`."""
        if ("times" in entries) == ("each" in entries):
            received = "both" if "times" in entries else "none"
            yield problem_at(item, f"Repeat requires either `times` or `each`; expected one of them, got {received}")
        each, index = entries.get("each"), entries.get("index")
        if each is not None and not each.is_mapping:
            yield problem_at(each, f"expected a mapping from names to lists, {_EACH}, got {kind_of(each.value)}")
        elif each is not None and not each.entries:
            yield problem_at(each, f"`each` is empty; expected at least one list, such as {_EACH}")
        if index is not None and not index.is_text:
            yield problem_at(index, f"expected a name, `index: i`, got {kind_of(index.value)}")

    def introduced_names(self, entries: Mapping[str, Node]) -> Iterator[IntroducedName]:
        """Yield the names in `each`, and `index`."""
        each, index = entries.get("each"), entries.get("index")
        for name in each.entries if each is not None else ():
            yield IntroducedName(name, each.key_mark(name), f"each.{name}")  # type: ignore[union-attr]
        if index is not None and index.is_text:
            yield IntroducedName(str(index.value), index.mark, "index")

    def expand(self, use: KeywordUse) -> Steps:
        """Expand the items for each round, in a scope with the names of the round."""
        output = use.reads
        index = use.entries.get("index")
        label = str(index.value) if index is not None and index.is_text else None
        for position, values in enumerate(self._rounds(use)):
            use.count_round()
            names = {key: _LATER if value is None else use.bound(value) for key, value in values.items()}
            if label is not None:
                names[label] = Name(position)
            where = use.frame.where + _round_text(names, label)
            frame = use.frame.inner(use.frame.scope.extended(names), where=where)
            output = yield from use.items(use.entries["of"], output, frame)
        return output.read()

    def _rounds(self, use: KeywordUse) -> list[_Round]:
        """The values of each round; a single round if their number is unknown."""
        times, each = use.entries.get("times"), use.entries.get("each")
        if times is not None:
            return [{}] if use.is_unknown(times) else [{}] * int(times.plain())
        lists = each.entries if each is not None else {}
        wrong = [
            problem_at(entry, f"{key} is not a list; expected a list, got {short_value(entry.plain())}")
            for key, entry in lists.items()
            if not entry.is_list and not use.is_unknown(entry)
        ]
        use.report(wrong)
        if wrong or not all(entry.is_list for entry in lists.values()):
            return [dict.fromkeys(lists)]
        lengths = {key: len(entry.items) for key, entry in lists.items()}
        if len(set(lengths.values())) > 1:
            received = ", ".join(f"{length} in {key}" for key, length in lengths.items())
            message = f"the lists of `each` differ in length; expected equal lengths, got {received}"
            use.report([problem_at(each or use.node, message)])
            return [dict.fromkeys(lists)]
        return [dict(zip(lists, row, strict=True)) for row in zip(*(e.items for e in lists.values()), strict=True)]


def _round_text(names: Mapping[str, Name], index: str | None) -> str:
    """The description of a round: its index, or without an index the values of `each`.

    Example:
        >>> _round_text({"depth": Name(4), "stage": Name(1)}, "stage")
        ', stage = 1'
    """
    shown = {index: names[index]} if index is not None else names
    return "".join(f", {name} = {short_value(entry.value, 60)}" for name, entry in shown.items() if entry.is_known)
