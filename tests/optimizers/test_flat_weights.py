import keras
import numpy as np

from kpipe.optimizers._flat_weights import FlatWeights


def test_what_is_written_is_read_as_far_as_the_types_represent_it():
    values = (np.zeros((2, 3)), 1.0, np.zeros(0), [5.0])
    variables = [keras.Variable(value, dtype="float32") for value in values]
    weights = FlatWeights(variables)
    assert weights.size == 8
    assert weights.read().tolist() == [0, 0, 0, 0, 0, 0, 1, 5]
    point = np.arange(8) + 0.1
    weights.write(point)
    assert np.asarray(variables[0]).tolist() == np.float32(point[:6].reshape(2, 3)).tolist()
    assert weights.read().tolist() == point.astype(np.float32).tolist()
