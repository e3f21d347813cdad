import keras
import numpy as np
import pytest
from golden import raises

from kpipe.errors import DataError
from kpipe.train.evaluator import Evaluator

from .stand_in import blobs, classifier


class Counting(keras.layers.Layer):
    """The identity; counts its calls by Keras, which are those of tracing."""

    calls = 0

    def call(self, inputs):
        self.calls += 1
        return inputs


def arguments(**more):
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    return {"loss": loss, "metrics": [keras.metrics.SparseCategoricalAccuracy(name="accuracy")], **more}


@pytest.mark.parametrize("part", ["validation", "test"])
def test_outputs_and_metrics_equal_those_of_keras(part):
    data, model = blobs(samples=120, validation=40, test=37), classifier()
    evaluator = Evaluator(model, data.batches("validation"), **arguments())
    found = [step.outputs[""].numpy() for step in evaluator.steps(data.batches(part), 3, part)]
    outputs = np.asarray(model(data.arrays["x"][data.parts[part]], training=False))
    np.testing.assert_allclose(np.concatenate(found), outputs, rtol=1e-5, atol=1e-6)
    model.compile(**arguments())
    expected = model.evaluate(data.batches(part), verbose=0, return_dict=True)
    assert evaluator.metrics() == pytest.approx(expected, rel=1e-6)
    assert evaluator.names == ["loss", "accuracy"]


def test_a_model_is_traced_once_for_all_parts_and_sizes_of_batches():
    data, counting = blobs(samples=120, validation=40, test=37), Counting()
    inputs = keras.Input((4,), name="x")
    model = keras.Model(inputs, keras.layers.Dense(3)(counting(inputs)))
    before = counting.calls
    evaluator = Evaluator(model, data.batches("validation"), **arguments())
    for part in ("validation", "test", "validation"):
        sizes = [len(step.outputs[""]) for step in evaluator.steps(data.batches(part), 3, part)]
        assert sizes == [16, 16, len(data.parts[part]) - 32]
    assert counting.calls == before + 1


def test_several_steps_per_execution_yield_metrics_only():
    data, model = blobs(samples=120, validation=40), classifier()
    evaluator = Evaluator(model, data.batches("validation"), **arguments(steps_per_execution=2))
    assert not evaluator.returns_outputs
    seen = []
    steps = list(evaluator.steps(data.batches("validation"), 3, "validation", seen.append))
    assert [(*step.logs, step.outputs, step.masks) for step in steps] == [("loss", "accuracy", {}, {})] * 2
    assert seen == [0, 2]


def test_data_that_end_too_early_are_refused():
    data, model = blobs(samples=120, validation=40), classifier()
    evaluator = Evaluator(model, data.batches("validation"), **arguments())
    with raises(DataError):
        list(evaluator.steps(data.batches("validation"), 4, "validation"))
