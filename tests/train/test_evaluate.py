import keras
import numpy as np
import pytest

from kpipe.data.dataset import Target
from kpipe.train.evaluate import evaluate
from kpipe.train.objective.objective import decide

from .stand_in import ArrayData, blobs, classifier, train_section


def test_metrics_and_answers_are_those_of_numpy():
    data = blobs(samples=100, validation=37)
    model = classifier(activation="softmax")
    objective = decide(train_section(), model, data.dataset.targets)
    found = evaluate(model, data, "validation", objective)
    indices = data.parts["validation"]
    probabilities = np.asarray(model(data.arrays["x"][indices], training=False))
    labels = data.dataset.labels["y"][indices]
    assert found.predictions["y"].tolist() == probabilities.argmax(axis=1).tolist()
    assert found.labels["y"].tolist() == labels.tolist()
    expected = -np.log(probabilities[np.arange(37), labels]).mean()
    assert found.metrics["loss"] == pytest.approx(expected, rel=1e-5)
    assert found.metrics["accuracy"] == pytest.approx((probabilities.argmax(axis=1) == labels).mean(), rel=1e-6)
    assert list(found.metrics) == ["loss", "accuracy"]
    assert found.classes["y"].confusion.samples.sum() == 37


def test_several_targets_and_inputs():
    generator = np.random.default_rng(0)
    inputs = {"a": generator.standard_normal((30, 2)).astype(np.float32), "b": np.ones((30, 1), np.float32)}
    targets = {
        "price": Target("price", "regression", None, ()),
        "kind": Target("kind", "classification", ("x", "y"), ()),
    }
    labels = {"price": np.arange(30, dtype=np.float32), "kind": np.arange(30) % 2}
    data = ArrayData(inputs, targets, labels, {"test": np.arange(30)})
    tensors = {name: keras.Input(values.shape[1:], name=name) for name, values in inputs.items()}
    both = keras.layers.Concatenate()(list(tensors.values()))
    outputs = {"price": keras.layers.Dense(1, name="price")(both), "kind": keras.layers.Dense(1, name="kind")(both)}
    model = keras.Model(tensors, outputs)
    section = train_section(targets={"price": {"weight": 0.5}})
    found = evaluate(model, data, "test", decide(section, model, targets))
    output = {name: np.asarray(value) for name, value in model(inputs, training=False).items()}
    squares = np.mean((output["price"][:, 0] - labels["price"]) ** 2)
    logits = output["kind"][:, 0].astype(np.float64)
    entropy = np.mean(np.log1p(np.exp(-logits)) + (1 - labels["kind"]) * logits)
    assert found.metrics["loss"] == pytest.approx(0.5 * squares + entropy, rel=1e-5)
    assert found.metrics["kind_accuracy"] == pytest.approx(np.mean((logits > 0) == labels["kind"]))
    assert found.metrics["price_mean_absolute_error"] == pytest.approx(
        np.abs(output["price"][:, 0] - labels["price"]).mean(), rel=1e-5
    )
    assert found.predictions["kind"].tolist() == (logits > 0).astype(int).tolist()
    assert list(found.classes) == ["kind"]


def test_masked_steps_of_a_sequence_do_not_count():
    x = np.array([[1, 2, 0], [3, 0, 0]], np.int32)
    target = Target("y", "sequence", ("a", "b"), (3,))
    data = ArrayData({"x": x}, {"y": target}, {"y": np.array([[0, 1, 0], [1, 0, 0]])}, {"test": np.arange(2)})
    inputs = keras.Input((3,), dtype="int32", name="x")
    outputs = keras.layers.Dense(2)(keras.layers.Embedding(5, 4, mask_zero=True)(inputs))
    model = keras.Model(inputs, outputs)
    found = evaluate(model, data, "test", decide(train_section(), model, {"y": target}))
    assert found.masks["y"].tolist() == [[True, True, False], [True, False, False]]
    assert found.classes["y"].support.tolist() == [1, 2]


def test_scores_are_those_of_the_outputs_and_only_computed_on_request():
    data = blobs(samples=100, validation=37)
    model = classifier()
    objective = decide(train_section(), model, data.dataset.targets)
    indices = data.parts["validation"]
    logits = np.asarray(model(data.arrays["x"][indices], training=False), np.float64)
    exponentials = np.exp(logits)
    given = (exponentials / exponentials.sum(axis=1, keepdims=True))[np.arange(37), data.dataset.labels["y"][indices]]
    found = evaluate(model, data, "validation", objective, scored=True)
    assert found.scores["y"].probability == pytest.approx(given, rel=1e-5)
    assert found.scores["y"].predicted.tolist() == found.predictions["y"].tolist()
    assert np.mean(found.scores["y"].loss) == pytest.approx(found.metrics["loss"], rel=1e-5)
    assert evaluate(model, data, "validation", objective).scores == {}
