"""The notice about values that are scaled twice."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import keras
import numpy as np

from kpipe.data.value_range import ValueRange
from kpipe.keras_internals import count_outputs, graph_of, run_graph
from kpipe.messages.escaped import escaped

#: Values of at most this magnitude need no scaling, such as those in [0, 1] or [-1, 1], and standardized values.
_SMALL = 8.0
#: Values whose range is narrower than this are too small for the usual initial weights.
_NARROW = 1 / 8
#: Prefixes of the names of layers that do not change the range of their input.
_PRESERVING = (
    "Average",
    "CenterCrop",
    "Concatenate",
    "Cropping",
    "Dropout",
    "Flatten",
    "Identity",
    "InputLayer",
    "MaxPooling",
    "Permute",
    "Random",
    "RepeatVector",
    "Reshape",
    "Resizing",
    "SpatialDropout",
    "ZeroPadding",
)


def scaled_twice(model: keras.Model, prepared: Any) -> list[str]:
    """Return a notice for each place at which small values of the training part are scaled again.

    Such a place is a Rescale in `data.prepare` on values in [-1, 1], or a Rescaling or Normalization layer, also inside
    a nested model, that an input reaches before any layer with weights. The range of the values is measured on some
    samples.

    Args:
        model: the training model.
        prepared: the data with fitted preparations.
    """
    ranges = prepared.ranges()
    lines = [line for name in ranges for line in _preparation_notices(name, ranges[name], prepared)]
    reported = set(ranges) if lines else set()
    graph = _Graph({name: _Values(name, stages[-1]) for name, stages in ranges.items() if stages[-1]}, prepared)
    graph.run(model)
    return [*lines, *(text for name, text in graph.found if name not in reported)]


def _preparation_notices(name: str, stages: list[ValueRange | None], prepared: Any) -> Iterator[str]:
    for kind, before, after in zip(prepared.stage_names(name), stages[:-1], stages[1:], strict=True):
        if kind == "Rescale" and before and after and before.size <= 1 and after.width < _NARROW and before.width:
            yield (
                f"the values of {escaped(name)} are already {before} before Rescale, and {after} after it "
                f"({_samples(before)}); remove Rescale from data.prepare"
            )


@dataclass(frozen=True)
class _Values:
    """The values of an input at one place of the model."""

    name: str
    range: ValueRange


class _Graph:
    """Follows the inputs through a model up to its first layers with weights.

    Args:
        after: the values of each input after its preparations.
        prepared: the data.
    """

    def __init__(self, after: dict[str, _Values], prepared: Any) -> None:
        self.found: list[tuple[str, str]] = []
        self._after = after
        self._kinds = {name: prepared.stage_names(name) for name in after}
        self._owner: str | None = None

    def run(self, model: keras.Model) -> None:
        """Fill `found` with input names and notices."""
        names = [tensor.name for tensor in model.inputs]
        run_graph(model, [self._after.get(name) for name in names], self._call)

    def _call(self, operation: Any, *args: Any, **kwargs: Any) -> Any:
        values = [entry for entry in keras.tree.flatten((args, kwargs)) if isinstance(entry, _Values)]
        inner = operation.layer if isinstance(operation, keras.layers.TimeDistributed) else operation
        graph = graph_of(inner) if values else None
        if graph is not None:
            return self._inside(operation.name, graph, keras.tree.flatten(args))
        result = self._prepared(operation.name) or (self._result(operation, values) if values else None)
        count = count_outputs(operation)
        return result if count == 1 else [result] * count

    def _inside(self, name: str, graph: Any, tensors: list[Any]) -> Any:
        outer, self._owner = self._owner, self._owner or name
        result = run_graph(graph, tensors, self._call)
        self._owner = outer
        return result

    def _prepared(self, operation: str) -> _Values | None:
        """Return the measured values after an operation of a preparation; None for any other operation."""
        for name, kinds in self._kinds.items():
            for position, kind in enumerate(kinds, start=1):
                stage = f"{name}_{position}_{kind.lower()}"
                if self._owner is None and (operation == stage or operation.startswith(f"{stage}_")):
                    return self._after[name]
        return None

    def _result(self, operation: Any, values: list[_Values]) -> _Values | None:
        """Return the values after an operation; None if they are unknown."""
        first = max(values, key=lambda entry: entry.range.size)
        mapping = _scale_and_offset(operation)
        if mapping is None:
            return first if type(operation).__name__.startswith(_PRESERVING) else None
        after = first.range.mapped(*mapping)
        factor = float(np.abs(mapping[0]).max())  # per channel, since channels may have different offsets
        if first.range.size <= _SMALL and factor < 1 and 0 < first.range.width * factor < _NARROW:
            self.found.append((first.name, self._line(first, operation.name, after)))
        return _Values(first.name, after)

    def _line(self, values: _Values, layer: str, after: ValueRange) -> str:
        owner = self._owner
        subject = f"{owner} rescales its input (layer {layer})" if owner else f"{layer} rescales its input"
        kinds = [kind for kind in self._kinds[values.name] if kind in ("Rescale", "Standardize")]
        remedy = f"pass values from 0 to 255 to {owner}" if owner else f"remove {layer}"
        if kinds:
            remedy = f"remove {kinds[-1]} from data.prepare"
        return (
            f"{subject}, and the values of {escaped(values.name)} are {values.range} before and {after} after it "
            f"({_samples(values.range)}); {remedy}"
        )


def _scale_and_offset(operation: Any) -> tuple[Any, Any] | None:
    """Return the scale and offset of a layer that rescales; None for any other operation."""
    if isinstance(operation, keras.layers.Rescaling):
        return np.asarray(operation.scale), np.asarray(operation.offset)
    if isinstance(operation, keras.layers.Normalization) and not operation.invert:
        mean = keras.ops.convert_to_numpy(operation.mean)
        deviation = np.maximum(np.sqrt(keras.ops.convert_to_numpy(operation.variance)), keras.config.epsilon())
        return 1 / deviation, -mean / deviation
    return None


def _samples(values: ValueRange) -> str:
    return "1 training sample" if values.samples == 1 else f"{values.samples:,} training samples"
