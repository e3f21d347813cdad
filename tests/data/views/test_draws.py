import numpy as np
import pytest
from golden import raises

from kpipe.data.augment.augmentation import Augmentation
from kpipe.data.views import Draws
from kpipe.data.views.view_context import ViewContext
from kpipe.errors import ArgumentError

IMAGE = np.random.default_rng(0).integers(0, 256, (8, 8, 3), dtype=np.uint8)
CONTEXT = ViewContext(
    "image", (4, 4, 3), "uint8", augmentation=Augmentation([{"RandomCrop": {"height": 4, "width": 4}}]), seed=5
)


def test_a_draw_is_a_function_of_the_sample_and_its_number():
    views = Draws(count=6)
    views.check(CONTEXT)
    found = views.views(IMAGE, CONTEXT, 3)
    assert [view.tolist() for view in found] == [view.tolist() for view in views.views(IMAGE, CONTEXT, 3)]
    assert [view.tolist() for view in found[:2]] == [view.tolist() for view in Draws(count=2).views(IMAGE, CONTEXT, 3)]
    assert len({view.tobytes() for view in found}) > 3
    crops = {IMAGE[top : top + 4, left : left + 4].tobytes() for top in range(5) for left in range(5)}
    assert {view.tobytes() for view in found} <= crops


@pytest.mark.parametrize("count", [0, 2])
def test_what_is_refused(count):
    with raises(ArgumentError):
        Draws(count=count).check(ViewContext("image", (4, 4, 3), "uint8"))
