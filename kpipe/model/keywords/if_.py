"""`If`: a choice between two lists of items."""

from __future__ import annotations

from kpipe.model.graph import UNKNOWN
from kpipe.model.keyword_use import KeywordUse
from kpipe.model.keywords.keyword import Form, Keyword, KeywordArgument, described
from kpipe.model.operation import Steps


class If(Keyword):
    """One list of items or another, chosen when the model is built."""

    summary = "a choice"
    arguments = described(
        KeywordArgument(
            "when",
            required=True,
            types=frozenset({"bool"}),
            reason="compare: `=n > 1`",
            documentation="true, false, or an expression such as `=n > 1`.",
        ),
        KeywordArgument("then", required=True, form=Form.ITEMS, documentation="The items where it is true."),
        KeywordArgument(
            "else",
            form=Form.ITEMS,
            documentation="The items where it is false; by default the input goes on.",
        ),
    )
    is_choice = True

    def expand(self, use: KeywordUse) -> Steps:
        """The list that is chosen; both while the choice depends on the data."""
        when = use.entries.get("when")
        if when is not None and isinstance(when.value, bool):
            chosen = yield from use.items(use.entries.get("then" if when.value else "else"))
            return chosen.read()
        if when is None or not use.is_unknown(when):
            return UNKNOWN  # reported with the values
        return (yield from use.alternatives(use.entries.get("then"), use.entries.get("else")))
