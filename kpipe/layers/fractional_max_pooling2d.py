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

#: A ratio of 2 is that of `MaxPooling2D`.
_Ratio = Annotated[float, Interval(gt=1, lt=2)]


@keras.saving.register_keras_serializable(package="kpipe")  # type: ignore[untyped-decorator,unused-ignore]
class FractionalMaxPooling2D(keras.layers.Layer):  # type: ignore[misc,unused-ignore]
    """Max pooling that shrinks an image by a factor between 1 and 2, over regions drawn in each step.

    y_ij is the maximum over the rows from a_(i-1) to a_i - 1 and the columns from b_(j-1) to b_j - 1, disjoint, or to
    a_i and b_j, overlapping, as far as the image goes. Both sequences rise from 0 to the size of the input by ones and
    twos.

    Graham, "Fractional max-pooling", arXiv:1412.6071, 2014, section 2. `random` has the ones and twos in random
    order, which distorts the image a little; `pseudorandom` has a_i = ceil(r (i + u)) - ceil(r u) with u
    drawn from (0, 1) and r = size of the input / size of the output, in which they alternate as evenly as they can.
    Rows are counted from 0 and the sequences end after the last row, as those of `tf.nn.fractional_max_pool`: the
    disjoint regions cover the image, and the last overlapping region ends at its border.

    Training draws one pair of sequences a step, for rows and for columns, for all samples and channels of the
    batch and for all replicas. Inference draws nothing: its regions are the pseudorandom ones of u = 1/2, regardless of
    `regions`, so that predictions repeat. The paper averages the predictions of several passes with regions
    drawn for each of them; to do so, take the mean of several `model(images, training=True)`, as far as no other layer
    of the model, such as dropout or BatchNormalization, changes in training.

    There is nothing to train.

    Args:
        pool_ratio: size of the input over size of the output, above 1 and below 2, or a pair of them for height and
            width; default the root of 2.
        regions: `random` or `pseudorandom`, default `random`.
        overlapping: whether neighboring regions share a row or a column, default True.
        seed: of the draws, an integer; default None: from Keras' global seed.
        data_format: `channels_last` or `channels_first`; default None: as Keras is configured.
        **kwargs: `name`, `dtype` and `trainable`, as of every Keras layer.

    Input shape:
        (n, height, width, channels), or (n, channels, height, width) with `channels_first`; height and width known.

    Output shape:
        As the input with floor(height / pool_ratio) and floor(width / pool_ratio).

    Raises:
        ValueError: an argument out of its range; a height or width that is unknown, or so small that its output would
            have less than half of it.

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

    def build(self, input_shape: tuple[int | None, ...]) -> None:
        """Refuses sizes that are unknown or too small."""
        self._sizes(input_shape)
        self.built = True

    def call(self, inputs: Any, training: bool = False) -> Any:
        """The maxima along the height, then those of them along the width."""
        outputs = ops.cast(inputs, self.compute_dtype)
        for axis, (size, pooled) in zip(self._axes(), self._sizes(inputs.shape), strict=True):
            sequence = self._draw(size, pooled) if training else _evenly(size, pooled, (size + 1) // 2)
            outputs = _pool(outputs, sequence, axis, self.overlapping)
        return outputs

    def compute_output_shape(self, input_shape: tuple[int | None, ...]) -> tuple[int | None, ...]:
        """As the input, with fewer rows and columns."""
        shape = list(input_shape)
        for axis, (_, pooled) in zip(self._axes(), self._sizes(input_shape), strict=True):
            shape[axis] = pooled
        return tuple(shape)

    def get_config(self) -> dict[str, Any]:
        """What the constructor was given."""
        own = ("pool_ratio", "regions", "overlapping", "seed", "data_format")
        return {**super().get_config(), **{name: getattr(self, name) for name in own}}

    def _axes(self) -> tuple[int, int]:
        return (1, 2) if self.data_format == "channels_last" else (2, 3)

    def _sizes(self, shape: tuple[int | None, ...]) -> list[tuple[int, int]]:
        """The sizes of the input and of the output, of the height and of the width."""
        if len(shape) != 4 or any(shape[axis] is None for axis in self._axes()):
            raise ValueError(
                f"{self.name}: an input of shape {tuple(shape)} has no known height and width; with {self.data_format} "
                "it is (n, height, width, channels) or (n, channels, height, width). Give the model's input its size"
            )
        sizes = []
        for axis, ratio in zip(self._axes(), self._pair, strict=True):
            size = int(shape[axis] or 0)
            pooled = math.floor(size / ratio)
            if 2 * pooled < size or pooled == 0:
                raise ValueError(
                    f"{self.name}: a size of {size} is too small for a pool_ratio of {ratio}; floor({size} / {ratio}) "
                    f"= {pooled} regions of at most two do not cover it. Take a smaller ratio or a larger image"
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
    """ceil(r (i + u)) - ceil(r u) for r = size / pooled, in integers, which do not round.

    ceil((size i + size u) / pooled) depends on size u through start = ceil(size u) alone, and that is uniform on 1 to
    size where u is uniform on (0, 1).
    """
    ends = ops.arange(pooled + 1, dtype="int32") * size + start + pooled - 1
    ends = ops.floor_divide(ends, pooled)
    return ops.cast(ends - ends[0], "int32")


def _pool(inputs: Any, sequence: Any, axis: int, overlapping: bool) -> Any:
    """The maxima along one axis over the regions between borders that are at most two apart."""
    first = sequence[:-1]
    last = ops.minimum(sequence[1:], inputs.shape[axis] - 1) if overlapping else sequence[1:] - 1
    outputs = ops.take(inputs, first, axis=axis)
    for offset in range(1, 3 if overlapping else 2):
        # A shorter region has its last row twice.
        outputs = ops.maximum(outputs, ops.take(inputs, ops.minimum(first + offset, last), axis=axis))
    return outputs
