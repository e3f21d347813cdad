"""Measuring the layers of a model on one batch."""

from __future__ import annotations

import inspect
import math
import random
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import keras
import numpy as np
from keras import ops

from kpipe_callbacks import _values
from kpipe_callbacks._activations import bounds, can_die, is_activation
from kpipe_callbacks._keras_internals import (
    build_from_batch,
    global_seed_state,
    layers_of,
    mask_of,
    set_global_seed_state,
    without_penalties,
)
from kpipe_callbacks._layer_paths import layer_paths
from kpipe_callbacks._measured_batch import check_batch, tensors_of
from kpipe_callbacks._output_statistics import MOST_OUTPUTS, channel_count, output_statistics, sample_of
from kpipe_callbacks._recorded_calls import RecordedCall, recorded_calls
from kpipe_callbacks.batch_values import BatchValues
from kpipe_callbacks.layer_values import LayerValues
from kpipe_callbacks.step_variables import strategy_scope


class LayerMeasurement:
    """Measures the activations and the gradients of the layers of a model on one batch.

    Each call runs the model once, forward and backward, on the current weights. Nothing changes: neither weights nor
    statistics, seeds, metrics or the state of the optimizer, in training mode either. All values are computed in
    float32. See `LayerValues` for their definitions, which follow Glorot and Bengio, "Understanding the difficulty of
    training deep feedforward neural networks", AISTATS 2010, sections 3 and 4.

    Measured are the layers with trainable weights and activation layers, at any depth, in the order in which the model
    calls them. A layer that only contains other measured layers is not measured itself. A recurrent layer or
    `TimeDistributed` is measured as a whole. Of a layer that is called several times, the last call is measured, and
    its gradients are those of all calls; of a layer with several outputs, the first one.

    Args:
        model: a compiled model. It is built, with its optimizer, losses and metrics.
        batch: (x, y) or (x, y, sample_weight), each an array, a tensor, or a dict or list of them; y can be None.
        training: whether the model runs in training mode, with dropout and the statistics of the batch in
            BatchNormalization; default False.
        penalties: whether the loss and the gradients include penalties, such as those of regularizers; default True.
        once: whether it is called once, which on TensorFlow takes half as long without a function that is compiled for
            all calls; default False. The values are the same up to rounding.

    Raises:
        ValueError: the model is not compiled, or the batch is not a tuple of two or three entries.

    Example:
        >>> x = np.array([[1.0], [3.0]], "float32")
        >>> layer = keras.layers.Dense(1, kernel_initializer="ones", name="out")
        >>> model = keras.Sequential([keras.Input((1,)), layer])
        >>> model.compile("sgd", "mse")
        >>> values = LayerMeasurement(model, (x, np.zeros((2, 1), "float32")))()
        >>> values.loss, [(entry.layer, entry.mean, entry.deviation, entry.gradient_norm) for entry in values.layers]
        (5.0, [('out', 2.0, 1.0, 10.0)])
    """

    def __init__(
        self, model: keras.Model, batch: Any, *, training: bool = False, penalties: bool = True, once: bool = False
    ) -> None:
        _check(model, batch)
        self.model = model
        self.training = training
        self.penalties = penalties
        self.batch = tensors_of(batch)
        with strategy_scope(model):
            # Losses and metrics have to be built, too, outside of the compiled function.
            build_from_batch(model, self.batch)
        self._rows: list[_Row] = []
        self._sizes: list[int] = []
        self._run = _on_tensorflow(self, once) if keras.backend.backend() == "tensorflow" else _on_jax(self)

    def __call__(self, *, state: Sequence[Any] | None = None, before: Sequence[Any] | None = None) -> BatchValues:
        """Measure the model.

        Args:
            state: on JAX, the values of the trainable variables, of the other variables of the model, and of those of
                the optimizer; default None: those in the model.
            before: the values of the trainable variables before the last update, for `update_ratio`; default None: it
                is not measured.

        Returns:
            The loss and the values of all layers.
        """
        with _unchanged_seeds(self.training):
            return self._batch_values(_values.array_of(self._run(state, before)))

    @classmethod
    def of_outputs(cls, model: keras.Model, inputs: Any) -> tuple[LayerValues, ...]:
        """Measure the outputs of all layers in inference mode, by one pass that is not compiled and has no gradients.

        Args:
            model: a built model, which does not have to be compiled and is not changed.
            inputs: a batch of inputs.
        """
        found = cls.__new__(cls)
        found.model, found.training, found.penalties = model, False, True
        found.batch = tensors_of(inputs)
        # On several replicas, the values of the first one.
        trainable = [ops.convert_to_tensor(_values.copies(entry)[0]) for entry in model.trainable_variables]
        others = [ops.convert_to_tensor(_values.copies(entry)[0]) for entry in model.non_trainable_variables]
        mode = {"training": False} if _accepts_training(model.call) else {}
        with _unchanged_seeds(False):
            state = zip(
                [*model.trainable_variables, *model.non_trainable_variables], [*trainable, *others], strict=True
            )
            with keras.StatelessScope(state_mapping=state), recorded_calls(_measured_layers(model)) as calls:
                outputs = model(found.batch, **mode)
            statistics = found._statistics(calls, outputs)
            one = ops.ones(())
            vector = _values.array_of(found.combined(trainable, None, trainable, (one, one, *statistics)))
        return tuple(replace(entry, gradient_norm=None) for entry in found._batch_values(vector).layers)

    def _batch_values(self, found: np.ndarray[Any, Any]) -> BatchValues:
        count = len(self._rows)
        table, samples = found[1 : 1 + count * _COLUMNS], found[1 + count * _COLUMNS :]
        parts = np.split(samples, np.cumsum(self._sizes)[:-1]) if count else []
        numbers = table.reshape(count, _COLUMNS).tolist()
        rows = zip(self._rows, numbers, parts, strict=True)
        return BatchValues(loss=float(found[0]), layers=tuple(row.values(line, part) for row, line, part in rows))

    @property
    def weights(self) -> dict[str, list[keras.Variable]]:
        """The weights of the gradient norm by layer path, after the first call."""
        return {row.path: row.weights for row in self._rows if row.weights}

    def measured(self, trainable: Sequence[Any], others: Sequence[Any], batch: Any) -> tuple[Any, tuple[Any, ...]]:
        """Run the model forward on values of its variables, within a function that a backend traces.

        Args:
            trainable: the values of the trainable variables of the model.
            others: the values of its other variables and of those of the optimizer.
            batch: the batch.

        Returns:
            The loss times the scale of an optimizer for mixed precision, and the loss, this scale, and the statistics
            and samples of all outputs.
        """
        variables = [*self.model.trainable_variables, *_other_variables(self.model)]
        state = zip(variables, [*trainable, *others], strict=True)
        layers = _measured_layers(self.model)
        # Within this scope, no assignment changes a variable.
        with keras.StatelessScope(state_mapping=state, collect_losses=True), recorded_calls(layers) as calls:
            outputs, loss = self._loss(batch)
            scale = _loss_scale(self.model)
        return loss * scale, (loss, scale, *self._statistics(calls, outputs))

    def _statistics(self, calls: dict[str, RecordedCall], outputs: Any) -> tuple[list[Any], list[Any]]:
        """Return the statistics and the samples of the outputs of all recorded calls."""
        self._rows = _rows(calls, outputs)
        found = [self._output_values(calls[row.path]) for row in self._rows]
        return [entry for entry, _ in found], [entry for _, entry in found]

    def combined(
        self,
        trainable: Sequence[Any],
        before: Sequence[Any] | None,
        gradients: Sequence[Any],
        measured: tuple[Any, ...],
    ) -> Any:
        """Return all values as one vector, which is read from the device at once."""
        loss, scale, statistics, samples = measured
        places = {id(variable): index for index, variable in enumerate(self.model.trainable_variables)}
        lines = []
        for row, line in zip(self._rows, statistics, strict=True):
            own = [places[id(variable)] for variable in row.weights]
            weights = [trainable[index] for index in own]
            ratio = _update_ratio(weights, None if before is None else [before[index] for index in own])
            lines += [*line, _norm([gradients[index] for index in own]) / scale, _norm(weights), ratio]
        self._sizes = [MOST_OUTPUTS if entry.shape[0] is None else entry.shape[0] for entry in samples]
        return ops.concatenate([ops.stack([loss, *lines]), *samples])

    def _loss(self, batch: Any) -> tuple[Any, Any]:
        x, y, weight = keras.utils.unpack_x_y_sample_weight(batch)
        model = self.model
        mode = {"training": self.training}
        outputs = model(x, **(mode if _accepts_training(model.call) else {}))
        # A wrapped method accepts all arguments.
        mode = mode if _accepts_training(type(model).compute_loss) else {}
        with nullcontext() if self.penalties else without_penalties(model):
            loss = model.compute_loss(x=x, y=y, y_pred=outputs, sample_weight=weight, **mode)
        return outputs, ops.cast(loss, "float32") * _replicas_in_scope()

    def _output_values(self, call: RecordedCall) -> tuple[list[Any], Any]:
        mask = mask_of(call.output)
        return output_statistics(call.layer, call.output, mask), sample_of(call.output, mask)


