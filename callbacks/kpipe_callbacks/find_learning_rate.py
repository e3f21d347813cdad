"""The learning-rate range test for any compiled Keras model."""

from __future__ import annotations

import random
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Annotated, Any

import keras
import numpy as np

from kpipe_callbacks import _values
from kpipe_callbacks._keras_internals import (
    build_from_batch,
    global_seed_state,
    learning_rate_of,
    set_global_seed_state,
)
from kpipe_callbacks._range import AT_LEAST_1, POSITIVE
from kpipe_callbacks._range_test import RangeTest
from kpipe_callbacks._reestimation import batches_of, refuse_data
from kpipe_callbacks.learning_rate_curve import LEAST_FALL, LearningRateCurve
from kpipe_callbacks.range_losses import RangeLosses
from kpipe_callbacks.schedule_callbacks.composed_schedule import ComposedSchedule
from kpipe_callbacks.step_variables import strategy_scope
from kpipe_callbacks.training_session import TrainingSession, inner_optimizer

#: The steps of the test, and those of the second one if the loss hardly fell in the first.
_STEPS = (100, 300)
#: The size in bytes up to which arrays are repeated.
_REPEATED = 2**26


def find_learning_rate(
    model: keras.Model,
    data: Any,
    *,
    batch_size: Annotated[int, AT_LEAST_1] = 32,
    steps: Annotated[int | None, AT_LEAST_1] = None,
    lowest: Annotated[float, POSITIVE] = 1e-6,
    highest: Annotated[float, POSITIVE] = 10.0,
) -> LearningRateCurve:
    """Train a few steps with a rising learning rate, and suggest the one to train with.

    a(t) = lowest (highest / lowest)^(t / (steps - 1)) for step t, counted from 0. The test ends when the moving average
    of the loss exceeds four times its minimum, or with a loss that is not finite. Afterwards the model is as before,
    also after an exception: its weights, the state of the optimizer, the metrics and all seeds. Only the compiled step
    is dropped, so that the next `fit` compiles its own.

    Smith, "Cyclical learning rates for training neural networks", WACV 2017, section 3.3.

    Args:
        model: a compiled model.
        data: arrays (x, y) or (x, y, sample_weight), or a finite iterable of batches that can be iterated repeatedly,
            such as a list, a `tf.data.Dataset` or a `keras.utils.PyDataset`. It is repeated if it is shorter than the
            test.
        batch_size: samples in a batch of arrays, at least 1, default 32. They are shuffled, always in the same way.
        steps: number of updates, at least 1; default None: 100, and again 300 if the loss fell by less than 10 %.
        lowest: the first learning rate, above 0, default 1e-6.
        highest: the last learning rate, above `lowest`, default 10.

    Returns:
        The learning rates and losses, the suggestion and the interval; `plot()` draws them.

    Raises:
        ValueError: the model is not compiled, the optimizer has a schedule, the data is empty or not repeatable, or
            an argument is out of range.

    Example:
        >>> generator = np.random.default_rng(0)
        >>> x = generator.normal(size=(512, 4)).astype("float32")
        >>> model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(1, kernel_initializer="zeros")])
        >>> model.compile(keras.optimizers.SGD(1e-5), "mse")
        >>> curve = find_learning_rate(model, (x, x @ [[1.0], [2.0], [3.0], [4.0]]))
        >>> 0.01 < curve.suggestion < 1, bool(model.get_weights()[0].any())
        (True, False)
    """
    _check_model(model)
    batch_size = AT_LEAST_1.integer("batch_size", batch_size)
    lowest, highest = POSITIVE.number("lowest", lowest), POSITIVE.number("highest", highest)
    if lowest >= highest:
        raise ValueError(f"lowest, highest: expected lowest < highest, got {lowest:g} and {highest:g}")
    tests = _STEPS if steps is None else (AT_LEAST_1.integer("steps", steps),)
    batches = _Batches(data, batch_size)
    for count in tests:
        with _restored(model, batches):
            curve = _tested(model, batches, count, lowest, highest)
        if curve.fall >= LEAST_FALL:
            break
    return curve


def _check_model(model: keras.Model) -> None:
    if not model.compiled:
        raise ValueError("model: not compiled; call model.compile(optimizer, loss) first")
    if model.built and not model.trainable_variables:
        raise ValueError("model: no trainable weights; set trainable = True on its layers, and compile it again")
    rate = learning_rate_of(inner_optimizer(model))
    if isinstance(rate, keras.optimizers.schedules.LearningRateSchedule):
        raise ValueError(
            f"model: its optimizer has the schedule {type(rate).__name__}; expected a number, which the test can set; "
            "compile it with learning_rate=0.01 for the test"
        )


