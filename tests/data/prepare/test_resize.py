from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from golden import raises

from kpipe.data.features import Features
from kpipe.data.prepare.resize import Resize
from kpipe.errors import ArgumentError

SIZES = [
    ((5, 7), (5, 7)),
    ((5, 7), (10, 14)),
    ((8, 8), (4, 4)),
    ((31, 17), (9, 23)),
    ((1, 1), (3, 2)),
    ((40, 30), (1, 1)),
]


def keras_resized(stage: Resize, images: Any) -> Any:
    import keras

    stage.bind(Features("image", "image", (None, None, images.shape[-1])))
    tensor = keras.Input((None, None, images.shape[-1]))
    return keras.Model(tensor, stage.build(tensor, "resize"))(images).numpy()


def test_a_model_after_it_is_called_for_inference_by_default() -> None:
    import keras

    inner = keras.Input((4, 4, 1))
    model = keras.Model(inner, keras.layers.Dropout(0.5, seed=1)(inner))
    stage = Resize(4, 4)
    stage.bind(Features("image", "image", (None, None, 1)))
    raw = keras.Input((None, None, 1))
    saved = keras.Model(raw, model(stage.build(raw, "resize")))
    images = np.ones((2, 4, 4, 1), np.uint8)
    np.testing.assert_array_equal(saved(images), np.ones((2, 4, 4, 1)))
    assert (keras.ops.convert_to_numpy(saved(images, training=True)) == 0).any()


@pytest.mark.parametrize("channels", [1, 3])
def test_workers_and_saved_model_agree(channels: int) -> None:
    rng = np.random.default_rng(0)
    for source, wanted in SIZES:
        images = rng.integers(0, 256, (2, *source, channels), dtype=np.uint8)
        stage = Resize(*wanted)
        in_model = keras_resized(stage, images)
        in_workers = stage.images(images)
        assert in_workers.dtype == np.float32
        assert in_workers.shape == (2, *wanted, channels)
        np.testing.assert_allclose(in_workers, in_model, atol=1e-3)


@pytest.mark.parametrize("option", ["crop_to_aspect_ratio", "pad_to_aspect_ratio"])
def test_they_agree_when_the_aspect_ratio_is_kept(option: str) -> None:
    rng = np.random.default_rng(1)
    for source, wanted in [*SIZES, ((7, 30), (9, 9)), ((30, 7), (12, 5)), ((11, 13), (6, 7))]:
        images = rng.integers(0, 256, (1, *source, 3), dtype=np.uint8)
        stage = Resize(*wanted, **{option: True}, fill_value=128.0 if "pad" in option else 0.0)
        np.testing.assert_allclose(stage.images(images), keras_resized(stage, images), atol=1e-3)


def test_values_are_those_of_linear_interpolation() -> None:
    image = np.array([[0, 10], [20, 30]], np.uint8)[..., np.newaxis]
    result = Resize(4, 1).image(image)[..., 0]
    np.testing.assert_allclose(result[:, 0], [5, 10, 20, 25], atol=1e-4)


def test_a_list_of_differing_sizes_becomes_one_array() -> None:
    stage = Resize(3, 4)
    stage.bind(Features("image", "image", (None, None, 1)))
    images = [np.full((height, 5, 1), height, np.uint8) for height in (2, 9)]
    np.testing.assert_allclose(stage.images(images), np.full((2, 3, 4, 1), 1) * np.reshape([2, 9], (2, 1, 1, 1)))
    assert stage.images([]).shape == (0, 3, 4, 1)


@pytest.mark.parametrize(
    "arguments",
    [
        {"height": 0, "width": 2},
        {"height": 1, "width": 2, "crop_to_aspect_ratio": True, "pad_to_aspect_ratio": True},
        {"height": 1, "width": 2, "fill_value": float("inf")},
    ],
)
def test_refuses_arguments_out_of_range(arguments: dict[str, Any]) -> None:
    with raises(ArgumentError):
        Resize(**arguments)


def test_refuses_an_input_that_contains_no_images() -> None:
    with raises(ArgumentError):
        Resize(2, 2).bind(Features("x", "array", (4,)))


@pytest.mark.parametrize(
    "options", [{}, {"crop_to_aspect_ratio": True}, {"pad_to_aspect_ratio": True, "fill_value": 0.3}]
)
def test_an_image_of_any_size_is_resized_as_a_small_one(options: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Large images are converted to float32 row by row, as far as the interpolation reads them: equal to the bit."""
    rng = np.random.default_rng(0)
    for _ in range(300):
        height, width, wanted, wide = (int(size) for size in rng.integers(1, [70, 70, 40, 40]))
        image = rng.integers(0, 256, (height, width, 3), dtype=np.uint8)
        stage = Resize(wanted, wide, **options)
        whole = stage.image(image)
        with monkeypatch.context() as patch:
            patch.setattr("kpipe.data.prepare.resize._LARGE", 0)
            np.testing.assert_array_equal(stage.image(image), whole)
