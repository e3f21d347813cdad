import keras
import numpy as np

from kpipe.report.image_free_model import image_free_model


def test_images_enter_behind_their_conversion_and_other_inputs_before_it():
    received = {"image": keras.Input((4, 4, 1), name="image"), "more": keras.Input((2,), name="more")}
    x = keras.layers.Concatenate()([keras.layers.Flatten()(received["image"]), received["more"]])
    inner = keras.Model(received, keras.layers.Dense(3)(x), name="net")
    raw = {"image": keras.Input((None, None, 1), name="image"), "more": keras.Input((2,), name="more")}
    resized = keras.layers.Resizing(4, 4)(raw["image"], training=False)
    outer = keras.Model(
        raw,
        keras.layers.Rescaling(10.0)(inner({"image": resized, "more": keras.layers.Rescaling(2.0)(raw["more"])})),
        name="net_raw",
    )
    made = image_free_model(outer, ["image"])
    given = {"image": np.ones((2, 4, 4, 1), np.float32), "more": np.ones((2, 2), np.float32)}
    expected = 10 * np.asarray(inner({**given, "more": 2 * given["more"]}))
    np.testing.assert_allclose(made(given), expected, rtol=1e-6)
    assert image_free_model(inner, ["image"]) is inner


def test_a_single_input():
    inputs = keras.Input((4, 4, 1), name="image")
    inner = keras.Model(inputs, keras.layers.Flatten()(inputs), name="net")
    raw = keras.Input((None, None, 1), name="image")
    outer = keras.Model(raw, inner(keras.layers.Resizing(4, 4)(raw, training=False)), name="net_raw")
    assert image_free_model(outer, ["image"]).input_shape == (None, 4, 4, 1)
