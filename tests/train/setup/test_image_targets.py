import numpy as np
import pytest
from golden import expect_messages

from kpipe.checks.checked_spec import checked
from kpipe.errors import Mark, SpecError
from kpipe.spec.python_value import from_python
from kpipe.train.setup.image_targets import moving_transforms
from kpipe.train.setup.prepare_data import prepare_data
from kpipe.train.setup.spec_session import spec_session

SPEC = """
name: masks
data:
  source: {{Arrays: {{path: {path}}}}}
  {line}
model: [Conv2D: {{filters: 2, kernel_size: 1}}]
"""


def problems(tmp_path, line, y):
    x = np.random.default_rng(0).integers(0, 255, (8, 16, 16, 3)).astype(np.uint8)
    np.savez(tmp_path / "data.npz", x=x, y=y)
    (tmp_path / "spec.yaml").write_text(SPEC.format(path=tmp_path / "data.npz", line=line))
    spec = checked(tmp_path / "spec.yaml")
    with spec_session(spec):
        try:
            prepare_data(spec, lambda line: None, fit=False)
        except SpecError as error:
            return [f"{problem.path}: {problem.message}" for problem in error.problems]
    return []


MASKS = np.arange(8 * 16 * 16).reshape(8, 16, 16) % 3


@pytest.mark.slow
def test_transforms_of_an_evaluation_that_move_pixels_are_refused_where_a_target_is_an_image(tmp_path):
    line = "evaluate: {transform: [{CenterCrop: {height: 8, width: 8}}]}"
    expect_messages(problems(tmp_path, line, MASKS), 1)
    expect_messages(problems(tmp_path, "augment: [ResNetCrops]", MASKS), 1)


@pytest.mark.slow
def test_masks_and_images_are_targets_that_are_transformed_with_their_input(tmp_path):
    line = "augment: [GaussNoise, HorizontalFlip, {CifarCrops: {height: 16, width: 16}}]"
    assert problems(tmp_path, line, MASKS) == []
    assert problems(tmp_path, line, np.ones((8, 16, 16, 1), "float32")) == []
    assert problems(tmp_path, "augment: [HorizontalFlip]", np.arange(8) / 2) == []
    assert problems(tmp_path, "augment: [HorizontalFlip]", MASKS[:, 0]) == []


@pytest.mark.slow
def test_transforms_that_cannot_be_applied_to_a_mask_are_refused(tmp_path):
    choice = "{OneOf: {transforms: [{Affine: {fill_mask: 3}}, {CoarseDropout: {fill_mask: 1.5}}]}}"
    line = f"augment: [{choice}, {{Resize: {{height: 16, width: 16, mask_interpolation: INTER_LINEAR}}}}]"
    expect_messages(problems(tmp_path, line, MASKS), 3)
    inner = "{OneOf: {transforms: [Transpose, {PixelDropout: {mask_drop_value: 2}}]}}"
    line = f"augment: [{{SelectiveChannelTransform: {{channels: [0], transforms: [{inner}]}}}}]"
    expect_messages(problems(tmp_path, line, MASKS), 1)
    # Without a transform that changes the masks, other sizes are allowed.
    assert problems(tmp_path, "augment: [GaussNoise, CoarseDropout]", MASKS[:, ::2, ::2]) == []
    expect_messages(problems(tmp_path, "augment: [GaussNoise, HorizontalFlip]", MASKS[:, ::2, ::2]), 1)


def test_classes_of_transforms_that_move_pixels_are_found_in_compositions():
    items = ["GaussNoise", {"OneOrOther": {"first": "Affine", "second": "Erasing"}}, {"CifarCrops": {"padding": 1}}]
    node = from_python(items, Mark("augment", 1, 1, 1, 1), "augment")
    found = [(moved, inside) for _, moved, inside in moving_transforms(node)]
    assert found == [("Affine", ("OneOrOther",)), ("Pad", ()), ("RandomCrop", ()), ("HorizontalFlip", ())]
