import keras
import numpy as np
import pytest
from golden import raises

from kpipe.errors import SpecError
from kpipe.spec.refusal import nowhere
from kpipe.train.full_batch.check_repeatable import check_repeatable


class Noisy(keras.layers.Layer):
    """A layer that draws from NumPy, of which Keras knows nothing."""

    def call(self, inputs):
        return inputs + float(np.random.default_rng().normal())


class Drawing(keras.layers.Layer):
    """A layer that draws by a seed generator of Keras."""

    def __init__(self, **options):
        super().__init__(**options)
        self.seed_generator = keras.random.SeedGenerator(1)

    def call(self, inputs, training=False):
        return inputs + keras.random.normal((), seed=self.seed_generator) if training else inputs


class Counting(keras.layers.Layer):
    """A layer that collects a statistic in training, which its output does not depend on."""

    def build(self, shape):
        self.calls = self.add_weight(shape=(), name="calls", trainable=False)

    def call(self, inputs, training=False):
        if training:
            self.calls.assign(self.calls + 1)
        return inputs


def model(*layers):
    return keras.Sequential([keras.Input((3,)), keras.layers.Dense(2), *layers], name="net")


BATCH = (np.ones((4, 3), np.float32), np.zeros((4, 2), np.float32))


@pytest.mark.parametrize("layer", [Noisy, Drawing, Counting])
def test_custom_layers_that_draw_or_count_are_refused(layer):
    network = model(layer(name="own"))
    before = [np.array(entry) for entry in network.weights]
    with raises(SpecError):
        check_repeatable(network, BATCH, nowhere)
    for one, other in zip(network.weights, before, strict=True):
        np.testing.assert_array_equal(np.array(one), other)


def test_layers_that_do_neither_are_accepted():
    check_repeatable(model(keras.layers.Dropout(0.0), keras.layers.LayerNormalization()), BATCH, nowhere)
    check_repeatable(model(keras.layers.BatchNormalization(trainable=False)), BATCH, nowhere)