#: The statistics of a layer in the vector: those of its output, two norms and a ratio.
_COLUMNS = 7


@dataclass(frozen=True, eq=False)
class _Row:
    """A measured layer, with the weights of its norms."""

    path: str
    layer: Any
    is_output: bool
    channels: int
    weights: list[keras.Variable]

    def values(self, numbers: list[float], outputs: Any) -> LayerValues:
        mean, deviation, dead, saturated, gradient_norm, weight_norm, update_ratio = numbers
        return LayerValues(
            layer=self.path,
            class_name=type(self.layer).__name__,
            is_output=self.is_output,
            channels=self.channels,
            mean=mean,
            deviation=deviation,
            dead=dead if can_die(self.layer) else None,
            saturated=saturated if bounds(self.layer) else None,
            gradient_norm=gradient_norm if self.weights else None,
            weight_norm=weight_norm if self.weights else None,
            update_ratio=None if math.isnan(update_ratio) else update_ratio,
            outputs=outputs[~np.isnan(outputs)],
        )


def _update_ratio(weights: Sequence[Any], before: Sequence[Any] | None) -> Any:
    """The norm of an update relative to that of the weights before it; NaN if it is not known or they are all 0."""
    if not before:
        return ops.full((), np.nan, "float32")
    update = [ops.subtract(new, ops.cast(old, new.dtype)) for new, old in zip(weights, before, strict=True)]
    total = _norm(before)
    return ops.where(total > 0, _norm(update) / total, np.nan)


