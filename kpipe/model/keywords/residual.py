"""`Residual`: adds the output of a branch to its input."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from kpipe.errors import Problem, SpecError
from kpipe.model.graph import Output
from kpipe.model.keyword_use import KeywordUse
from kpipe.model.keywords.keyword import Form, Keyword, KeywordArgument, described
from kpipe.model.operation import Steps
from kpipe.spec.node import Node
from kpipe.spec.problem_at import problem_at

_OUTSIDE = (
    "is outside of this Residual, whose branch is computed or skipped as a whole with a survival below 1; read only "
    "the input of the branch"
)
_INSIDE = (
    "is inside the branch of a Residual, which is computed or skipped as a whole with a survival below 1; read the "
    "output of the Residual instead"
)


class Residual(Keyword):
    """A residual connection (He et al. 2015), with stochastic depth for a `survival` below 1 (Huang et al. 2016)."""

    summary = "adds the output of a branch to its input"
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
            documentation="The items on the shortcut if the shapes differ; by default a 1x1 convolution.",
        ),
        KeywordArgument("shortcut", form=Form.ITEMS, documentation="The items on the shortcut in any case."),
        KeywordArgument(
            "survival",
            types=frozenset({"float"}),
            minimum=0,
            minimum_open=True,
            maximum=1,
            documentation="The probability that the branch is used in a training step, above 0 and at most 1 (the "
            "default); in inference the branch is multiplied by it.",
        ),
        KeywordArgument(
            "mode",
            types=frozenset({"str"}),
            choices=("batch", "sample"),
            documentation="With a survival below 1: `batch` draws once per step and does not compute a skipped branch; "
            "`sample` draws for each sample.",
        ),
    )

    def problems(self, item: Node, entries: Mapping[str, Node]) -> Iterator[Problem]:
        """Check that no argument is unused because another one is present or missing."""
        if "shortcut" in entries and "projection" in entries:
            message = "`projection` is unused with `shortcut`, which is always used; remove one of them"
            yield problem_at(entries["projection"], message)
        if "mode" in entries and "survival" not in entries:
            message = "`mode` is unused without `survival`; add survival, or remove mode"
            yield problem_at(entries["mode"], message)

    def expand(self, use: KeywordUse) -> Steps:
        """Expand the branch and the shortcut, and add their outputs."""
        survival = use.entries.get("survival")
        if survival is None or use.is_unknown(survival) or survival.value == 1:
            branch = _one(use, (yield from use.items(use.entries["branch"])), "branch")
        else:
            branch = yield from self._random_branch(use, survival)
        shortcut = yield from self._shortcut(use, branch)
        if _differ(shortcut, branch):
            shapes = f"expected {tuple(branch.value.shape[1:])}, got {tuple(shortcut.value.shape[1:])}"
            use.report([problem_at(use.node, f"the shapes of the branch and the shortcut differ; {shapes}")])
        add = Node("Add", use.node.mark, path=use.node.path)
        return (yield from use.layer("add", shortcut.joined(branch), component=add))

    def _random_branch(self, use: KeywordUse, survival: Node) -> Steps:
        """Expand a branch with stochastic depth, as a separate model that is computed as a whole."""
        entering = _one(use, use.reads, "input")
        tensor = yield from use.branch_input(entering)
        inside = use.frame.enclosed(_OUTSIDE)
        leaving = yield from use.items(use.entries["branch"], Output(tensor.tensors, entering.items), inside)
        leaving = _one(use, leaving, "branch")
        use.check_unused(inside)
        use.frame.hidden.update(dict.fromkeys(inside.named, _INSIDE))
        mode = use.entries.get("mode")

        def make(name: str) -> Any:
            return _stochastic_depth(tensor.value, leaving.value, survival, mode, name)

        return (yield from use.layer("stochastic_depth", entering, make=make))

    def _shortcut(self, use: KeywordUse, branch: Output) -> Steps:
        """Expand the shortcut: the given one, a projection if the shapes differ, or the input itself."""
        if "shortcut" in use.entries:
            return _one(use, (yield from use.items(use.entries["shortcut"])), "shortcut")
        entering = _one(use, use.reads, "input")
        is_known = entering.tensors is not None and branch.tensors is not None
        if is_known and not _differ(entering, branch):
            return entering
        if "projection" in use.entries:
            return _one(use, (yield from use.items(use.entries["projection"])), "projection")
        if not is_known:
            return entering

        def make(name: str) -> Any:
            return _projection(use.node, entering.value, branch.value, name)

        return (yield from use.layer("projection", entering, make=make, is_counted=False))


def _one(use: KeywordUse, output: Output, what: str) -> Output:
    """Read an output, and check that it is a single tensor."""
    if output.tensors is not None and len(output.tensors) != 1:
        message = f"several tensors as {what} of a Residual; expected one, got {len(output.tensors)}"
        use.report([problem_at(use.node, message)])
        return Output(None, output.items)
    return output.read()


def _differ(left: Output, right: Output) -> bool:
    """Whether the shapes of two tensors are known and differ."""
    if left.tensors is None or right.tensors is None:
        return False
    from kpipe.layers.projection import same_shape

    return not same_shape(left.value, right.value)


def _stochastic_depth(entering: Any, leaving: Any, survival: Node, mode: Node | None, name: str) -> Any:
    from kpipe.components.quiet_import import import_keras
    from kpipe.layers import StochasticDepth

    branch = import_keras().Model(entering, leaving, name=f"{name}_branch")
    drawn: Any = "batch" if mode is None else mode.value
    return StochasticDepth(branch, float(str(survival.value)), drawn, name=name)


def _projection(item: Node, entering: Any, leaving: Any, name: str) -> Any:
    from kpipe.layers.projection import default_projection

    try:
        return default_projection(entering, leaving, name)
    except ValueError as error:
        raise SpecError([problem_at(item, str(error))]) from None