class _Batches:
    """The batches of data, which can be iterated repeatedly.

    Args:
        data: see `find_learning_rate`.
        batch_size: samples in a batch of arrays.
    """

    def __init__(self, data: Any, batch_size: int) -> None:
        self._are_arrays = isinstance(data, tuple)
        self._is_dataset = hasattr(data, "cardinality")
        if self._are_arrays and len(data) not in (2, 3):
            raise ValueError(f"data: expected (x, y) or (x, y, sample_weight), got a tuple of {len(data)}")
        if data is None:
            raise ValueError("data: expected arrays (x, y) or an iterable of batches, got None")
        if not self._are_arrays and not self._is_dataset:
            refuse_data(data)
        if hasattr(data, "__next__"):
            raise ValueError(
                f"data: {type(data).__name__} can be iterated only once; pass a list of batches or arrays (x, y)"
            )
        self._data = _shuffled(data, batch_size) if self._are_arrays else data
        # A pass over fewer samples than a batch is one smaller batch.
        self._batch_size = min(batch_size, len(keras.tree.flatten(self._data)[0])) if self._are_arrays else batch_size

    def fit_arguments(self, model: keras.Model, steps: int) -> dict[str, Any]:
        """Return arguments of `fit` with which it runs at least `steps` steps.

        Raises:
            ValueError: Keras would not divide these batches among the replicas of the model.
        """
        if self._are_arrays:
            names = ("x", "y", "sample_weight")
            arrays = _repeated(self._data, self._batch_size * steps)
            return {**dict(zip(names, arrays, strict=False)), "batch_size": self._batch_size, "epochs": steps}
        if self._is_dataset:
            return {"x": self._data, "epochs": steps}
        if getattr(getattr(model, "distribute_strategy", None), "num_replicas_in_sync", 1) > 1:
            raise ValueError(
                f"data: with several replicas, expected arrays (x, y) or a tf.data.Dataset, got "
                f"{type(self._data).__name__}, whose batches Keras divides in a wrong way"
            )
        width = model.steps_per_execution
        return {"x": self._endless(), "steps_per_epoch": -(-steps // width) * width, "epochs": 1}

    @property
    def first(self) -> Any:
        """The first batch."""
        if self._are_arrays:
            return keras.tree.map_structure(lambda values: values[: self._batch_size], self._data)
        return next(self._endless())

    def _endless(self) -> Iterator[Any]:
        """Yield the batches of pass after pass.

        Raises:
            ValueError: a pass has no batch.
        """
        while True:
            batch = None
            for batch in batches_of(self._data):
                yield batch
            if batch is None:
                raise ValueError("data: empty; expected at least one batch, got none")


def _shuffled(arrays: Any, batch_size: int) -> Any:
    """Return arrays of full batches in random order, which is always the same."""
    arrays = keras.tree.map_structure(np.asarray, arrays)
    lengths = {len(values) for values in keras.tree.flatten(arrays)}
    if len(lengths) > 1 or 0 in lengths:
        expected = "at least one sample" if lengths == {0} else "arrays of one length"
        raise ValueError(f"data: expected {expected}, got {', '.join(map(str, sorted(lengths)))} samples")
    count = lengths.pop()
    # A smaller last batch would compile the step a second time.
    rows = np.random.default_rng(0).permutation(count)[: count // batch_size * batch_size or count]
    return keras.tree.map_structure(lambda values: values[rows], arrays)


def _repeated(arrays: Any, samples: int) -> Any:
    """Return small arrays repeated for the samples of a test, since Keras begins each pass slowly."""
    found = keras.tree.flatten(arrays)
    size = max(1, sum(values.nbytes for values in found))
    passes = min(-(-samples // len(found[0])), max(1, _REPEATED // size))
    return keras.tree.map_structure(lambda values: np.concatenate([values] * passes), arrays) if passes > 1 else arrays


def _tested(model: keras.Model, batches: _Batches, steps: int, lowest: float, highest: float) -> LearningRateCurve:
    """Return the losses of one test."""
    growth = (highest / lowest) ** (1 / max(steps - 1, 1))
    schedule = ComposedSchedule(lambda step: lowest * growth**step, verbose=0)
    # An update can span several batches, each with a loss of its own.
    accumulated = inner_optimizer(model).gradient_accumulation_steps or 1
    losses = RangeLosses(steps, lowest, highest, accumulated)
    arguments = batches.fit_arguments(model, steps * accumulated)
    model.fit(**arguments, verbose=0, shuffle=False, callbacks=[schedule, RangeTest(losses)])
    if not losses.losses:
        raise ValueError("model: the loss of the first step is not finite; check the data and the initial weights")
    return losses.curve()


@contextmanager
def _restored(model: keras.Model, batches: _Batches) -> Iterator[None]:
    """Restore a model, its optimizer, its metrics and all seeds after the context."""
    generators = random.getstate(), np.random.get_state()
    seed = global_seed_state()
    attributes = {name: vars(model)[name] for name in ("history", "stop_training") if name in vars(model)}
    if not model.built:
        build_from_batch(model, batches.first)
    if not model.optimizer.built:
        with strategy_scope(model):
            model.optimizer.build(model.trainable_variables)
    variables = _all_variables(model)
    before = _values.read(variables)
    try:
        yield
    finally:
        if (session := TrainingSession.of(model)) is not None:  # after an exception
            session.close()
        _values.write(variables, before)
        known = {id(variable) for variable in variables}
        for metric in model.metrics:
            # Metrics that the test has built.
            if not known.intersection(map(id, metric.variables)):
                metric.reset_state()
        model.stop_training, model.history = attributes.get("stop_training", False), attributes.get("history")
        random.setstate(generators[0])
        np.random.set_state(generators[1])
        set_global_seed_state(seed)


def _all_variables(model: keras.Model) -> list[keras.Variable]:
    found = [*model.variables, *model.optimizer.variables, *model.metrics_variables]
    return list({id(variable): variable for variable in found}.values())
