import keras
import numpy as np

from kpipe.data.mix.mixed_labels import mixed_labels
from kpipe.train.objective.hard_labels import measure_hard_labels


def test_metrics_compare_with_the_label_of_the_larger_weight():
    model = keras.Sequential([keras.Input((3,)), keras.layers.Activation("linear")])
    model.compile(metrics=[keras.metrics.SparseCategoricalAccuracy(name="accuracy")])
    measure_hard_labels(model)
    weights, permutation = np.array([0.9, 0.4, 0.5, 0.1], np.float32), np.array([1, 2, 3, 0])
    packed = mixed_labels(np.array([0, 1, 2, 2]), weights, permutation)
    # The hard labels are 0, 2, 2 and 0.
    prediction = np.eye(3, dtype=np.float32)[[0, 2, 2, 2]]
    assert float(model.compute_metrics(None, packed, prediction)["accuracy"]) == 0.75
