import numpy as np

from kpipe.data.augment.augmentation import Augmentation
from kpipe.data.evaluation import Evaluation
from kpipe.data.views.view_context import ViewContext

IMAGE = np.random.default_rng(0).integers(0, 256, (8, 8, 3), dtype=np.uint8)


def test_images_as_an_evaluation_uses_them():
    crop = Evaluation([{"CenterCrop": {"height": 4, "width": 4}}])
    assert (ViewContext("image", (4, 4, 3), "uint8", evaluation=crop).evaluated(IMAGE) == IMAGE[2:6, 2:6]).all()
    assert ViewContext("image", (8, 8, 3), "uint8").evaluated(IMAGE) is IMAGE


def test_a_draw_depends_on_the_seed_the_sample_and_the_draw_alone():
    augmentation = Augmentation([{"RandomBrightnessContrast": {"p": 1}}])

    def drawn(seed, sample, draw, number=0):
        context = ViewContext("image", (8, 8, 3), "uint8", augmentation=augmentation, seed=seed, number=number)
        return context.augmented(IMAGE, sample, draw).tobytes()

    assert drawn(0, 1, 2) == drawn(0, 1, 2)
    assert len({drawn(0, 0, 0), drawn(1, 0, 0), drawn(0, 1, 0), drawn(0, 0, 1), drawn(0, 0, 0, 1)}) == 5
    # The draws of training are others.
    assert drawn(0, 0, 0) != augmentation(IMAGE, 0, 0, 0).tobytes()


def test_resized_images_of_bytes_are_rounded_before_they_are_augmented():
    augmentation = Augmentation([{"HorizontalFlip": {"p": 1}}])
    context = ViewContext("image", (8, 8, 3), "uint8", augmentation=augmentation)
    found = context.augmented(IMAGE + np.float32(0.3), 0, 0)
    assert found.dtype == np.uint8
    assert (found == IMAGE[:, ::-1]).all()
