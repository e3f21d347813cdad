"""`Branches`: parallel paths."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from kpipe.errors import Problem
from kpipe.model.graph import UNKNOWN, Output
from kpipe.model.keyword_use import KeywordUse
from kpipe.model.keywords.keyword import Form, Keyword, KeywordArgument, described
from kpipe.model.names import snake_case
from kpipe.model.operation import Steps
from kpipe.spec.node import Node, split_component
from kpipe.spec.problem_at import problem_at


class Branches(Keyword):
    """Parallel paths with the same input, whose outputs are merged by a layer or returned as several outputs."""

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
            documentation="The layer that merges the paths, such as `Concatenate`; default: several outputs.",
        ),
    )

    def problems(self, item: Node, entries: Mapping[str, Node]) -> Iterator[Problem]:
        """Check that there is at least one path."""
        of = entries.get("of")
        if of is not None and not of.is_expression and not (of.entries or of.items):
            yield problem_at(of, "Branches requires at least one path under `of`")

    def expand(self, use: KeywordUse) -> Steps:
        """Expand the paths in order, and add the layer that merges them."""
        of, merge = use.entries["of"], use.entries.get("merge")
        if use.is_unknown(of):
            return UNKNOWN
        whole = Output(())
        for label, path in of.entries.items():
            frame = use.frame.inner(path=(*use.frame.path, label))
            whole = whole.joined((yield from use.items(path, frame=frame)))
        for path in of.items:
            whole = whole.joined((yield from use.items(path)))
        if merge is None:
            return whole.read()
        name = (split_component(merge) or ("merge", None))[0]
        return (yield from use.layer(snake_case(name), whole, component=merge))
