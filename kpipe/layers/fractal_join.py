"""The join of a fractal network's columns, which drops paths during training."""

from __future__ import annotations

from typing import Annotated, Any

import keras
from annotated_types import Ge, Interval
from keras import ops

from kpipe.components.argument_check import check_arguments
from kpipe.layers._seeds import shared_seeds


@keras.saving.register_keras_serializable(package="kpipe")  # type: ignore[untyped-decorator,unused-ignore]
class FractalJoin(keras.layers.Layer):  # type: ignore[misc,unused-ignore]
    """The mean of the columns that meet at one depth of a fractal network, with drop-path during training.

    y = sum_i k_i x_i / sum_i k_i, k_i in {0, 1}; at inference all k_i are 1.

    Larsson, Maire and Shakhnarovich, "FractalNet: Ultra-deep neural networks without residuals", ICLR 2017, the section
    on regularization via drop-path. Each step samples one subnetwork for the whole batch, in one of two ways:

    - local, with the probability `local_share`: each join drops each of its inputs with the probability `drop_rate`, on
      its own; where all would go, one of them, any with the same probability, stays.
    - global, else: one of the network's columns is chosen, each with the same probability, and every join passes on
      this column alone. A join that this column does not pass outputs the mean of its inputs, which does
      not reach the output, since the last join of the block passes on the chosen column.

    The inputs are in the order of depth, the column of the fewest layers first. A join inside of a block has the
    deepest columns only, so its inputs are treated as the last ones of `columns`.

    The joins of a network agree without being connected: those with the same `global_seed` and `columns` draw the same.
    So call each join once a step, with the same `global_seed`, `columns` and `local_share` for all joins of a network.
    Replicas draw the same.

    There is nothing to train, and nothing is rescaled.

    Args:
        columns: columns of the network, at least 2; C in the paper.
        drop_rate: probability with which local sampling drops an input, at least 0 and below 1, default 0.15.
        local_share: share of the steps with local sampling, 0 to 1, default 0.5; 1 has no global sampling.
        seed: of the local draws, an integer; default None: from Keras' global seed.
        global_seed: of the draws that the joins share, an integer, default 0.
        **kwargs: `name`, `dtype` and `trainable`, as of every Keras layer.

    Input shape:
        A list of at least two tensors of one shape, (n, ...).

    Output shape:
        That of one of them.

    Raises:
        ValueError: an argument out of its range; inputs that are not a list, only one, more than `columns`, or of
            different shapes.

    Example:
        >>> shallow, deep = keras.ops.array([[2.0]]), keras.ops.array([[4.0]])
        >>> float(FractalJoin(columns=2)([shallow, deep])[0, 0])
        3.0
    """

    @check_arguments
    def __init__(
        self,
        columns: Annotated[int, Ge(2)],
        drop_rate: Annotated[float, Interval(ge=0, lt=1)] = 0.15,
        local_share: Annotated[float, Interval(ge=0, le=1)] = 0.5,
        seed: int | None = None,
        global_seed: int = 0,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        if isinstance(global_seed, bool) or not isinstance(global_seed, int):
            raise ValueError(
                "global_seed: not an integer; expected an integer that all joins of a network share, got "
                f"{global_seed!r}"
            )
        self.columns = int(columns)
        self.drop_rate = drop_rate
        self.local_share = local_share
        self.seed = seed
        self.global_seed = global_seed
        self.seed_generator = shared_seeds(seed)
        self.global_seed_generator = shared_seeds(global_seed)
        self.supports_masking = True

    def build(self, input_shape: list[tuple[int | None, ...]]) -> None:
        """Refuse inputs other than a list of several tensors of one shape."""
        self._refuse(input_shape)
        self.built = True

    def call(self, inputs: list[Any], training: bool = False) -> Any:
        """The mean of the inputs that are kept."""
        kept = self._kept(len(inputs)) if training else ops.ones((len(inputs),), "float32")
        kept = ops.cast(kept, self.compute_dtype)
        inputs = [ops.cast(tensor, self.compute_dtype) for tensor in inputs]
        weights = kept / ops.sum(kept)
        outputs = inputs[0] * weights[0]
        for index, tensor in enumerate(inputs[1:], start=1):
            outputs = outputs + tensor * weights[index]
        return outputs

    def compute_mask(self, inputs: list[Any], mask: Any = None) -> Any:
        """The steps that are there in any of the inputs that have a mask."""
        masks = [entry for entry in mask or [] if entry is not None]
        if len(masks) < len(inputs):
            return None
        together = masks[0]
        for entry in masks[1:]:
            together = ops.logical_or(together, entry)
        return together

    def compute_output_shape(self, input_shape: list[tuple[int | None, ...]]) -> tuple[int | None, ...]:
        """That of one input."""
        self._refuse(input_shape)
        return tuple(input_shape[0])

    def get_config(self) -> dict[str, Any]:
        """What the constructor was given."""
        own = ("columns", "drop_rate", "local_share", "seed", "global_seed")
        return {**super().get_config(), **{name: getattr(self, name) for name in own}}

    def _kept(self, count: int) -> Any:
        """1 for each input that this step's subnetwork has, else 0."""
        draws = keras.random.uniform((count,), dtype="float32", seed=self.seed_generator)
        # The input with the largest draw is the last to go, and is each of them with the same probability.
        local = ops.cast(ops.logical_or(draws >= self.drop_rate, draws >= ops.max(draws)), "float32")
        # Drawn also where the share is 0 or 1 and by all joins alike, or their seeds would part.
        shared = keras.random.uniform((self.columns + 1,), dtype="float32", seed=self.global_seed_generator)
        chosen = ops.cast(shared[1:] >= ops.max(shared[1:]), "float32")[self.columns - count :]
        chosen = ops.where(ops.sum(chosen) > 0, chosen, ops.ones_like(chosen))
        return ops.where(shared[0] < self.local_share, local, chosen)

    def _refuse(self, shapes: Any) -> None:
        if not shapes or not isinstance(shapes[0], (list, tuple)) or len(shapes) < 2:
            raise ValueError(f"{self.name}: it joins a list of at least two tensors, not {shapes}")
        if len(shapes) > self.columns:
            raise ValueError(
                f"{self.name}: {len(shapes)} tensors are more than columns: {self.columns}; give those of the network"
            )
        if len({tuple(shape) for shape in shapes}) > 1:
            raise ValueError(
                f"{self.name}: the tensors have different shapes: {', '.join(str(tuple(s)) for s in shapes)}; columns "
                "that are joined have the same strides, padding and filters"
            )
