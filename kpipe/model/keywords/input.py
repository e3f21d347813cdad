"""`Input`: one of several inputs of the data."""

from __future__ import annotations

from kpipe.model.keywords.keyword import Keyword, KeywordArgument, described


class Input(Keyword):
    """The input of the data that `name` says; the next item reads it."""

    summary = "one of several inputs"
    arguments = described(
        KeywordArgument(
            "shape",
            types=frozenset({"list"}),
            item_types=frozenset({"int", "null"}),
            documentation="The shape of one sample, which the data must have.",
        ),
    )
    reads_previous = False
    names_output = False
