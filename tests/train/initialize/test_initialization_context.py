"""What initializations receive: the first training samples, their labels and weights, and which layers to keep."""

import keras
import numpy as np
import pytest

from kpipe.data.feeds.order import order
from kpipe.errors import Mark
from kpipe.model.names import LayerLabel
from kpipe.train.initialize import initialization_context as module
from kpipe.train.initialize.initialization_context import InitializationContext

from ..stand_in import ArrayData
from .contexts import CLASSIFIED, context_of, data_of, model_of

ROWS = np.random.default_rng(0).standard_normal((300, 6)).astype(np.float32)


def test_the_inputs_are_the_first_samples_of_the_first_epoch():
    context = context_of(model_of((6,)), data_of(ROWS, seed=4))
    np.testing.assert_array_equal(context.inputs(), ROWS[order(300, 4, 0)[:256]])
    np.testing.assert_array_equal(context.inputs(), context.inputs())
    assert sorted(context.prepared.parts) == ["train"]


def test_the_labels_and_weights_are_those_of_the_training_part():
    labels, weights = np.arange(300) % 3, np.linspace(1, 2, 300, dtype=np.float32)
    parts = {"train": np.arange(100, 300), "validation": np.arange(100)}
    data = ArrayData({"x": ROWS}, {"y": CLASSIFIED}, {"y": labels}, parts)
    found, own = context_of(model_of((6,)), data, weights={"y": weights}).training_labels("y")
    np.testing.assert_array_equal(found, labels[100:])
    np.testing.assert_array_equal(own, weights[100:])
    assert context_of(model_of((6,)), data).training_labels("y")[1] is None


def test_many_labels_are_evenly_spaced(monkeypatch):
    monkeypatch.setattr(module, "_MOST_VALUES", 4)
    found, _ = context_of(model_of((6,)), data_of(ROWS, np.arange(300) % 3)).training_labels("y")
    np.testing.assert_array_equal(found, np.array([0, 99, 199, 299]) % 3)


@pytest.mark.parametrize(
    ("path", "is_loaded"),
    [("body", True), ("body/dense", True), ("outer/inner", True), ("outer/inner/dense", True), ("outer", False)],
)
def test_layers_inside_of_a_loaded_one_are_loaded(path, is_loaded):
    context = context_of(model_of((6,)), data_of(ROWS), loaded=["body", "outer/inner"])
    assert context.is_loaded(path) == is_loaded
    assert not context.is_loaded("body_1")


def test_layers_without_a_label_belong_to_preparations():
    context = context_of(model_of((6,)), data_of(ROWS))
    assert not context.is_preparation("out")
    labels = {"out": LayerLabel("out", "model.0", Mark("a.yaml", 1, 1, 1, 2))}
    fields = {name: getattr(context, name) for name in InitializationContext.__dataclass_fields__}
    labelled = InitializationContext(**{**fields, "labels": labels})
    assert (labelled.is_preparation("x_standardize"), labelled.is_preparation("out/dense")) == (True, False)


def test_several_inputs_have_their_names():
    inputs = {name: keras.Input((6,), name=name) for name in ("a", "b")}
    outputs = keras.layers.Dense(3)(keras.layers.Add()(list(inputs.values())))
    data = ArrayData(
        {"a": ROWS, "b": 2 * ROWS}, {"y": CLASSIFIED}, {"y": np.arange(300) % 3}, {"train": np.arange(300)}
    )
    found = context_of(keras.Model(inputs, outputs), data).inputs()
    np.testing.assert_array_equal(2 * np.array(found["a"]), found["b"])
