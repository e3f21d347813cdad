"""Targets and inputs that are transformed with an input, from the spec to the batches."""

import numpy as np
import pytest
from golden import expect_messages

from kpipe.checks.checked_spec import checked
from kpipe.errors import SpecError
from kpipe.train.setup.prepare_data import prepare_data
from kpipe.train.setup.spec_session import spec_session

SPEC = """
name: pairs
seed: 3
data:
  source: {{Arrays: {{path: {path}, inputs: [{inputs}], targets: [mask, clean]}}}}
  batch_size: 4
  validation: 0
  memory: {memory}
  workers: {workers}
  augment: {augment}
model: [Conv2D: {{filters: 2, kernel_size: 1}}]
"""
CLASSES = 5


@pytest.fixture
def folder(tmp_path):
    """Images whose values are 20 times their classes, and the numbers to predict a quarter of them."""
    classes = np.random.default_rng(0).integers(0, CLASSES, (10, 12, 12))
    image = np.repeat(20 * classes[..., None], 3, axis=3).astype(np.uint8)
    clean = classes[..., None].astype(np.float32) / 4
    np.savez(tmp_path / "data.npz", image=image, depth=image[..., :1], mask=classes, clean=clean)
    return tmp_path


def prepared(folder, augment, inputs="image", workers=0, memory=1):
    (folder / "spec.yaml").write_text(
        SPEC.format(path=folder / "data.npz", inputs=inputs, memory=memory, workers=workers, augment=augment)
    )
    spec, said = checked(folder / "spec.yaml"), []
    with spec_session(spec):
        return prepare_data(spec, said.append), said


def batches(data, epoch=0, first_step=0):
    with data.worker_errors():
        found = [list(batch) for batch in data.batches("train", epoch=epoch, first_step=first_step)]
    data.close()
    return [(x if isinstance(x, dict) else {"image": x}, y) for x, y in found]


@pytest.mark.slow
@pytest.mark.parametrize(("workers", "memory"), [(0, 1), (2, 1), (0, 1e-7)])
def test_pixels_of_targets_move_with_their_image(folder, workers, memory):
    augment = "[{Affine: {rotate: [-40, 40], interpolation: 0}}, HorizontalFlip, D4]"
    data, said = prepared(folder, augment, workers=workers, memory=memory)
    assert [line for line in said if "fill_mask: 0" in line]
    plain, _ = prepared(folder, "[]")
    before = {x["image"].numpy().tobytes() for x, _ in batches(plain)}
    found = batches(data)
    for x, y in found:
        np.testing.assert_array_equal(x["image"][..., 0] // 20, y["mask"])
        assert x["image"].numpy().tobytes() not in before
        # Linear interpolation of numbers, the nearest pixel of classes.
        assert np.mean(np.abs(y["clean"].numpy()[..., 0] - y["mask"].numpy() / 4)) < 0.25
    resumed = batches(data, first_step=1)
    for (x, y), (again, labels) in zip(found[1:], resumed, strict=True):
        np.testing.assert_array_equal(x["image"], again["image"])
        np.testing.assert_array_equal(y["mask"], labels["mask"])
        np.testing.assert_array_equal(y["clean"], labels["clean"])
    images = [x["image"].numpy() for x, _ in found]
    expected, _ = prepared(folder, augment)
    for image, (x, _) in zip(images, batches(expected), strict=True):
        np.testing.assert_array_equal(image, x["image"])
    assert (batches(data, epoch=1)[0][0]["image"].numpy() != images[0]).any()


@pytest.mark.slow
def test_an_evaluation_and_dropout_leave_the_targets_as_they_are(folder):
    data, said = prepared(folder, "[{CoarseDropout: {p: 1}}, GaussNoise]")
    labels = np.load(folder / "data.npz")["mask"]
    assert not [line for line in said if "fill_mask" in line]
    found = np.concatenate([y["mask"] for _, y in batches(data)])
    assert sorted(map(bytes, found)) == sorted(map(bytes, labels.astype(found.dtype)))
    data, _ = prepared(folder, "[{HorizontalFlip: {p: 1}}]", memory=1e-7)
    with data.worker_errors():
        y = np.concatenate([y["mask"] for _, y in data.batches("train")])
    np.testing.assert_array_equal(y, labels)


@pytest.mark.slow
def test_a_list_transforms_all_images_of_a_sample_alike_and_a_mapping_does_not(folder):
    data, _ = prepared(folder, "[D4, {Affine: {translate_percent: 0.2, interpolation: 0}}]", "image, depth")
    for x, y in batches(data):
        np.testing.assert_array_equal(x["image"][..., 1:2], x["depth"])
        np.testing.assert_array_equal(x["depth"][..., 0] // 20, y["mask"])
    data, _ = prepared(folder, "{image: [GaussNoise], depth: [RandomBrightnessContrast]}", "image, depth")
    assert len(batches(data)) == 3


@pytest.mark.slow
def test_transforms_that_would_move_one_of_several_images_are_refused(folder):
    def messages(augment):
        with pytest.raises(SpecError) as caught:
            prepared(folder, augment, "image, depth")
        return [f"{problem.path}: {problem.message}" for problem in caught.value.problems]

    expect_messages(messages("{image: [GaussNoise, D4], depth: [D4]}"), 1)
    expect_messages(messages("[{SelectiveChannelTransform: {channels: [0], transforms: [Blur]}}]"), 1)
    expect_messages(messages("[{GaussNoise: {p: 1}}, D4]"), 1)