def _norm(tensors: Sequence[Any]) -> Any:
    """The Euclidean norm of all values of several tensors in float32; 0 without tensors."""
    squares = [ops.sum(ops.square(ops.cast(entry, "float32"))) for entry in tensors]
    return ops.sqrt(sum(squares, ops.zeros((), "float32")))


def _rows(calls: dict[str, RecordedCall], outputs: Any) -> list[_Row]:
    """The measured layers of recorded calls: each weight belongs to the innermost of the layers around it."""
    own = {path: _own_weights(call.layer, calls) for path, call in calls.items()}
    kept = [call for path, call in calls.items() if own[path] or is_activation(call.layer)]
    last = _output_layers(kept, outputs)
    return [
        _Row(call.path, call.layer, call.path in last, channel_count(call.layer, call.output), _kernels(own[call.path]))
        for call in kept
    ]


def _own_weights(layer: Any, calls: dict[str, RecordedCall]) -> list[keras.Variable]:
    inside = {id(entry) for entry in layers_of(layer)}
    others = [call.layer for call in calls.values() if id(call.layer) in inside]
    taken = {id(weight) for entry in others for weight in entry.trainable_weights}
    return [weight for weight in layer.trainable_weights if id(weight) not in taken]


def _kernels(weights: list[keras.Variable]) -> list[keras.Variable]:
    # The biases of recurrent and attention layers can have two axes.
    return [entry for entry in weights if len(entry.shape) > 1 and not entry.name.endswith("bias")] or weights


def _output_layers(calls: Sequence[RecordedCall], outputs: Any) -> set[str]:
    """The paths of the layers whose outputs are those of the model, also if an activation layer follows."""
    ends = {id(entry) for entry in keras.tree.flatten(outputs)}
    found = {call.path for call in calls if id(call.output) in ends}
    for before, call in zip([None, *calls], calls, strict=False):
        if call.path in found and is_activation(call.layer):
            sources = [entry for entry in calls if entry.output is call.input]
            # Mixed precision converts the output of the layer before an activation in float32.
            sources = sources or [entry for entry in [before] if entry and _have_same_shape(entry.output, call.input)]
            found.update(entry.path for entry in sources)
    if not found.intersection(call.path for call in calls if call.layer.trainable_weights):
        # Layers without weights, such as those that reshape, follow the last one with weights.
        found.update([call.path for call in calls if call.layer.trainable_weights][-1:])
    return found


