import keras
import numpy as np
import pytest
from keras import layers

from kpipe.layers import DropConnect, GroupNorm, Maxout, SqueezeExcite, StochasticDepth, WeightStandardizedConv2D
from kpipe.train.objective.kernel_regularization import regularize

from ..stand_in import numbers


def built() -> keras.Model:
    """Kernels of every kind: plain, separable, recurrent, wrapped, nested, attention, shared, frozen."""
    inputs = keras.Input((8, 8, 3))
    x = layers.Conv2D(4, 3, name="own", kernel_regularizer=keras.regularizers.L2(0.5))(inputs)
    x = layers.Conv2D(4, 3, name="plain")(x)
    x = WeightStandardizedConv2D(4, 1, name="standardized")(x)
    x = GroupNorm(2)(SqueezeExcite(2, name="gate")(x))
    x = DropConnect(layers.Conv2D(4, 1, name="dropped"), 0.5)(x)
    x = StochasticDepth(keras.Sequential([layers.Conv2D(4, 1), layers.BatchNormalization()]), 0.5)(x)
    x = Maxout(4)(x)
    x = layers.SeparableConv2D(4, 1, name="separable")(x)
    x = layers.DepthwiseConv2D(1, name="depthwise")(x)
    x = layers.BatchNormalization()(x)
    x = layers.Conv2D(4, 1, trainable=False, name="frozen")(x)
    x = layers.Reshape((16, 4))(x)
    x = layers.Bidirectional(layers.LSTM(2, return_sequences=True), name="both")(x)
    x = layers.RNN(layers.StackedRNNCells([layers.GRUCell(2), layers.GRUCell(3)]), return_sequences=True)(x)
    x = layers.TimeDistributed(layers.Dense(4, name="inner"))(x)
    x = layers.MultiHeadAttention(2, 2, name="attention")(x, x)
    shared = layers.Dense(4, name="shared")
    x = layers.Add()([shared(x), shared(x)])
    x = layers.GlobalAveragePooling1D()(x)
    nested = keras.Sequential([keras.Input((4,)), layers.Dense(2, name="deep")], name="nested")
    return keras.Model(inputs, nested(x))


def is_kernel(variable) -> bool:
    return "kernel" in variable.name and "frozen" not in variable.path and "own" not in variable.path


def test_the_penalty_is_that_of_numpy_over_kernels_alone():
    model = built()
    kernels = [variable for variable in model.trainable_variables if is_kernel(variable)]
    assert len(kernels) == 25
    before = float(sum(model.losses))
    paths = regularize(model, l1=0.01, l2=0.1)
    assert sorted(paths) == sorted(variable.path for variable in kernels)
    values = [numbers(variable) for variable in kernels]
    expected = sum(0.01 * np.abs(value).sum() + 0.1 * np.square(value).sum() for value in values)
    assert float(sum(model.losses)) - before == pytest.approx(expected, rel=1e-6)


def test_the_configuration_keeps_the_regularizer():
    model = built()
    regularize(model, l2=0.25)
    losses = float(sum(model.losses))
    copy = keras.Model.from_config(model.get_config())
    copy.set_weights([numbers(variable) for variable in model.weights])
    assert float(sum(copy.losses)) == pytest.approx(losses, rel=1e-6)


def test_nothing_is_done_for_zero():
    model = built()
    assert regularize(model) == []
    assert len(model.losses) == 1


def test_embeddings_biases_and_normalization_stay_as_they_are():
    inputs = keras.Input((5,), dtype="int32")
    x = layers.LayerNormalization()(layers.Embedding(10, 4)(inputs))
    model = keras.Model(inputs, layers.PReLU()(x))
    assert regularize(model, l1=1.0, l2=1.0) == []
    assert model.losses == []


def test_kernels_of_an_earlier_stage_are_counted_again_and_not_regularized_twice():
    model = built()
    paths = regularize(model, l1=0.01, l2=0.1)
    losses = float(sum(model.losses))
    assert regularize(model, l1=0.01, l2=0.1) == paths
    assert float(sum(model.losses)) == losses
