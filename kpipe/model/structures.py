"""The words of the language: `Repeat`, `Residual`, `Branches`, `If` and `Input` while a model is built."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from kpipe import components
from kpipe.components.quiet_import import import_keras
from kpipe.errors import SpecError
from kpipe.layers import StochasticDepth
from kpipe.layers.projection import default_projection, same_shape
from kpipe.model.graph import Frame, Output
from kpipe.model.keywords import KEYWORDS
from kpipe.model.limits import MAX_TIMES
from kpipe.model.names import snake_case
from kpipe.model.references import Incoming
from kpipe.model.words import round_in_words
from kpipe.spec.node import Node, split_component
from kpipe.spec.scope import Name, division_hint, name_of
from kpipe.spec.short_value import short_value

if TYPE_CHECKING:
    from kpipe.model.builder import Builder

keras = import_keras()

_OUTSIDE = (
    "stands outside of this Residual; with a survival below 1 its branch is computed or left out as a whole, and reads "
    "nothing but what enters it"
)
_INSIDE = (
    "stands inside the branch of a Residual; with a survival below 1 that is computed or left out as a whole, and "
    "nothing else can read its items: read what the Residual gives"
)


class Structures:
    """Builds the items that are words rather than layers or blocks.

    Args:
        builder: builds the items inside them.
    """

    def __init__(self, builder: Builder) -> None:
        self.builder = builder
        self._words = {
            "Repeat": self._repeat,
            "Residual": self._residual,
            "Branches": self._branches,
            "If": self._if,
            "Input": self._input,
        }

    def build(
        self, name: str, node: Node, arguments: Node, reads: Incoming, frame: Frame, given: str | None
    ) -> tuple[Any, ...]:
        """The tensors that a word gives.

        Args:
            name: the word.
            node: the item.
            arguments: its arguments, evaluated but for lists of items.
            reads: what the item reads.
            frame: where it stands.
            given: its `name:`, if it has one.
        """
        if isinstance(reads, dict):
            raise self.builder.error(node, f"{name} takes a name or a list of names as inputs, not call arguments")
        if given and name != "Input":
            segment = self.builder.segment(given, given, frame)
            frame = frame.inner()
            frame.path = (segment,)
        return self._words[name](node, arguments, reads, frame)

    def _repeat(self, node: Node, arguments: Node, reads: Output, frame: Frame) -> tuple[Any, ...]:
        output: Output | None = reads
        index = self.builder.text(arguments, "index")
        rounds = self._rounds(node, arguments)
        for position, values in enumerate(rounds):
            self.builder.step(node)
            names = {key: name_of(value, budget=self.builder.count.budget) for key, value in values.items()}
            if index is not None:
                names[index] = Name(position)
            inner = frame.inner(frame.scope.extended(names), where=frame.where + round_in_words(names, index))
            output = self.builder.items(arguments.get("of"), output, inner)
        return output.read().tensors if output is not None else ()

    def _rounds(self, node: Node, arguments: Node) -> list[dict[str, Node]]:
        times, each = arguments.get("times"), arguments.get("each")
        if times is not None:
            if not isinstance(times.value, int) or isinstance(times.value, bool) or not 0 <= times.value <= MAX_TIMES:
                hint = division_hint(times)
                raise self.builder.error(
                    times, f"times is {short_value(times.plain())}, not a whole number of 0 to {MAX_TIMES:,}{hint}"
                )
            return [{} for _ in range(times.value)]
        lists = each.entries if each is not None else {}
        for key, entry in lists.items():
            if not entry.is_list:
                raise self.builder.error(entry, f"{key} is {short_value(entry.plain())}, not a list")
        lengths = {key: len(entry.items) for key, entry in lists.items()}
        if len(set(lengths.values())) > 1:
            said = ", ".join(f"{key} has {length}" for key, length in lengths.items())
            raise self.builder.error(each or node, f"the lists of `each` must be equally long; {said}")
        return [dict(zip(lists, row, strict=True)) for row in zip(*(e.items for e in lists.values()), strict=True)]

    def _residual(self, node: Node, arguments: Node, reads: Output, frame: Frame) -> tuple[Any, ...]:
        problems = KEYWORDS["Residual"].value_problems(arguments.entries)
        if problems:
            raise SpecError(problems)
        survival = arguments.get("survival")
        if survival is not None and survival.value != 1:
            branch = self._uncertain(node, arguments, reads, frame)
        else:
            branch = self._one(self.builder.items(arguments.get("branch"), reads, frame), node, "branch")
        shortcut = self._shortcut(node, arguments, reads, branch, frame)
        if not same_shape(shortcut, branch):
            shapes = f"{tuple(branch.shape[1:])} and {tuple(shortcut.shape[1:])}"
            raise self.builder.error(node, f"the branch and the shortcut differ in shape: {shapes}")
        self.builder.count.layer(node)
        layer = self.builder.new_layer(lambda n: keras.layers.Add(name=n), (*frame.path, "add"), node, frame)
        return self.builder.called(layer, Output((shortcut, branch)), node, frame)

    def _uncertain(self, node: Node, arguments: Node, reads: Output, frame: Frame) -> Any:
        """What a branch gives that survives with a probability: a model of its own, since it is computed or not."""
        tensor = self._one(reads, node, "input")
        entry = keras.Input(batch_shape=tensor.shape, dtype=tensor.dtype)
        inside = frame.enclosed(_OUTSIDE)
        output = self.builder.items(arguments.get("branch"), Output((entry,), reads.items), inside)
        branch = self._one(output, node, "branch")
        self.builder.refuse_unread(inside)
        frame.hidden.update(dict.fromkeys(inside.named, _INSIDE))
        mode: Any = self.builder.text(arguments, "mode") or "batch"
        survival = float(str(arguments.entries["survival"].value))

        def make(name: str) -> Any:
            return StochasticDepth(keras.Model(entry, branch, name=f"{name}_branch"), survival, mode, name=name)

        self.builder.count.layer(node)
        layer = self.builder.new_layer(make, (*frame.path, "stochastic_depth"), node, frame)
        return self.builder.called(layer, Output((tensor,)), node, frame)[0]

    def _shortcut(self, node: Node, arguments: Node, reads: Output, branch: Any, frame: Frame) -> Any:
        if arguments.get("shortcut") is not None:
            return self._one(self.builder.items(arguments.get("shortcut"), reads, frame), node, "shortcut")
        tensor = self._one(reads, node, "input")
        if same_shape(tensor, branch):
            return tensor
        if arguments.get("projection") is not None:
            return self._one(self.builder.items(arguments.get("projection"), reads, frame), node, "projection")
        try:
            make = lambda name: default_projection(tensor, branch, name)  # noqa: E731
            layer = self.builder.new_layer(make, (*frame.path, "projection"), node, frame)
        except ValueError as error:
            if isinstance(error, SpecError):
                raise
            raise self.builder.error(node, str(error)) from None
        return self.builder.called(layer, Output((tensor,)), node, frame)[0]

    def _one(self, output: Output | None, node: Node, what: str) -> Any:
        if output is None or len(output.tensors) != 1:
            count = len(output.tensors) if output is not None else 0
            raise self.builder.error(node, f"the {what} of a Residual is one tensor; here are {count}")
        return output.read().tensors[0]

    def _branches(self, node: Node, arguments: Node, reads: Output, frame: Frame) -> tuple[Any, ...]:
        of = arguments.get("of")
        paths = (
            of.entries
            if of is not None and of.is_mapping
            else {str(i): p for i, p in enumerate(of.items if of else [])}
        )
        if not paths:
            raise self.builder.error(node, "Branches needs at least one path under `of`")
        whole = Output(())
        for label, path in paths.items():
            inner = frame.inner(segment=label if of is not None and of.is_mapping else None)
            output = self.builder.items(path, reads, inner)
            whole = whole.joined(output if output is not None else reads)
        merge = arguments.get("merge")
        if merge is None:
            return whole.read().tensors
        name = (split_component(merge) or ("merge", None))[0]
        path_name = (*frame.path, snake_case(name))
        self.builder.count.layer(node)
        layer = self.builder.new_layer(lambda n: components.build(merge, "layer", name=n), path_name, node, frame)
        return self.builder.called(layer, whole, node, frame)

    def _if(self, node: Node, arguments: Node, reads: Output, frame: Frame) -> tuple[Any, ...]:
        when = arguments.get("when")
        if when is None or not isinstance(when.value, bool):
            shown = short_value(when.plain() if when is not None else None)
            raise self.builder.error(when or node, f"when is {shown}, not true or false; compare: `=n > 1`")
        chosen = arguments.get("then" if when.value else "else")
        output = self.builder.items(chosen, reads, frame) or reads
        return output.read().tensors

    def _input(self, node: Node, arguments: Node, reads: Output, frame: Frame) -> tuple[Any, ...]:
        name = self.builder.text(arguments, "name")
        if name not in self.builder.data:
            raise self.builder.error(
                node, f"the data have no input {name!r}; they have: {', '.join(self.builder.data)}"
            )
        if name in frame.hidden:
            raise self.builder.error(node, f"{name!r} {frame.hidden[name]}")
        tensor, shape = self.builder.data[name].read().tensors[0], arguments.get("shape")
        if shape is not None and tuple(shape.plain()) != tuple(tensor.shape[1:]):
            raise self.builder.error(
                shape, f"the input {name} has the shape {list(tensor.shape[1:])}, not {short_value(shape.plain())}"
            )
        return (tensor,)
