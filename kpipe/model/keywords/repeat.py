"""`Repeat`: the items again and again."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from kpipe.errors import Problem
from kpipe.model.keywords.keyword import Form, IntroducedName, Keyword, KeywordArgument, described, problem_at
from kpipe.model.limits import MAX_TIMES
from kpipe.nearest import nearest
from kpipe.spec.node import Node, kind_of

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
