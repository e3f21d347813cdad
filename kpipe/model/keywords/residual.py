"""`Residual`: adds the output of a branch to its input."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from kpipe.errors import Problem
from kpipe.model.keywords.keyword import Form, Keyword, KeywordArgument, described, problem_at
from kpipe.spec.node import Node


class Residual(Keyword):
    """Adds the output of a branch to its input (He et al. 2015), or with a `survival` below 1 at random (Huang et al.
    2016).
    """

    summary = "adds the branch to its input"
    arguments = described(
        KeywordArgument(
            "branch",
            required=True,
            form=Form.ITEMS,
            documentation="The items whose output is added to their input.",
        ),
        KeywordArgument(
            "projection",
            form=Form.ITEMS,
            documentation="The items on the other path where the shapes differ; by default a 1x1 convolution.",
        ),
        KeywordArgument("shortcut", form=Form.ITEMS, documentation="The items on the other path, always."),
        KeywordArgument(
            "survival",
            types=frozenset({"float"}),
            minimum=0,
            minimum_open=True,
            maximum=1,
            documentation="The probability that the branch is there in a step of the training, above 0 and at most 1 "
            "(the default); in inference the branch is multiplied by it.",
        ),
        KeywordArgument(
            "mode",
            types=frozenset({"str"}),
            choices=("batch", "sample"),
            documentation="With a survival below 1: `batch` draws once a step and does not compute a branch that is "
            "left out; `sample` draws for each sample.",
        ),
    )

    def problems(self, item: Node, entries: Mapping[str, Node]) -> Iterator[Problem]:
        """Arguments that have no effect beside, or without, another one."""
        if "shortcut" in entries and "projection" in entries:
            message = "with `shortcut`, which is used always, `projection` is never; leave one out"
            yield problem_at(entries["projection"], message)
        if "mode" in entries and "survival" not in entries:
            message = "mode says how survival is drawn; give survival, or leave mode out"
            yield problem_at(entries["mode"], message)
