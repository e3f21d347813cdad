import numpy as np

from kpipe.data.evaluation import Evaluation
from kpipe.data.views import Flip
from kpipe.data.views.view_context import ViewContext


def test_the_evaluated_image_is_mirrored():
    image = np.random.default_rng(0).integers(0, 256, (6, 7, 3), dtype=np.uint8)
    crop = Evaluation([{"CenterCrop": {"height": 4, "width": 4}}])
    plain, mirrored = Flip().views(image, ViewContext("image", (4, 4, 3), "uint8", evaluation=crop), 0)
    assert (plain == image[1:5, 1:5]).all()
    # The margin of the crop is odd, so that the mirror image of the crop is not the crop of the mirror image.
    assert (mirrored == image[1:5, 4:0:-1]).all()
    assert (Flip().count, Flip.mirrored) == (2, (False, True))
