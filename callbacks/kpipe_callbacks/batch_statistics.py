"""Evaluation with re-estimated statistics of BatchNormalization at the beginning of a training."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable, Mapping
from typing import Annotated, Any

import keras

from kpipe_callbacks import _values
from kpipe_callbacks._keras_internals import batch_counter
from kpipe_callbacks._metadata import NotInSpec
from kpipe_callbacks._range import AT_LEAST_1
from kpipe_callbacks._reestimation import (
    batch_norm_layers,
    batches_of,
    reestimate_statistics,
    refuse_data,
    refuse_second,
    statistics_of,
    training_pass,
)
from kpipe_callbacks.phase import Phase
from kpipe_callbacks.step_callback import StepCallback
from kpipe_callbacks.training_session import TrainingSession

#: Number of time constants 1 / (1 - momentum), after which the initial statistics have a share of e^-5, below 1 %.
_TIME_CONSTANTS = 5


class BatchStatistics(StepCallback):
    """Evaluate with statistics of BatchNormalization from a sample, while its moving statistics lag.

    The moving statistics begin with mean 0 and variance 1, which have the share momentum^n after n steps, and follow
    the weights by about 1 / (1 - momentum) steps. In the first 5 / (1 - momentum) steps, 500 with Keras' momentum of
    0.99, the validation measures this lag rather than the weights. For each validation in these steps, the statistics
    are set to their means over some training batches with the current weights (Wu and Johnson, "Rethinking 'Batch' in
    BatchNorm", arXiv:2105.07576, 2021, section 3). They remain in the model until the next epoch begins, so
    checkpoints, `EarlyStopping` and the model after `fit` have them. The training continues with the moving statistics
    and is bit-identical to one without the callback. Without BatchNormalization, and after these steps, the callback
    does nothing.

    Use it if a decision depends on few steps, as in a search of hyperparameters with short trials.

    Args:
        batches: number of batches in the sample, at least 1, default 32: a sample of 1,024 at a batch size of 32.
        data: a finite iterable of shuffled batches of inputs, or of (inputs, ...), that can be iterated repeatedly,
            such as a list, a `tf.data.Dataset` or a `keras.utils.PyDataset`; the first `batches` of them are used.

    Raises:
        ValueError: an argument is out of range; at the beginning of a training, a second BatchStatistics,
            `PolyakAveraging`, or BatchNormalization without `data`.

    Example:
        >>> import numpy as np
        >>> x, y = np.random.default_rng(0).normal(5, 2, (64, 1)), np.zeros((64, 1))
        >>> norm = keras.layers.BatchNormalization()
        >>> model = keras.Sequential([keras.Input((1,)), norm, keras.layers.Dense(1)])
        >>> model.compile("sgd", "mse")
        >>> statistics = BatchStatistics(data=[x[:32], x[32:]])
        >>> _ = model.fit(x, y, verbose=0, callbacks=[statistics])
        >>> bool(np.allclose(norm.moving_mean, x.mean()))
        True
        >>> statistics.use_training_weights()
        >>> bool(np.allclose(norm.moving_mean, (1 - 0.99**2) * x.mean(), rtol=0.05))
        True
    """

    sets_evaluated_statistics = True

    def __init__(
        self,
        batches: Annotated[int, AT_LEAST_1] = 32,
        data: Annotated[Any, NotInSpec("the run passes the training part")] = None,
    ) -> None:
        super().__init__()
        refuse_data(data)
        self.batches = AT_LEAST_1.integer("batches", batches)
        self.data = data
        self._training_data: Callable[[], Iterable[Any]] | None = None
        self._forward: Callable[[Any], None] | None = None
        self._statistics: list[keras.Variable] = []
        self._moving: _values.Values | None = None
        self._evaluated: _values.Values | None = None

    @property
    def in_use(self) -> bool:
        """Whether the model currently has the re-estimated statistics."""
        return self._moving is not None

    def get_state(self) -> dict[str, Any]:
        """Return no state: the number of steps is that of the optimizer."""
        return {}

    def restore(self, state: Mapping[str, Any]) -> None:
        """Restore nothing."""

    def use_evaluation_weights(self) -> bool:
        """Put re-estimated statistics into the model if the moving ones lag; return whether this changed them."""
        session = self._session
        # The averages of an optimizer may have replaced the weights since.
        if session is None or (self.in_use and not _averages(session)):
            return False
        before = self.in_use
        self._reestimate(session)
        return self.in_use and not before

    def use_training_weights(self) -> None:
        """Restore the moving statistics bit-identically."""
        if self._moving is not None:
            self._sync_variables()
            _values.write(self._statistics, self._moving)
            self._moving = None

    def prepare_run(self, *, batch_size: int, training_data: Callable[[], Iterable[Any]]) -> None:
        """Receive the training part."""
        self._training_data = training_data

    def on_epoch_begin(self, epoch: int, logs: Any = None) -> None:
        """Restore the moving statistics."""
        super().on_epoch_begin(epoch, logs)
        self.use_training_weights()

    def begin(self, session: TrainingSession) -> None:
        """Declare the phases in which the model has the re-estimated statistics."""
        refuse_second(session, self)
        layers = batch_norm_layers(session.model)
        if layers and self.data is None and self._training_data is None:
            raise ValueError("BatchStatistics requires data; write data=, such as the training data")
        self._continue(layers)
        self._forward = None
        session.during(Phase.EPOCH_END_WEIGHTS, self._end_epoch)
        session.during(Phase.VALIDATION_FAILED, self.use_training_weights)
        if _averages(session):
            # At the end of `fit`, Keras replaces the weights by the averages.
            session.during(Phase.TRAIN_END_STATISTICS, lambda: self._reestimate(session))

    def _end_epoch(self, logs: dict[str, Any]) -> None:
        self.use_evaluation_weights()

    def _continue(self, layers: list[Any]) -> None:
        """Restore the moving statistics if the model is unchanged since the last training."""
        known = {id(variable) for variable in statistics_of(layers)}
        is_same = {id(variable) for variable in self._statistics} <= known
        if self.in_use and is_same and _are_equal(_values.read(self._statistics), self._evaluated or []):
            self.use_training_weights()
        self._moving = None

    def _reestimate(self, session: TrainingSession) -> None:
        self._sync_variables()
        model = session.model
        steps = int(_values.array_of(batch_counter(session.optimizer)))
        layers = [layer for layer in batch_norm_layers(model) if _lags(layer.momentum, steps)]
        if not layers:
            return
        if self._moving is None:
            self._statistics = statistics_of(layers)
            self._moving = _values.read(self._statistics)
        self._forward = self._forward or training_pass(model)
        data = self.data if self._training_data is None else self._training_data()
        sample = itertools.islice(batches_of(data), self.batches)
        reestimate_statistics(model, sample, layers=layers, forward=self._forward)
        self._evaluated = _values.read(self._statistics)


def _lags(momentum: float, steps: int) -> bool:
    """Whether moving statistics still depend on their initial values; with a momentum of 1 they never move."""
    # Rounded, because 5 / (1 - 0.9) is not exactly 50.
    return momentum < 1 and steps < round(_TIME_CONSTANTS / (1 - momentum), 6)


def _averages(session: TrainingSession) -> bool:
    return bool(getattr(session.optimizer, "use_ema", False))


def _are_equal(first: _values.Values, second: _values.Values) -> bool:
    pairs = zip(_values.to_arrays(first), _values.to_arrays(second), strict=True)
    return all(a.tobytes() == b.tobytes() for found, others in pairs for a, b in zip(found, others, strict=False))
