"""What holds for all metrics of exclusive classes."""

from functools import partial

import keras
import numpy as np
import pytest
from golden import raises

import kpipe.metrics
from kpipe.errors import ArgumentError
from kpipe.metrics import AUC, Precision

from .cases import accumulated, labels_and_outputs

GIVEN = {
    "PrecisionAtRecall": {"recall": 0.5},
    "RecallAtPrecision": {"precision": 0.5},
    "SensitivityAtSpecificity": {"specificity": 0.5},
    "SpecificityAtSensitivity": {"sensitivity": 0.5},
    "FBetaScore": {"beta": 2.0},
    "Precision": {"thresholds": [0.2, 0.4]},
    "AUC": {"curve": "PR", "num_thresholds": 50},
}
NAMES = sorted(kpipe.metrics.__all__)


def made(name, /, **more):
    return getattr(kpipe.metrics, name)(**GIVEN.get(name, {}), **more)


@pytest.mark.parametrize("name", NAMES)
def test_they_are_saved_and_loaded_by_keras(name):
    labels, outputs = labels_and_outputs(3)
    of_one_batch = partial(accumulated, labels=labels, outputs=outputs, sizes=(100,))
    metric = made(name, average="macro", activation="softmax", name="mine")
    again = keras.saving.deserialize_keras_object(keras.saving.serialize_keras_object(metric))
    assert type(again) is type(metric) and again.name == "mine"
    assert of_one_batch(again).tolist() == of_one_batch(metric).tolist()


@pytest.mark.parametrize("name", NAMES)
def test_they_count_in_float32_what_a_mixed_model_outputs(name):
    labels, outputs = labels_and_outputs(3)
    outputs = np.round(outputs)
    narrow = keras.ops.cast(outputs, "float16")
    found = accumulated(made(name, class_id=1, activation="softmax"), labels, narrow)
    assert found.tolist() == accumulated(made(name, class_id=1, activation="softmax"), labels, outputs).tolist()


@pytest.mark.parametrize("name", NAMES)
def test_the_metric_of_keras_has_the_same_arguments(name):
    theirs = made(name, name="mine").as_keras()
    assert type(theirs) is getattr(keras.metrics, name) and theirs.name == "mine"
    config = made(name).get_config()
    differing = {
        key for key, value in theirs.get_config().items() if key not in ("name", "dtype") and value != config[key]
    }
    assert not differing


@pytest.mark.parametrize("name", NAMES)
def test_keras_callbacks_find_the_better_direction(name):
    assert made(name)._direction == ("down" if name.startswith("False") else "up")


@pytest.mark.slow
def test_they_are_metrics_of_compile():
    labels, outputs = labels_and_outputs(2)
    model = keras.Sequential([keras.Input((2,)), keras.layers.Identity()])
    model.compile(
        loss=keras.losses.SparseCategoricalCrossentropy(from_logits=True),
        metrics=[Precision(name="precision"), AUC(from_logits=True, name="auc")],
    )
    found = model.evaluate(outputs, labels, batch_size=32, verbose=0, return_dict=True)
    assert found["precision"] == pytest.approx(float(accumulated(Precision(), labels, outputs)), abs=1e-6)
    assert found["auc"] == pytest.approx(float(accumulated(AUC(from_logits=True), labels, outputs)), abs=1e-6)


def test_what_keras_does_not_have_is_refused():
    with raises(ArgumentError):
        Precision(average="macro").as_keras()
    with raises(ArgumentError):
        AUC(class_id=1).as_keras()
