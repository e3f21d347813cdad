import numpy as np

from kpipe.data.views.ten_crops import ten_crops


def test_they_are_those_cut_by_hand():
    image = np.random.default_rng(0).integers(0, 256, (7, 9, 3), dtype=np.uint8)
    found = ten_crops(image, 4, 5)
    expected = [image[:4, :5], image[:4, 4:], image[3:, :5], image[3:, 4:], image[1:5, 2:7]]
    expected += [np.fliplr(crop) for crop in expected]
    assert len(found) == 10
    assert all((crop == other).all() for crop, other in zip(found, expected, strict=True))
