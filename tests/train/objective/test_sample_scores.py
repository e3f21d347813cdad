import numpy as np

from kpipe.train.objective.sample_scores import SampleScores


def scores(*numbers):
    values = np.array(numbers, np.float32)
    whole = np.arange(len(numbers))
    return SampleScores(values, whole, values / 2, values / 4, whole)


def test_batches_are_joined_in_their_order():
    found = SampleScores.joined([scores(0.5, 0.25), scores(1.0)])
    assert found.probability.tolist() == [0.5, 0.25, 1.0]
    assert found.predicted.tolist() == [0, 1, 0]
    assert found.predicted_probability.tolist() == [0.25, 0.125, 0.5]
    assert found.loss.tolist() == [0.125, 0.0625, 0.25]
    assert found.position.tolist() == [0, 1, 0]
    assert (found.probability.dtype, found.predicted.dtype) == (np.float32, np.int64)
