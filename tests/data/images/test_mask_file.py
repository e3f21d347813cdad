import numpy as np
import pytest
from golden import raises
from PIL import Image

from kpipe.data.images.mask_file import read_mask
from kpipe.errors import DataError

VALUES = np.array([[0, 1, 2], [255, 1, 0]], np.uint8)


def saved(path, values, mode=None):
    image = Image.fromarray(values)
    (image if mode is None else image.convert(mode)).save(path)
    return path


def test_the_values_of_grey_images_and_the_indices_of_palettes_are_the_classes(tmp_path):
    np.testing.assert_array_equal(read_mask(saved(tmp_path / "grey.png", VALUES)), VALUES)
    np.testing.assert_array_equal(read_mask(saved(tmp_path / "equal.png", np.stack([VALUES] * 3, -1))), VALUES)
    palette = Image.fromarray(VALUES)
    palette.putpalette([7 * i % 256 for i in range(768)])
    palette.save(tmp_path / "palette.png")
    np.testing.assert_array_equal(read_mask(tmp_path / "palette.png"), VALUES)
    bits = Image.fromarray(VALUES > 0)
    bits.save(tmp_path / "bits.png")
    np.testing.assert_array_equal(read_mask(tmp_path / "bits.png"), VALUES > 0)


@pytest.mark.parametrize("kind", ["colors", "deep"])
def test_colors_and_deep_images_are_refused(tmp_path, monkeypatch, kind):
    monkeypatch.chdir(tmp_path)
    pixels = np.stack([VALUES, VALUES, 0 * VALUES], -1) if kind == "colors" else VALUES.astype(np.uint16)
    path = saved(tmp_path / "mask.png", pixels)
    with raises(DataError):
        read_mask(path.relative_to(tmp_path))
