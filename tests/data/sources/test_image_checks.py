import numpy as np

from kpipe.data.images.fast_image import FileStamp
from kpipe.data.images.image_file import ImageInfo, ImageProblemError
from kpipe.data.sources.image_checks import ImageChecks

RESULTS = [
    ImageInfo(2, 3, 1, 8, True, "JPEG", FileStamp(10, 2**62)),
    ImageProblemError("the file is empty"),
    ImageInfo(70_000, 1, 3, 16, False, "PNG"),
]


def attributes(result):
    names = ("height", "width", "channels", "depth", "is_fast", "format", "stamp")
    return str(result) if isinstance(result, Exception) else [getattr(result, name) for name in names]


def test_results_are_kept():
    checks = ImageChecks.of(RESULTS)
    assert list(map(attributes, checks)) == list(map(attributes, RESULTS))
    assert attributes(checks[-2]) == "the file is empty"
    assert list(map(attributes, checks[1:])) == list(map(attributes, RESULTS[1:]))
    assert checks.is_valid.tolist() == [True, False, True]
    assert list(map(attributes, checks.valid())) == list(map(attributes, RESULTS[::2]))


def test_arrays():
    checks = ImageChecks.of(RESULTS)
    assert checks.stamps.tolist() == [[10, 2**62], [-1, -1], [-1, -1]]
    assert checks.sizes.tolist() == [[2, 3], [0, 0], [70_000, 1]]
    assert list(checks.formats()) == ["JPEG", "", "PNG"]
    assert len(ImageChecks.of([])) == 0 and ImageChecks.of([]).numbers.dtype == np.int64
