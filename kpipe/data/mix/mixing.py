"""The mixing of training batches as a part of a `tf.data` pipeline."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from kpipe.data.dataset import Input
from kpipe.data.feeds.traced_dataset import TracedDataset
from kpipe.data.feeds.waiting import Waiting
from kpipe.data.mix.apply_draw import apply_draw
from kpipe.data.mix.draw_mix import draw_mix
from kpipe.data.mix.image_size import image_size
from kpipe.data.mix.mix import Mix
from kpipe.data.mix.mix_draw import MixDraw
from kpipe.data.mix.mixed_labels import mixed_labels
from kpipe.spec.node import Node


class Mixing:
    """Mixes batches repeatably: the same seed, epoch, step and samples result in the same batch.

    Args:
        mixes: the mixes, one of which is chosen for each batch.
        inputs: the inputs of the training model, keyed by name.
        seed: the seed of the run.
        guard: wraps a function that TensorFlow calls, to store its exceptions.
        nodes: the mixes in the spec, for the places of errors; by default errors have no place.
    """

    def __init__(
        self,
        mixes: Sequence[Mix],
        inputs: Mapping[str, Input],
        seed: int,
        guard: Callable[[Callable[..., Any]], Callable[..., Any]],
        nodes: Sequence[Node] = (),
    ) -> None:
        self._nodes = list(nodes)
        self._mixes = list(mixes)
        self._size = image_size(inputs) or (None, None)
        self._seed = seed
        self._guarded = guard(self._draw)
        self._made: dict[tuple[str, bool], TracedDataset] = {}

    def batches(self, dataset: Any, epoch: int, first_step: int, waiting: Waiting | None = None) -> Any:
        """Return a dataset with the mixed batches of another.

        Args:
            dataset: a `tf.data.Dataset` of (x, y) or (x, y, weights).
            epoch: the epoch, from 0.
            first_step: the number of the first batch in the epoch.
            waiting: adds up the time in which training steps wait for mixed batches; None (default) to measure nothing.

        Returns:
            A `tf.data.Dataset` of (x, y), with float32 inputs and the labels as in `mixed_labels`.
        """
        import tensorflow as tf

        key = (str(dataset.element_spec), waiting is not None)
        if key not in self._made:
            self._made[key] = self._traced(dataset.element_spec, waiting)
        with tf.device("CPU:0"):
            given = (tf.constant(number, tf.int64) for number in (epoch, first_step))
            mixed = self._made[key](tf.data.experimental.to_variant(dataset), *given)
        # The dataset calls methods of both objects, which must exist as long as it does.
        mixed._kpipe_feed = (self, dataset)
        return mixed

    def _traced(self, spec: Any, waiting: Waiting | None) -> TracedDataset:
        """Return a function of the variant tensor of a dataset, which returns the dataset of its mixed batches."""
        import tensorflow as tf

        def make(variant: Any, epoch: Any, first_step: Any) -> Any:
            dataset = tf.data.experimental.from_variant(variant, spec).enumerate(first_step)
            dataset = dataset.map(
                lambda step, batch: self._mixed(batch, epoch, step), num_parallel_calls=2, deterministic=True
            )
            options = tf.data.Options()
            options.experimental_optimization.apply_default_optimizations = False
            dataset = dataset.with_options(options).prefetch(2)
            return dataset if waiting is None else waiting.measured(dataset)

        number = tf.TensorSpec([], tf.int64)
        signature = [tf.TensorSpec([], tf.variant), number, number]
        return TracedDataset(make, signature)

    def draw(self, epoch: int, step: int, count: int) -> MixDraw:
        """Return how the samples of one batch are combined.

        Args:
            epoch: the epoch, from 0.
            step: the step in the epoch, from 0.
            count: number of samples in the batch.

        Raises:
            DataError: a mix failed or returned an invalid draw.
        """
        height, width = self._size
        return draw_mix(self._mixes, self._seed, epoch, step, count, height, width, self._nodes)

    def _draw(self, epoch: Any, step: Any, count: Any) -> list[Any]:
        drawn = self.draw(int(epoch), int(step), int(count))
        boxes = np.zeros((int(count), 4)) if drawn.boxes is None else drawn.boxes
        return [
            np.asarray(drawn.weights, np.float32),
            np.asarray(drawn.permutation, np.int64),
            np.asarray(boxes, np.int64),
            np.bool_(drawn.boxes is not None),
        ]

    def _mixed(self, batch: tuple[Any, ...], epoch: Any, step: Any) -> Any:
        import tensorflow as tf

        x, y, *rest = batch
        count = tf.shape(tf.nest.flatten(x)[0], tf.int64)[0]
        types = [tf.float32, tf.int64, tf.int64, tf.bool]
        weights, permutation, boxes, cuts = tf.numpy_function(self._guarded, [epoch, step, count], types)
        for tensor, shape in ((weights, [None]), (permutation, [None]), (boxes, [None, 4]), (cuts, [])):
            tensor.set_shape(shape)
        kinds = {mix.cuts for mix in self._mixes}
        chosen = cuts if len(kinds) > 1 else kinds.pop()
        x = tf.nest.map_structure(lambda values: apply_draw(values, weights, permutation, boxes, chosen), x)
        factors = rest if rest else [tf.nest.map_structure(lambda _: None, y)]
        if isinstance(y, Mapping):
            return x, {name: mixed_labels(y[name], weights, permutation, factors[0][name]) for name in y}
        return x, mixed_labels(y, weights, permutation, factors[0])
