"""`Branches`: parallel paths."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from kpipe.errors import Problem
from kpipe.model.keywords.keyword import Form, Keyword, KeywordArgument, described, problem_at
from kpipe.spec.node import Node


class Branches(Keyword):
    """Paths that all read the same, with their outputs merged by a layer or passed on side by side."""

    summary = "parallel paths, merged"
    arguments = described(
        KeywordArgument(
            "of",
            required=True,
            form=Form.PATHS,
            documentation="The paths: a mapping from name to a list of items, or a list of such lists; an empty path "
            "is the identity.",
        ),
        KeywordArgument(
            "merge",
            form=Form.LAYER,
            documentation="The layer that merges the paths, such as `Concatenate`; without it all outputs go on.",
        ),
    )

    def problems(self, item: Node, entries: Mapping[str, Node]) -> Iterator[Problem]:
        """At least one path."""
        of = entries.get("of")
        if of is not None and not of.is_expression and not (of.entries or of.items):
            yield problem_at(of, "Branches needs at least one path under `of`")