def _have_same_shape(first: Any, second: Any) -> bool:
    return second is not None and tuple(first.shape) == tuple(second.shape)


#: Runs a measurement on the arguments of `LayerMeasurement.__call__`.
_Run = Callable[[Sequence[Any] | None, Sequence[Any] | None], Any]


def _on_tensorflow(measurement: LayerMeasurement, once: bool) -> _Run:
    import tensorflow as tf

    model = measurement.model

    def run(before: list[Any] | None) -> Any:
        # On several replicas, the values of the first one.
        trainable = [tf.convert_to_tensor(_values.copies(entry)[0]) for entry in model.trainable_variables]
        others = [tf.convert_to_tensor(_values.copies(entry)[0]) for entry in _other_variables(model)]
        with tf.GradientTape(watch_accessed_variables=False) as tape:
            tape.watch(trainable)
            loss, measured = measurement.measured(trainable, others, measurement.batch)
        gradients = tape.gradient(loss, trainable, unconnected_gradients=tf.UnconnectedGradients.ZERO)
        return measurement.combined(trainable, before, [tf.convert_to_tensor(entry) for entry in gradients], measured)

    # TensorFlow adds up the traces of functions with the same code, as those of several trainings, and warns of the
    # fifth; a `partial` has no code.
    compiled = run if once else tf.function(partial(run), autograph=False)
    return lambda state, before: compiled(None if before is None else list(before))


def _on_jax(measurement: LayerMeasurement) -> _Run:
    import jax

    model = measurement.model

    def run(trainable: list[Any], others: list[Any], before: list[Any] | None, batch: Any) -> Any:
        gradients, measured = jax.grad(measurement.measured, has_aux=True)(trainable, others, batch)
        return measurement.combined(trainable, before, gradients, measured)

    compiled = jax.jit(run)

    def call(state: Sequence[Any] | None, before: Sequence[Any] | None) -> Any:
        if state is None:
            trainable = [entry.value for entry in model.trainable_variables]
            others = [entry.value for entry in _other_variables(model)]
        else:
            trainable, others = list(state[0]), [*state[1], *state[2]]
        return compiled(trainable, others, None if before is None else list(before), measurement.batch)

    return call


def _other_variables(model: keras.Model) -> list[keras.Variable]:
    return [*model.non_trainable_variables, *(model.optimizer.variables if model.optimizer is not None else [])]


def _measured_layers(model: keras.Model) -> dict[str, Any]:
    return {path: layer for path, layer in layer_paths(model).items() if _is_measured(layer)}


def _is_measured(layer: Any) -> bool:
    return bool(layer.trainable_weights) or is_activation(layer)


def _loss_scale(model: keras.Model) -> Any:
    """The factor by which an optimizer multiplies the loss, so that small gradients do not vanish in float16."""
    one = ops.ones((), "float32")
    return one if model.optimizer is None else ops.cast(model.optimizer.scale_loss(one), "float32")


def _replicas_in_scope() -> int:
    """The number by which Keras divides a loss in the scope of a strategy."""
    if keras.backend.backend() != "tensorflow":
        return 1
    import tensorflow as tf

    return int(tf.distribute.get_strategy().num_replicas_in_sync)


def _accepts_training(function: Callable[..., Any]) -> bool:
    return "training" in inspect.signature(function).parameters


def _check(model: keras.Model, batch: Any) -> None:
    if not model.compiled:
        raise ValueError("model: not compiled; call model.compile(optimizer, loss) first")
    check_batch(batch)


@contextmanager
def _unchanged_seeds(training: bool) -> Iterator[None]:
    """Restore what layers draw from global generators while they are traced, and in training mode."""
    generators = random.getstate(), np.random.get_state()
    seed = global_seed_state()
    if training and seed is None:
        # A generator that is created while a function is traced would belong to this function.
        keras.random.uniform(())
    try:
        yield
    finally:
        random.setstate(generators[0])
        np.random.set_state(generators[1])
        if seed is None:
            set_global_seed_state(None)
