"""Max pooling by a factor between 1 and 2."""

from __future__ import annotations

import math
from typing import Annotated, Any, Literal

import keras
from annotated_types import Interval
from keras import ops

from kpipe.components.argument_check import check_arguments
from kpipe.layers._arguments import data_format_of
from kpipe.layers._seeds import shared_seeds

#: Excludes 2, the ratio of `MaxPooling2D`.
_Ratio = Annotated[float, Interval(gt=1, lt=2)]


@keras.saving.register_keras_serializable(package="kpipe")  # type: ignore[untyped-decorator,unused-ignore]
class FractionalMaxPooling2D(keras.layers.Layer):  # type: ignore[misc,unused-ignore]
    """Max pooling that reduces the size of an image by a factor between 1 and 2, over regions drawn in each step.

    With disjoint regions, y_ij is the maximum over the rows from a_(i-1) to a_i - 1 and the columns from b_(j-1) to
    b_j - 1. Overlapping regions extend to row a_i and column b_j, within the image. Both sequences increase from 0 to
    the size of the input by ones and twos.

    Graham, "Fractional max-pooling", arXiv:1412.6071, 2014, section 2. `random` uses the ones and twos in random order,
    which slightly distorts the image. `pseudorandom` uses a_i = ceil(r (i + u)) - ceil(r u) with u drawn from (0, 1)
    and r = size of the input / size of the output, in which ones and twos alternate as evenly as possible. Rows are
    counted from 0 and the sequences end after the last row, as in `tf.nn.fractional_max_pool`: disjoint regions cover
    the image, and the last overlapping region ends at its border.

    Training draws one pair of sequences per step, for rows and columns, shared by all samples, channels and replicas.
    Inference is deterministic: it uses the pseudorandom regions with u = 1/2, regardless of `regions`. The paper
    averages the predictions of several passes with different regions; for this, average several
    `model(images, training=True)`, provided that no other layer of the model, such as dropout or BatchNormalization,
    behaves differently in training.

    The layer has no weights.

    Args:
        pool_ratio: size of the input divided by the size of the output, above 1 and below 2, or a pair for height and
            width; default the square root of 2.
        regions: `random` or `pseudorandom`, default `random`.
        overlapping: whether neighboring regions share a row or a column, default True.
        seed: integer seed of the draws; default None: derived from Keras' global seed.
        data_format: `channels_last` or `channels_first`; default None: the Keras configuration.
        **kwargs: `name`, `dtype` and `trainable`; see `keras.layers.Layer`.

    Input shape:
        (n, height, width, channels), or (n, channels, height, width) with `channels_first`; height and width known.

    Output shape:
        The input shape with floor(height / pool_ratio) and floor(width / pool_ratio).

    Raises:
        ValueError: an argument is out of range, or a height or width is unknown or so small that the output would be
            less than half of it.

    Example:
        >>> layer = FractionalMaxPooling2D(pool_ratio=1.5, overlapping=False)
        >>> [[int(y) for y in row] for row in layer(keras.ops.reshape(keras.ops.arange(9.0), (1, 3, 3, 1)))[0, :, :, 0]]
        [[4, 5], [7, 8]]
    """

    @check_arguments
    def __init__(
        self,
        pool_ratio: _Ratio | tuple[_Ratio, _Ratio] = 2**0.5,
        regions: Literal["random", "pseudorandom"] = "random",
        overlapping: bool = True,
        seed: int | None = None,
        data_format: Literal["channels_last", "channels_first"] | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        pair = tuple(pool_ratio) if isinstance(pool_ratio, (tuple, list)) else (pool_ratio, pool_ratio)
        if regions not in ("random", "pseudorandom"):
            raise ValueError(f"regions: unknown value; expected random or pseudorandom, got {regions!r}")
        self.pool_ratio = pool_ratio
        self.regions = regions
        self.overlapping = overlapping
        self.seed = seed
        self.data_format = data_format_of(data_format)
        self.seed_generator = shared_seeds(seed)
        self._pair = pair

    @property
    def random_in_training(self) -> bool:
        """Whether calls in training draw random numbers, which averages over masks keep."""
        return True

    def build(self, input_shape: tuple[int | None, ...]) -> None:
        """Check the height and width."""
        self._sizes(input_shape)
        self.built = True

    def call(self, inputs: Any, training: bool = False) -> Any:
        """Pool along the height and then along the width."""
        outputs = ops.cast(inputs, self.compute_dtype)
        for axis, (size, pooled) in zip(self._axes(), self._sizes(inputs.shape), strict=True):
            sequence = self._draw(size, pooled) if training else _evenly(size, pooled, (size + 1) // 2)
            outputs = _pool(outputs, sequence, axis, self.overlapping)
        return outputs

    def compute_output_shape(self, input_shape: tuple[int | None, ...]) -> tuple[int | None, ...]:
        """Return the input shape with the pooled height and width."""
        shape = list(input_shape)
        for axis, (_, pooled) in zip(self._axes(), self._sizes(input_shape), strict=True):
            shape[axis] = pooled
        return tuple(shape)

    def get_config(self) -> dict[str, Any]:
        """Return the arguments of the constructor."""
        own = ("pool_ratio", "regions", "overlapping", "seed", "data_format")
        return {**super().get_config(), **{name: getattr(self, name) for name in own}}

    def _axes(self) -> tuple[int, int]:
        return (1, 2) if self.data_format == "channels_last" else (2, 3)

    def _sizes(self, shape: tuple[int | None, ...]) -> list[tuple[int, int]]:
        """The input and output sizes of the height and the width."""
        if len(shape) != 4 or any(shape[axis] is None for axis in self._axes()):
            raise ValueError(
                f"{self.name}: the height or width of the input is unknown; expected (n, height, width, channels), or "
                f"(n, channels, height, width) with channels_first, got {tuple(shape)} with {self.data_format}; set "
                "both sizes in the input of the model"
            )
        sizes = []
        for axis, ratio in zip(self._axes(), self._pair, strict=True):
            size = int(shape[axis] or 0)
            pooled = math.floor(size / ratio)
            if 2 * pooled < size or pooled == 0:
                raise ValueError(
                    f"{self.name}: a size of {size} is too small for a pool_ratio of {ratio}, because floor({size} / "
                    f"{ratio}) = {pooled} regions of at most 2 do not cover it; use a smaller ratio or a larger image"
                )
            sizes.append((size, pooled))
        return sizes

    def _draw(self, size: int, pooled: int) -> Any:
        """A sequence of `pooled` + 1 borders from 0 to `size`, by ones and twos."""
        if self.regions == "pseudorandom":
            return _evenly(size, pooled, keras.random.randint((), 1, size + 1, dtype="int32", seed=self.seed_generator))
        draws = keras.random.uniform((pooled,), dtype="float32", seed=self.seed_generator)
        ranks = ops.argsort(ops.argsort(draws))
        steps = 1 + ops.cast(ranks < size - pooled, "int32")
        return ops.concatenate([ops.zeros((1,), "int32"), ops.cast(ops.cumsum(steps), "int32")], axis=0)


def _evenly(size: int, pooled: int, start: Any) -> Any:
    """ceil(r (i + u)) - ceil(r u) for r = size / pooled, computed in integers to avoid rounding.

    ceil((size i + size u) / pooled) depends on size u only through start = ceil(size u), which is uniform on 1 to size
    if u is uniform on (0, 1).
    """
    ends = ops.arange(pooled + 1, dtype="int32") * size + start + pooled - 1
    ends = ops.floor_divide(ends, pooled)
    return ops.cast(ends - ends[0], "int32")


def _pool(inputs: Any, sequence: Any, axis: int, overlapping: bool) -> Any:
    """The maxima along one axis over the regions between borders, which are at most 2 apart."""
    first = sequence[:-1]
    last = ops.minimum(sequence[1:], inputs.shape[axis] - 1) if overlapping else sequence[1:] - 1
    outputs = ops.take(inputs, first, axis=axis)
    for offset in range(1, 3 if overlapping else 2):
        # A shorter region repeats its last row.
        outputs = ops.maximum(outputs, ops.take(inputs, ops.minimum(first + offset, last), axis=axis))
    return outputs
