"""Tests of saved models whose training mixed samples."""

import keras
import numpy as np

import kpipe


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
