"""`If`: a choice between two lists of items."""

from __future__ import annotations

from kpipe.model.keywords.keyword import Form, Keyword, KeywordArgument, described


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
