import keras
import pytest
from keras import layers

from kpipe.model.memory import training_memory


def small() -> keras.Model:
    inputs = keras.Input((8, 8, 3), name="image")
    x = layers.Conv2D(4, 3, padding="same", use_bias=False, name="stem")(inputs)
    x = layers.BatchNormalization(name="norm")(x)
    shared = layers.Conv2D(4, 1, name="again")
    x = shared(shared(x))
    inner = keras.Sequential([keras.Input((8, 8, 4)), layers.Conv2D(2, 3), layers.ReLU()], name="inside")
    x = layers.Flatten(name="flat")(inner(x))
    return keras.Model(inputs, layers.Dense(1000, name="a_long_name_of_a_dense_layer_that_is_cut_in_its_middle")(x))


def test_memory_by_hand():
    model = small()
    optimizer = keras.optimizers.Adam()
    optimizer.build(model.trainable_variables)
    memory = training_memory(model, optimizer, 10)
    weights, trainable = 73_218, 73_210
    # The inputs; stem, norm and again twice; inside, its convolution and its ReLU; the dense layer. Flatten is a view.
    numbers = 8 * 8 * 3 + 4 * (8 * 8 * 4) + 2 * (6 * 6 * 2) + 1000
    assert memory.parameters == 4 * weights
    assert memory.gradients == 4 * trainable
    assert memory.optimizer == pytest.approx(4 * 2 * trainable, abs=16)  # two moments; iterations, learning rate
    assert memory.activations == 10 * 4 * numbers
    assert memory.total == memory.parameters + memory.gradients + memory.optimizer + memory.activations


def kept(shape, *parts, dtype=None) -> int:
    """Numbers of one sample besides the inputs."""
    inputs = tensor = keras.Input(shape, dtype=dtype)
    for part in parts:
        tensor = part(tensor)
    model = keras.Model(inputs, tensor)
    optimizer = keras.optimizers.SGD()
    optimizer.build(model.trainable_variables)
    size = 1
    for entry in shape:
        size *= entry
    return training_memory(model, optimizer, 1).activations // 4 - size


def test_activations_of_recurrent_and_attention_layers():
    assert kept((5, 4), layers.LSTM(3)) == 5 * 6 * 3 + 3
    assert kept((5, 4), layers.GRU(3, return_sequences=True)) == 5 * 4 * 3 + 5 * 3
    assert kept((5, 4), layers.Bidirectional(layers.SimpleRNN(3))) == 2 * (5 * 3 + 3) + 6
    assert kept((5, 8), lambda x: layers.MultiHeadAttention(2, 3)(x, x)) == 2 * (10 * 6 + 25) + 40
    assert kept((5, 4), layers.TimeDistributed(layers.Dense(3))) == 15


def test_half_precision_keeps_half():
    inputs = keras.Input((4,))
    half = keras.Model(inputs, layers.Dense(3, dtype="mixed_float16")(inputs))
    optimizer = keras.optimizers.SGD()
    optimizer.build(half.trainable_variables)
    memory = training_memory(half, optimizer, 1)
    assert memory.activations == 4 * 4 + 3 * 2
    assert memory.parameters == 4 * 15
