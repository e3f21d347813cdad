"""The losses of several targets count each sample once."""

from __future__ import annotations

from typing import Any

import keras
import tensorflow as tf

from kpipe.keras_internals import target_loss_trackers


class SampleCount:
    """Makes the running losses of a model's targets means over samples.

    Keras makes them means over batches, so that the samples of a smaller last batch weigh more, while the loss of the
    whole model, which is their sum, is a mean over samples.

    Args:
        model: compiled; its losses are built. Models with one target have no such losses.

    Attributes:
        whole: whether each replica has the whole batch, so that the first one alone counts it.
    """

    def __init__(self, model: keras.Model) -> None:
        self.whole = False
        self._count: Any = None
        trackers = target_loss_trackers(model)
        if not trackers:
            return
        compute = model.compute_loss

        def compute_loss(
            x: Any = None, y: Any = None, y_pred: Any = None, sample_weight: Any = None, training: bool = True
        ) -> Any:
            self._count = tf.shape(keras.tree.flatten(x)[0])[0] * self._share()
            return compute(x, y, y_pred, sample_weight, training=training)

        model.compute_loss = compute_loss
        for tracker in trackers:
            tracker.update_state = self._counted(tracker.update_state)

    def _counted(self, update: Any) -> Any:
        return lambda value, sample_weight=None: update(value, sample_weight=self._count)

    def _share(self) -> int:
        context = tf.distribute.get_replica_context()
        first = context is None or int(tf.get_static_value(context.replica_id_in_sync_group) or 0) == 0
        return 1 if first or not self.whole else 0
