"""Two custom layers: a subclass of `keras.layers.Layer`, and a function that combines layers."""

import keras

import kpipe


class SqueezeExcite(keras.layers.Layer):
    """Reweight the channels with a gate computed from their means (Hu et al., arXiv:1709.01507).

    Args:
        ratio: int, at least 1: number of channels divided by the number of hidden units.
    """

    def __init__(self, ratio: int = 4, **kwargs):
        super().__init__(**kwargs)
        self.ratio = ratio

    def build(self, input_shape):  # noqa: D102
        channels = input_shape[-1]
        self.squeeze = keras.layers.Dense(max(1, channels // self.ratio), activation="relu")
        self.excite = keras.layers.Dense(channels, activation="sigmoid")
        self.squeeze.build((None, channels))
        self.excite.build(self.squeeze.compute_output_shape((None, channels)))

    def call(self, inputs):  # noqa: D102
        weights = self.excite(self.squeeze(keras.ops.mean(inputs, axis=(1, 2))))
        return inputs * weights[:, None, None, :]


@kpipe.register(kind="layer")
def SeparableUnit(filters: int, strides: int = 1, name: str | None = None):  # noqa: N802
    """A depthwise and a pointwise convolution with normalization (Howard et al., arXiv:1704.04861, figure 3).

    Args:
        filters: number of output channels.
        strides: strides of the depthwise convolution.
        name: name of the layer.
    """
    layers = [
        keras.layers.DepthwiseConv2D(3, strides=strides, padding="same", use_bias=False),
        keras.layers.BatchNormalization(momentum=0.9),
        keras.layers.ReLU(),
        keras.layers.Conv2D(filters, 1, use_bias=False),
        keras.layers.BatchNormalization(momentum=0.9),
        keras.layers.ReLU(),
    ]
    return keras.Sequential(layers, name=name)
