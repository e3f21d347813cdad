"""The join of the columns of a fractal network, with drop-path during training."""

from __future__ import annotations

from typing import Annotated, Any

import keras
from annotated_types import Ge, Interval
from keras import ops

from kpipe.components.argument_check import check_arguments
from kpipe.layers._seeds import shared_seeds


@keras.saving.register_keras_serializable(package="kpipe")  # type: ignore[untyped-decorator,unused-ignore]
class FractalJoin(keras.layers.Layer):  # type: ignore[misc,unused-ignore]
    """Average the columns that meet at one depth of a fractal network, with drop-path during training.

    y = sum_i k_i x_i / sum_i k_i, with k_i in {0, 1}; in inference all k_i are 1.

    Larsson, Maire and Shakhnarovich, "FractalNet: Ultra-deep neural networks without residuals", ICLR 2017, the section
    on regularization via drop-path. Each step samples one subnetwork for the whole batch, in one of two ways:

    - local, with probability `local_share`: each join drops each of its inputs independently with probability
      `drop_rate`. If all inputs were dropped, one of them is kept, each with the same probability.
    - global, otherwise: one of the columns of the network is chosen, each with the same probability, and every join
      passes on only this column. A join without this column outputs the mean of its inputs, which does not reach the
      output, because the last join of the block passes on the chosen column.

    The inputs are in order of depth, with the column of the fewest layers first. A join inside a block has only the
    deepest columns, so its inputs are treated as the last of the `columns`.

    The joins of a network are synchronized by equal draws: joins with the same `global_seed` and `columns` draw the
    same numbers. Therefore, call each join once per step, and use the same `global_seed`, `columns` and `local_share`
    for all joins of a network. All replicas draw the same numbers.

    The layer has no weights and does not rescale its output.

    Args:
        columns: number of columns of the network, at least 2; C in the paper.
        drop_rate: probability that local sampling drops an input, at least 0 and below 1, default 0.15.
        local_share: share of the steps with local sampling, 0 to 1, default 0.5; 1 disables global sampling.
        seed: integer seed of the local draws; default None: derived from Keras' global seed.
        global_seed: integer seed of the draws that all joins share, default 0.
        **kwargs: `name`, `dtype` and `trainable`; see `keras.layers.Layer`.

    Input shape:
        A list of at least two tensors of the same shape, (n, ...).

    Output shape:
        The shape of one input.

    Raises:
        ValueError: an argument is out of range, or the inputs are not a list, fewer than two, more than `columns`, or
            of different shapes.

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
                "global_seed: not an integer; expected an integer shared by all joins of a network, got "
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

    @property
    def random_in_training(self) -> bool:
        """Whether calls in training draw random numbers, which averages over masks keep."""
        return self.drop_rate > 0 or self.local_share < 1

    def build(self, input_shape: list[tuple[int | None, ...]]) -> None:
        """Check that the inputs are a list of several tensors of the same shape."""
        self._check_shapes(input_shape)
        self.built = True

    def call(self, inputs: list[Any], training: bool = False) -> Any:
        """Return the mean of the inputs that are kept."""
        kept = self._kept(len(inputs)) if training else ops.ones((len(inputs),), "float32")
        kept = ops.cast(kept, self.compute_dtype)
        inputs = [ops.cast(tensor, self.compute_dtype) for tensor in inputs]
        weights = kept / ops.sum(kept)
        outputs = inputs[0] * weights[0]
        for index, tensor in enumerate(inputs[1:], start=1):
            outputs = outputs + tensor * weights[index]
        return outputs

    def compute_mask(self, inputs: list[Any], mask: Any = None) -> Any:
        """Return the union of the masks; None if an input has no mask."""
        masks = [entry for entry in mask or [] if entry is not None]
        if len(masks) < len(inputs):
            return None
        union = masks[0]
        for entry in masks[1:]:
            union = ops.logical_or(union, entry)
        return union

    def compute_output_shape(self, input_shape: list[tuple[int | None, ...]]) -> tuple[int | None, ...]:
        """Return the shape of one input."""
        self._check_shapes(input_shape)
        return tuple(input_shape[0])

    def get_config(self) -> dict[str, Any]:
        """Return the arguments of the constructor."""
        own = ("columns", "drop_rate", "local_share", "seed", "global_seed")
        return {**super().get_config(), **{name: getattr(self, name) for name in own}}

    def _kept(self, count: int) -> Any:
        """1 for each input in the subnetwork of this step, else 0."""
        draws = keras.random.uniform((count,), dtype="float32", seed=self.seed_generator)
        # The input with the largest draw is always kept, so at least one input remains.
        local = ops.cast(ops.logical_or(draws >= self.drop_rate, draws >= ops.max(draws)), "float32")
        # All joins make the same draws, even if the share is 0 or 1, to keep their seeds synchronized.
        shared = keras.random.uniform((self.columns + 1,), dtype="float32", seed=self.global_seed_generator)
        chosen = ops.cast(shared[1:] >= ops.max(shared[1:]), "float32")[self.columns - count :]
        chosen = ops.where(ops.sum(chosen) > 0, chosen, ops.ones_like(chosen))
        return ops.where(shared[0] < self.local_share, local, chosen)

    def _check_shapes(self, shapes: Any) -> None:
        if not shapes or not isinstance(shapes[0], (list, tuple)) or len(shapes) < 2:
            raise ValueError(f"{self.name}: not several inputs; expected a list of at least two tensors, got {shapes}")
        if len(shapes) > self.columns:
            raise ValueError(
                f"{self.name}: too many inputs; expected at most columns: {self.columns}, got {len(shapes)}; set "
                "columns to the number of columns of the network"
            )
        if len({tuple(shape) for shape in shapes}) > 1:
            raise ValueError(
                f"{self.name}: the inputs have different shapes; expected the same shape, got "
                f"{', '.join(str(tuple(s)) for s in shapes)}; use the same strides, padding and filters in all columns"
            )
