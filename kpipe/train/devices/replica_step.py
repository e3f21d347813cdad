"""A training step on several replicas that is equivalent to one on a single device with the whole batch.

Unlike Keras' step under `tf.distribute.MirroredStrategy`, this step sums gradients before it clips and checks them. A
batch that is not divisible is split unevenly, and each part is weighted by its size. Each replica computes the whole of
a batch with fewer samples than replicas. Every sample counts once in the loss and the metrics, and dropout draws
another mask on each replica.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import partial
from typing import Any

import keras
import tensorflow as tf

from kpipe import keras_internals
from kpipe.layers import SHARED
from kpipe.train.devices.split_batch import split_batch
from kpipe.train.devices.training_variables import copies, read_variable, seed_variables

#: The difference between the seeds of two replicas: the golden ratio in 32 bits, to keep the sequences apart.
_STRIDE = 0x9E3779B9


class ReplicaStep:
    """A training step on all replicas.

    Args:
        model: a model that was created and compiled in the scope of `distribution`; its optimizer and metrics are
            built.
        distribution: the strategy of TensorFlow.
    """

    def __init__(self, model: keras.Model, distribution: Any) -> None:
        self._model, self._distribution = model, distribution
        self._replicas = int(distribution.num_replicas_in_sync)
        self._optimizer = getattr(model.optimizer, "inner_optimizer", model.optimizer)
        self._accumulates = self._optimizer.gradient_accumulation_steps or 1
        # Keras clips before it sums, which changes the training; here it receives sums.
        keras_internals.replace_gradient_sum(
            self._optimizer, lambda pairs: [pair for pair in pairs if pair[0] is not None]
        )
        spread_seeds(model)
        self._is_whole = False
        # Callbacks wrap `train_step`, as with Keras' own loop.
        vars(model)["train_step"] = self._train_step
        self._functions: dict[tuple[bool, bool], Any] = {}

    def __call__(self, iterator: Iterator[Any]) -> Mapping[str, Any]:
        """Run a step on the next batch; the logs are computed when they are used.

        Raises:
            StopIteration: no batch is left.
        """
        batch = next(iterator)
        count = int(tf.shape(keras.tree.flatten(batch[0])[0])[0])
        whole, applies = count < self._replicas, self._applies()
        parts = split_batch(batch, count, self._replicas)
        weighted = [(part, 1.0 if whole else self._replicas * size / count) for part, size in parts]
        self._function(whole, applies)(self._values(weighted))
        return _Logs(self._model)

    def _applies(self) -> bool:
        """Return whether the step ends an accumulation; a callback may have set the counter."""
        return self._accumulates == 1 or (keras_internals.count_batches(self._optimizer) + 1) % self._accumulates == 0

    def _function(self, whole: bool, applies: bool) -> Any:
        """Return the compiled step on whole batches or parts, which applies or only accumulates gradients.

        TensorFlow cannot choose between the two within a step on several replicas.
        """
        if (whole, applies) not in self._functions:

            def step(values: Any) -> None:
                self._model.sample_count.whole = self._is_whole = whole
                if self._accumulates > 1:
                    keras_internals.replace_gradient_step(self._optimizer, self._apply if applies else self._accumulate)
                self._distribution.run(self._model.train_step, args=(values,))

            # TensorFlow adds up the traces of functions with the same code, as those of several runs, and warns of the
            # fifth; a `partial` has no code.
            self._functions[whole, applies] = tf.function(partial(step), reduce_retracing=True, autograph=False)
        return self._functions[whole, applies]

    def _train_step(self, values: Any) -> dict[str, Any]:
        """Compute one step on one replica."""
        (self._on_whole if self._is_whole else self._on_part)(values)
        return {}

    def _accumulate(self, gradients: list[Any], variables: list[Any]) -> None:
        accumulators = keras_internals.gradient_accumulators(self._optimizer, variables)
        keras_internals.add_to_accumulators(self._optimizer, gradients, accumulators)
        self._average()

    def _apply(self, gradients: list[Any], variables: list[Any]) -> None:
        """Apply the accumulated gradients, as Keras does at the end of an accumulation."""
        optimizer = self._optimizer
        pairs = zip(gradients, keras_internals.gradient_accumulators(optimizer, variables), strict=True)
        means = [(gradient + sum_) / self._accumulates for gradient, sum_ in pairs]
        keras_internals.update_weights(optimizer, keras_internals.clipped(optimizer, means), variables)
        keras_internals.reset_accumulators(optimizer)
        self._average()

    def _average(self) -> None:
        if self._optimizer.use_ema:
            keras_internals.update_average(self._optimizer)

    def _values(self, parts: list[tuple[Any, float]]) -> Any:
        weighted = [(part, tf.constant(weight, tf.float32)) for part, weight in parts]
        return self._distribution.experimental_distribute_values_from_function(
            lambda context: weighted[context.replica_id_in_sync_group]
        )

    def _on_part(self, values: Any) -> None:
        batch, weight = values
        prediction, loss = self._update(batch, weight)
        self._measure(batch, prediction, loss)

    def _on_whole(self, values: Any) -> None:
        """Compute the whole batch on each replica, with an equal share of the gradient; the first one counts it."""
        batch, weight = values
        prediction, loss = self._update(batch, weight)
        if int(tf.get_static_value(tf.distribute.get_replica_context().replica_id_in_sync_group)) == 0:
            self._measure(batch, prediction, loss)

    def _update(self, batch: Any, weight: Any) -> tuple[Any, Any]:
        x, y, sample_weight = keras.utils.unpack_x_y_sample_weight(batch)
        model = self._model
        with tf.GradientTape() as tape:
            prediction = model(x, training=True)
            loss = model.compute_loss(x, y, prediction, sample_weight, training=True)
            # Keras has already divided the loss by the number of replicas.
            scaled = model.optimizer.scale_loss(loss * tf.cast(weight, loss.dtype))
        variables = model.trainable_weights
        gradients = tape.gradient(scaled, variables)
        context = tf.distribute.get_replica_context()
        known = [index for index, gradient in enumerate(gradients) if gradient is not None]
        for index, summed in zip(
            known, context.all_reduce(tf.distribute.ReduceOp.SUM, [gradients[i] for i in known]), strict=True
        ):
            gradients[index] = summed
        model.optimizer.apply_gradients(zip(gradients, variables, strict=True))
        return prediction, loss * self._replicas

    def _measure(self, batch: Any, prediction: Any, loss: Any) -> None:
        x, y, sample_weight = keras.utils.unpack_x_y_sample_weight(batch)
        count = tf.shape(keras.tree.flatten(x)[0])[0]
        keras_internals.loss_tracker(self._model).update_state(loss, sample_weight=count)
        self._model.compute_metrics(x, y, prediction, sample_weight)


def spread_seeds(model: keras.Model) -> None:
    """Set a different seed in each replica's copy of a seed generator, unless copies already differ or are shared."""
    for variable in seed_variables(model):
        values = read_variable(variable)
        if len(values) == 1 and SHARED not in variable.path:
            for replica, copy in enumerate(copies(variable)):
                seed = (int(values[0][0]) + replica * _STRIDE) % 2**32
                copy.assign(tf.constant([seed, int(values[0][1])], copy.dtype))


class _Logs(Mapping[str, Any]):
    """The running metrics of a model, read only when they are used, since reading waits for all replicas."""

    def __init__(self, model: keras.Model) -> None:
        self._model = model
        self._metrics: dict[str, Any] | None = None

    def _known(self) -> dict[str, Any]:
        if self._metrics is None:
            self._metrics = dict(self._model.get_metrics_result())
        return self._metrics

    def __getitem__(self, name: str) -> Any:
        return self._known()[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._known())

    def __len__(self) -> int:
        return len(self._known())
