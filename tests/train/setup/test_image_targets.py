import numpy as np
import pytest
from golden import expect_messages

from kpipe.checks.checked_spec import checked
from kpipe.errors import SpecError
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
def test_transforms_that_move_pixels_are_refused_where_a_target_is_an_image(tmp_path):
    line = (
        "augment: [GaussNoise, HorizontalFlip, {OneOf: {transforms: [Affine, CoarseDropout]}}, "
        "{CifarCrops: {height: 16, width: 16}}]"
    )
    expect_messages(problems(tmp_path, line, MASKS), 3)
    line = "evaluate: {transform: [{CenterCrop: {height: 8, width: 8}}]}"
    expect_messages(problems(tmp_path, line, MASKS), 1)
    expect_messages(problems(tmp_path, "augment: [HorizontalFlip]", np.ones((8, 16, 16, 1), "float32")), 1)


@pytest.mark.slow
def test_transforms_of_colors_and_targets_that_are_no_images_are_accepted(tmp_path):
    assert problems(tmp_path, "augment: [GaussNoise, RandomBrightnessContrast, CoarseDropout]", MASKS) == []
    assert problems(tmp_path, "augment: [HorizontalFlip]", np.arange(8) / 2) == []
    assert problems(tmp_path, "augment: [HorizontalFlip]", MASKS[:, 0]) == []
