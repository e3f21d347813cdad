"""Running losses of several targets as means over samples."""

from __future__ import annotations

from typing import Any

import keras
import tensorflow as tf

from kpipe.keras_internals import target_loss_trackers


class SampleCount:
    """Computes the running losses of the targets of a model as means over samples.

    Keras computes them as means over batches, which gives the samples of a smaller last batch more weight. The loss of
    the whole model, which is their sum, is a mean over samples.

    Args:
        model: a compiled model whose losses are built. Models with one target do not have these losses.

    Attributes:
        whole: whether each replica computes the whole batch, so that only the first one counts it.
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
