"""`Repeat`: the items again and again."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from kpipe.errors import Problem
from kpipe.model.keyword_use import KeywordUse
from kpipe.model.keywords.keyword import Form, IntroducedName, Keyword, KeywordArgument, described
from kpipe.model.limits import MAX_TIMES
from kpipe.model.operation import Steps
from kpipe.nearest import nearest
from kpipe.spec.node import Node, kind_of
from kpipe.spec.problem_at import problem_at
from kpipe.spec.scope import Name
from kpipe.spec.short_value import short_value

#: The values of one round, by name; None for one that is not known yet.
_Round = Mapping[str, Node | None]
_LATER = Name(None, is_known=False)
_EACH = "`each: {width: [1, 2, 4]}`"


class Repeat(Keyword):
    """Expands its items a number of times, or once for each value of a list; each round reads the one before."""

    summary = "the items again and again"
    arguments = described(
        KeywordArgument("times", types=frozenset({"int"}), minimum=0, maximum=MAX_TIMES, documentation="How often."),
        KeywordArgument(
            "each",
            form=Form.LISTS,
            documentation="Instead of `times`: a mapping from name to list; the items once for each value, several "
            "lists side by side and equally long.",
        ),
        KeywordArgument("index", form=Form.NAME, documentation="The name of a number that counts from 0."),
        KeywordArgument("of", required=True, form=Form.ITEMS, documentation="The items."),
    )

    def problems(self, item: Node, entries: Mapping[str, Node]) -> Iterator[Problem]:
        """`times` or `each`, and the form of `each` and `index`."""
        other = [key for key in entries if key not in self.arguments]
        misspelt = {nearest(key, self.arguments) for key in other} & {"times", "each"} - set(entries)
        if ("times" in entries) == ("each" in entries) and not misspelt:
            yield problem_at(item, "Repeat needs either `times` or `each`, and not both")
        each, index = entries.get("each"), entries.get("index")
        if each is not None and not each.is_mapping:
            yield problem_at(each, f"`each` is a mapping from a name to a list: {_EACH}")
        elif each is not None and not each.entries:
            yield problem_at(each, f"`each` is empty; name at least one list: {_EACH}")
        if index is not None and not index.is_text:
            yield problem_at(index, f"{kind_of(index.value)} where a name is expected: `index: i`")

    def introduced_names(self, entries: Mapping[str, Node]) -> Iterator[IntroducedName]:
        """The lists of `each`, and `index`."""
        each, index = entries.get("each"), entries.get("index")
        for name in each.entries if each is not None else ():
            yield IntroducedName(name, each.key_mark(name), f"each.{name}")  # type: ignore[union-attr]
        if index is not None and index.is_text:
            yield IntroducedName(str(index.value), index.mark, "index")

    def expand(self, use: KeywordUse) -> Steps:
        """The items once for each round, in a scope with the names of the round."""
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
        """The values of each round; while their number is not known, one round."""
        times, each = use.entries.get("times"), use.entries.get("each")
        if times is not None:
            return [{}] if use.is_unknown(times) else [{}] * int(times.plain())
        lists = each.entries if each is not None else {}
        wrong = [
            problem_at(entry, f"{key} is {short_value(entry.plain())}, not a list")
            for key, entry in lists.items()
            if not entry.is_list and not use.is_unknown(entry)
        ]
        use.report(wrong)
        if wrong or not all(entry.is_list for entry in lists.values()):
            return [dict.fromkeys(lists)]
        lengths = {key: len(entry.items) for key, entry in lists.items()}
        if len(set(lengths.values())) > 1:
            said = ", ".join(f"{key} has {length}" for key, length in lengths.items())
            use.report([problem_at(each or use.node, f"the lists of `each` must be equally long; {said}")])
            return [dict.fromkeys(lists)]
        return [dict(zip(lists, row, strict=True)) for row in zip(*(e.items for e in lists.values()), strict=True)]


def _round_text(names: Mapping[str, Name], index: str | None) -> str:
    """Which round this is: its index, or where it has none the values of `each`.

    Example:
        >>> _round_text({"depth": Name(4), "stage": Name(1)}, "stage")
        ', stage = 1'
    """
    shown = {index: names[index]} if index is not None else names
    return "".join(f", {name} = {short_value(about.value, 60)}" for name, about in shown.items() if about.is_known)
