import keras
from keras import layers

from kpipe.report.overview_lines import binary, memory_lines


def test_the_memory_as_text():
    model = keras.Sequential([keras.Input((8, 8, 3)), layers.Conv2D(4, 3), layers.Flatten(), layers.Dense(10)])
    optimizer = keras.optimizers.Adam()
    optimizer.build(model.trainable_variables)
    assert memory_lines(model, optimizer, 10) == [
        "memory of a training step",
        "  parameters     6.10 KiB  all weights",
        "  gradients      6.10 KiB  one for each trainable parameter",
        "  optimizer     12.21 KiB  the state of Adam",
        "  activations   13.52 KiB  10 x 1.35 KiB, the output of each layer",
        "  total         37.93 KiB  an estimate: the sum of these",
    ]


def test_the_title_can_say_what_a_step_belongs_to():
    model = keras.Sequential([keras.Input((3,)), layers.Dense(2)])
    optimizer = keras.optimizers.SGD()
    optimizer.build(model.trainable_variables)
    assert memory_lines(model, optimizer, 1, " of stage 2")[0] == "memory of a training step of stage 2"


def test_bytes_have_binary_units():
    assert binary(0) == "0 B" and binary(1023) == "1023 B" and binary(1 << 50) == "1.00 PiB"
