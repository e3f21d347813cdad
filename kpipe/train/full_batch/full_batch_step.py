"""A training step that is one iteration of an optimizer on the whole training part."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import partial
from typing import Any

import keras
import tensorflow as tf
from kpipe_callbacks import Phase
from kpipe_callbacks.training_session import TrainingSession

from kpipe.optimizers import LBFGS
from kpipe.train.full_batch.full_batch_loss import FullBatchLoss


class FullBatchStep:
    """A training step that is one iteration on the whole training part, of which an epoch has one.

    It sets `model.stop_training` if no further iteration is possible; `stop_reason` of the optimizer contains the
    reason. Callbacks act before and after the iteration, not in each evaluation of the loss. The metrics after a step
    are those of the weights to which it has moved.

    Args:
        model: a model that is compiled with such an optimizer, which is built; its metrics are built, too.
        distribution: the strategy of TensorFlow in whose scope the model was created; None, the default, for one
            device.
    """

    def __init__(self, model: keras.Model, distribution: Any = None) -> None:
        self._model = model
        self._optimizer: LBFGS = model.optimizer
        self._distribution = distribution
        self._loss = FullBatchLoss(model, distribution)

    def __call__(self, iterator: Iterator[Any]) -> Mapping[str, Any]:
        """Compute an iteration, and return the metrics.

        Args:
            iterator: its next element is the dataset of all batches, which is read for each evaluation of the loss.

        Raises:
            StopIteration: no dataset is left.
        """
        dataset = next(iterator)
        session = TrainingSession.of(self._model)
        self._act(session, Phase.BEFORE_UPDATE)
        self._optimizer.iterate(lambda: self._loss(dataset))
        self._act(session, Phase.LOSS, tf.constant(self._optimizer.loss, tf.float32))
        self._act(session, Phase.AFTER_UPDATE, True)
        if self._optimizer.stop_reason is not None:
            self._model.stop_training = True
        return dict(self._model.get_metrics_result())

    def _act(self, session: TrainingSession | None, phase: Phase, *arguments: Any) -> None:
        """Let callbacks act in a phase, on each replica as within a compiled step."""
        if session is None:
            return
        if self._distribution is None:
            session.act(phase, *arguments)
        else:
            act = tf.autograph.experimental.do_not_convert(partial(session.act, phase))
            self._distribution.run(act, args=arguments)
