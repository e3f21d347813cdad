"""The gradients of custom layers against central differences."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from kpipe.checks.verdict_code import VerdictCode
from kpipe.components.inspection.custom_classes import is_custom
from kpipe.judge.protocol.bench import Bench
from kpipe.judge.protocol.gradient_error import gradient_error
from kpipe.judge.protocol.outcome import Outcome
from kpipe.judge.protocol.price import Price
from kpipe.judge.protocol.probe import Probe
from kpipe.keras_internals import calls_of, graph_of
from kpipe.messages.keras_reason import keras_reason
from kpipe.train.devices.process_state import isolated_state

#: The relative error of a derivative above which a gradient is wrong.
HIGHEST = 1e-3
#: The expected seconds of one layer.
_SECONDS = 0.5


class LayerGradients(Probe):
    """Compare the gradients of custom layers with central differences, in float64 and in inference mode.

    CS231n, "Neural Networks Part 3: Learning and Evaluation", gradient checks.
    """

    name = "layer_gradients"
    title = "gradients of custom layers"

    def price(self, bench: Bench) -> Price:
        """Return half a second for each layer."""
        return Price(_SECONDS * len([*_custom_layers(bench.model)]))

    def run(self, bench: Bench) -> Outcome:
        """Check each class of layers with each of its configurations."""
        errors: dict[str, float] = {}
        failures: dict[str, str] = {}
        verdicts = []
        for layer in _custom_layers(bench.model):
            try:
                errors[layer.name] = _error_of(layer)
            except (TypeError, ValueError, tf.errors.OpError) as error:
                failures[layer.name] = keras_reason(error)
                continue
            if errors[layer.name] > HIGHEST:
                verdicts.append(self._verdict(bench, layer, errors[layer.name]))
        if not errors and not failures:
            return Outcome(summary="no custom layers", is_applicable=False)
        worst = max(errors.values(), default=0.0)
        summary = f"{len(errors)} checked, relative error at most {worst:.1e}"
        if failures:
            name, reason = next(iter(failures.items()))
            summary += f"; not computed in float64: {', '.join(failures)} ({name}: {reason})"
        return Outcome(
            summary=summary,
            measured={"errors": errors, "failures": failures},
            threshold={"highest": HIGHEST},
            verdicts=verdicts,
            undecided=bool(failures),
        )

    def _verdict(self, bench: Bench, layer: Any, error: float) -> Any:
        label = bench.setup.built.labels.get(layer.name)
        message = (
            f"{label.text if label else layer.name}: the gradient of {type(layer).__name__} differs from central "
            f"differences by {error:.1%}, expected at most {HIGHEST:.1%}"
        )
        return bench.places.verdict(
            VerdictCode.WRONG_GRADIENT,
            label.path if label else "model",
            message,
            "check its custom gradient, and that its output is differentiable",
            {"layer": layer.name, "error": error},
            {"highest": HIGHEST},
            mark=label.mark if label else None,
        )


def _custom_layers(model: keras.Model) -> Iterator[Any]:
    """Yield one layer of each custom class and configuration."""
    seen = set()
    for node in calls_of(model):
        layer = node.operation
        if graph_of(layer) is not None:
            yield from _custom_layers(layer)
        elif isinstance(layer, keras.Layer) and is_custom(layer):
            key = (type(layer), repr({**layer.get_config(), "name": ""}))
            if key not in seen:
                seen.add(key)
                yield layer


def _error_of(layer: Any) -> float:
    """Return the error of a copy of a layer in float64, on random inputs of its own shapes."""
    generator = np.random.default_rng(0)
    with isolated_state():
        keras.utils.set_random_seed(0)
        copy = type(layer).from_config({**layer.get_config(), "dtype": "float64"})
        inputs = keras.tree.map_structure(lambda tensor: _values(tensor, generator), layer.input)
        copy(inputs)
        return gradient_error(copy, inputs, copy.trainable_variables, generator)


def _values(tensor: Any, generator: np.random.Generator) -> Any:
    shape = [2, *(3 if size is None else size for size in tensor.shape[1:])]
    if "int" in tensor.dtype:
        return tf.zeros(shape, tensor.dtype)
    return tf.constant(generator.normal(size=shape))
