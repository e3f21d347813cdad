"""The seed of all random numbers of a test, without the cost of TensorFlow's."""

import random

import keras
import pytest

from kpipe.keras_internals import OperationSeed, set_operation_seed


def set_random_seed(seed):
    """Do what `keras.utils.set_random_seed` does, but keep the kernels that TensorFlow has prepared.

    `tf.random.set_seed` discards them all, since those of stateful random operations contain a position in a sequence.
    Keras has no such operations, and preparing the kernels again takes a quarter of the time of a short training.
    """
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("tensorflow.random.set_seed", _set_operation_seed)
        keras.utils.set_random_seed(seed)


def _set_operation_seed(seed):
    generator = random.Random(seed)
    set_operation_seed(OperationSeed(seed, generator, generator.getstate()))
