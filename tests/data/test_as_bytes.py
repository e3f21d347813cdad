import numpy as np

from kpipe.data.as_bytes import as_bytes


def test_bytes_are_kept_and_numbers_are_rounded():
    image = np.arange(4, dtype=np.uint8)
    assert as_bytes(image) is image
    assert as_bytes(np.array([-1.0, 0.5, 1.5, 2.4, 300.0], np.float32)).tolist() == [0, 0, 2, 2, 255]
