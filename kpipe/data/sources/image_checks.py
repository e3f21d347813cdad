"""The results of the checks of many image files."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import overload

import numpy as np
import numpy.typing as npt

from kpipe.data.images.fast_image import FileStamp
from kpipe.data.images.image_file import ImageInfo, ImageProblemError
from kpipe.data.images.image_format import FORMATS

Result = ImageInfo | ImageProblemError
Numbers = npt.NDArray[np.int64]

#: Columns of the numbers of a result.
SIZE, MODIFIED, HEIGHT, WIDTH, CHANNELS, DEPTH, IS_FAST, FORMAT = range(8)
COLUMNS = 8

_FORMATS = ("", *FORMATS)
_UNKNOWN = -1


class ImageChecks(Sequence[Result]):
    """What is known of each of many image files, as arrays; single results are created when they are used.

    Args:
        numbers: one row for each file: size and modification time, -1 if unknown, and height, width, channels, bits per
            channel, whether it is fast, and the number of the format, as in `ImageInfo`. The height is 0 if the image
            cannot be used.
        problems: the reasons why images cannot be used, keyed by position.

    Example:
        >>> checks = ImageChecks.of([ImageInfo(2, 3, 1), ImageProblemError("the file is empty")])
        >>> checks[0].width, str(checks[1]), checks.is_valid.tolist()
        (3, 'the file is empty', [True, False])
    """

    def __init__(self, numbers: Numbers, problems: Mapping[int, ImageProblemError]) -> None:
        self.numbers = numbers
        self.problems = dict(problems)

    @classmethod
    def of(cls, results: Sequence[Result]) -> ImageChecks:
        """Return results as arrays."""
        rows = [numbers_of(result) for result in results]
        problems = {place: result for place, result in enumerate(results) if isinstance(result, ImageProblemError)}
        return cls(np.array(rows, np.int64).reshape(-1, COLUMNS), problems)

    def __len__(self) -> int:
        return len(self.numbers)

    @overload
    def __getitem__(self, index: int) -> Result: ...

    @overload
    def __getitem__(self, index: slice) -> list[Result]: ...

    def __getitem__(self, index: int | slice) -> Result | list[Result]:
        if isinstance(index, slice):
            return [self[position] for position in range(*index.indices(len(self)))]
        size, modified, height, width, channels, depth, is_fast, code = self.numbers[index].tolist()
        if height == 0:
            return self.problems[index % len(self)]
        stamp = None if size == _UNKNOWN else FileStamp(size, modified)
        return ImageInfo(height, width, channels, depth, bool(is_fast), _FORMATS[code], stamp)

    @property
    def is_valid(self) -> npt.NDArray[np.bool_]:
        """Whether each image can be used."""
        return self.numbers[:, HEIGHT] > 0

    @property
    def stamps(self) -> Numbers:
        """Size and modification time (n, 2) of each file, -1 if they are unknown."""
        return self.numbers[:, [SIZE, MODIFIED]]

    @property
    def sizes(self) -> Numbers:
        """Height and width (n, 2) of each image."""
        return self.numbers[:, [HEIGHT, WIDTH]]

    def formats(self) -> Iterable[str]:
        """Return the format of each image, empty if it is unknown."""
        return map(_FORMATS.__getitem__, self.numbers[:, FORMAT].tolist())

    def valid(self) -> ImageChecks:
        """Return the results of the images that can be used."""
        return ImageChecks(self.numbers[self.is_valid], {}) if self.problems else self


def numbers_of(result: Result) -> list[int]:
    """Return the numbers of a result; the height of an image that cannot be used is 0.

    Example:
        >>> numbers_of(ImageInfo(2, 3, 1, format="PNG"))
        [-1, -1, 2, 3, 1, 8, 0, 2]
    """
    if isinstance(result, ImageProblemError):
        return [_UNKNOWN, _UNKNOWN, *[0] * (COLUMNS - 2)]
    size, modified = result.stamp or (_UNKNOWN, _UNKNOWN)
    code = _FORMATS.index(result.format)
    return [size, modified, result.height, result.width, result.channels, result.depth, int(result.is_fast), code]
