"""`Input`: one of several inputs of the dataset."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from kpipe.errors import Problem
from kpipe.model.graph import UNKNOWN
from kpipe.model.item_rules import unknown_input_problem
from kpipe.model.keyword_use import KeywordUse
from kpipe.model.keywords.keyword import Keyword, KeywordArgument, described
from kpipe.model.operation import Steps
from kpipe.spec.expressions.short_value import short_value
from kpipe.spec.node import Node
from kpipe.spec.problem_at import problem_at


class Input(Keyword):
    """The input of the dataset with the given `name`, which the next item reads."""

    summary = "one of several inputs"
    arguments = described(
        KeywordArgument(
            "shape",
            types=frozenset({"list"}),
            item_types=frozenset({"int", "null"}),
            documentation="The expected shape of one sample, which is checked.",
        ),
    )
    reads_previous = False
    names_output = False

    def problems(self, item: Node, entries: Mapping[str, Node]) -> Iterator[Problem]:
        """Check that `name` is given."""
        if "name" not in entries:
            yield problem_at(item, "Input requires `name`, the name of an input of the dataset")

    def expand(self, use: KeywordUse) -> Steps:
        """Return the input of the dataset without any operation."""
        yield from ()
        name, shape = use.entries.get("name"), use.entries.get("shape")
        if use.inputs is None:
            return UNKNOWN
        label = str(name.value) if name is not None else ""
        if label not in use.inputs:
            use.report([unknown_input_problem(label, name or use.node, list(use.inputs))])
        if label in use.frame.hidden:
            use.report([problem_at(use.node, f"{label!r} {use.frame.hidden[label]}")])
        output = use.inputs[label].read()
        sizes = list(output.value.shape[1:])
        if shape is not None and shape.plain() != sizes:
            received = short_value(shape.plain())
            message = f"wrong shape of the input {label}; expected {sizes}, that of the data, got {received}"
            use.report([problem_at(shape, message)])
        return output
