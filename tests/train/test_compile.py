import keras
import numpy as np
import pytest

import kpipe
from kpipe.model.build import BuiltModel
from kpipe.train.compile import compile_model

from .stand_in import blobs, classifier, numbers, spec_of


def test_the_compiled_model_fits_with_keras_alone():
    data = blobs(validation=0)
    model = classifier()
    raw = keras.Model(model.input, model.output)
    spec = spec_of(optimizer={"SGD": {"learning_rate": 0.1}}, regularize={"l2": 0.01})
    compile_model(spec, BuiltModel(model, raw), data)
    assert raw.optimizer.built
    kernels = [numbers(variable) for variable in raw.trainable_variables if variable.name == "kernel"]
    penalty = 0.01 * sum(np.square(kernel).sum() for kernel in kernels)
    x, labels = data.arrays["x"], data.dataset.labels["y"]
    logits = np.asarray(raw(x, training=False), np.float64)
    own = (np.log(np.exp(logits).sum(axis=1)) - logits[np.arange(len(x)), labels]).mean()
    measured = raw.evaluate(x, labels, verbose=0, return_dict=True)
    assert measured["loss"] == pytest.approx(own + penalty, rel=1e-5)
    history = raw.fit(x, labels, epochs=3, verbose=0).history
    assert history["loss"][2] < history["loss"][0]
    assert sorted(history) == ["accuracy", "loss"]


def test_a_saved_model_that_resizes_and_was_trained_on_mixed_samples_can_be_loaded(tmp_path):
    overrides = {
        "data.prepare": [{"Resize": {"height": 8, "width": 8}}],
        "data.mix": [{"MixUp": {"alpha": 0.2}}],
        "train.epochs": 1,
    }
    run = kpipe.load("kpipe:digits", overrides).run(tmp_path / "run")
    images = np.random.default_rng(0).uniform(0, 16, (2, 11, 9, 1)).astype("float32")
    loaded = keras.models.load_model(tmp_path / "run" / "model.keras")
    np.testing.assert_allclose(loaded.predict(images, verbose=0), run.model.predict(images, verbose=0), atol=1e-6)
