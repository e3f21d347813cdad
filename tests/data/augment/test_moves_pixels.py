"""Which transforms of Albumentations move pixels: those that change a mask of two halves."""

import numpy as np
import pytest

from kpipe.components.import_albumentations import import_albumentations
from kpipe.data.augment.augmentation import Augmentation
from kpipe.data.augment.moves_pixels import moves_pixels

from .usable import usable

A = import_albumentations()


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore::UserWarning")
@pytest.mark.filterwarnings("ignore::RuntimeWarning")
def test_transforms_that_change_masks_are_those_that_move_pixels():
    # Both axes and all quarters of the mask differ.
    mask = np.add.outer(np.arange(32) // 5, 7 * (np.arange(32) // 3)).astype(np.uint8)
    image = np.repeat(mask[..., None] * 3, 3, axis=2)
    differ = set()
    for name, item in usable().items():
        transform = getattr(A, name)
        if issubclass(transform, A.BasicTransform):
            augmentation = Augmentation([item], {"y mask": "mask"})
            made = [augmentation.together(image, {"y mask": mask}, 0, 0, place)[1]["y mask"] for place in range(8)]
            changed = any(entry.shape != mask.shape or (entry != mask).any() for entry in made)
            if moves_pixels(transform) != changed:
                differ.add(name)
    # By default, three leave the image as it is, and two kinds of dropout replace pixels of masks.
    assert differ == {"Affine", "ElasticTransform", "Pad", "FrequencyMasking", "TimeMasking"}
