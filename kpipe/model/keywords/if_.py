"""`If`: a choice between two lists of items."""

from __future__ import annotations

from kpipe.model.keyword_use import KeywordUse
from kpipe.model.keywords.keyword import Form, Keyword, KeywordArgument, described
from kpipe.model.operation import Steps


class If(Keyword):
    """A choice between two lists of items, made when the model is built."""

    summary = "a choice"
    arguments = described(
        KeywordArgument(
            "when",
            required=True,
            types=frozenset({"bool"}),
            reason="write a comparison, such as `=n > 1`",
            documentation="true, false, or an expression such as `=n > 1`.",
        ),
        KeywordArgument("then", required=True, form=Form.ITEMS, documentation="The items if it is true."),
        KeywordArgument(
            "else",
            form=Form.ITEMS,
            documentation="The items if it is false; by default the input is passed on unchanged.",
        ),
    )
    is_choice = True

    def expand(self, use: KeywordUse) -> Steps:
        """Expand the chosen list, or both if the choice depends on unknown data."""
        when, then, otherwise = use.entries["when"], use.entries["then"], use.entries.get("else")
        if use.is_unknown(when):
            return (yield from use.alternatives(then, otherwise))
        chosen = yield from use.items(then if when.value else otherwise)
        return chosen.read()
