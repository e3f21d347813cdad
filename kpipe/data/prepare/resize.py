"""Preparation: images of one size."""

from __future__ import annotations

import dataclasses
import math
import mmap
from typing import Annotated, Any, ClassVar

import numpy as np
import numpy.typing as npt
from annotated_types import Ge

from kpipe.components.argument_check import check_arguments
from kpipe.data.prepare.features import Features
from kpipe.data.prepare.preparation import Batch, Preparation
from kpipe.errors import ArgumentError

Image = npt.NDArray[np.float32]

#: Numbers of an image above which it is not converted to float32 as a whole.
_LARGE = 1 << 22


class Resize(Preparation):
    """Resizes images by linear interpolation, without antialiasing, as `keras.layers.Resizing` does.

    It is the first of the preparations: it happens where the images are decoded (OpenCV, float32), and in the saved
    model by `keras.layers.Resizing`; both agree to 1e-3 for values from 0 to 255.

    Args:
        height: in pixels, at least 1.
        width: in pixels, at least 1.
        crop_to_aspect_ratio: cuts the middle out of the image first, of the shape requested; default false: the
            image is distorted.
        pad_to_aspect_ratio: puts margins around the image first; default false. Only one of the two.
        fill_value: of the margins, finite, default 0.

    Shapes: (height, width, channels) of any size becomes (height, width, channels).

    Raises:
        ArgumentError: a value out of its range, or an input that contains no images.

    Example:
        >>> Resize(height=2, width=2).image(np.zeros((5, 7, 1), np.uint8)).shape
        (2, 2, 1)
    """

    fits: ClassVar[bool] = False

    @check_arguments
    def __init__(
        self,
        height: Annotated[int, Ge(1)],
        width: Annotated[int, Ge(1)],
        crop_to_aspect_ratio: bool = False,
        pad_to_aspect_ratio: bool = False,
        fill_value: float = 0.0,
    ) -> None:
        if crop_to_aspect_ratio and pad_to_aspect_ratio:
            raise ArgumentError("pad_to_aspect_ratio", "an image is cropped or padded, not both; leave one out")
        if not math.isfinite(fill_value):
            raise ArgumentError("fill_value", f"{fill_value} is out of range; it is a finite number")
        self.height = height
        self.width = width
        self.crop_to_aspect_ratio = crop_to_aspect_ratio
        self.pad_to_aspect_ratio = pad_to_aspect_ratio
        self.fill_value = fill_value

    def bind(self, features: Features) -> Features:
        """Images of the size requested."""
        if len(features.shape) != 3:
            raise ArgumentError(
                "Resize",
                f"input {features.name!r} contains no images (kind {features.kind}, shape {features.shape}); "
                "images have height, width and channels",
            )
        self.features = features
        return dataclasses.replace(features, shape=(self.height, self.width, features.shape[2]))

    def image(self, image: npt.NDArray[Any]) -> Image:
        """One image (height, width, channels) of any type, resized, as float32."""
        import cv2

        # Several workers call this at once; OpenCV's own threads on top of them would only get in the way.
        cv2.setNumThreads(0)
        image, top, left = self._fitted_shape(image)
        pixels = (self._rows_read if image.size > _LARGE else self._padded)(image, top, left)
        resized = cv2.resize(pixels, (self.width, self.height), interpolation=cv2.INTER_LINEAR)
        # OpenCV drops the axis of a single channel.
        return np.asarray(resized, np.float32).reshape(self.height, self.width, image.shape[2])

    def _fitted_shape(self, image: npt.NDArray[Any]) -> tuple[npt.NDArray[Any], int, int]:
        """The image, cropped, and its margins above and to the left, rounding as Keras does: in float32, down."""
        height, width = image.shape[:2]
        tall = int(np.float32(width * self.height) / np.float32(self.width))
        wide = int(np.float32(height * self.width) / np.float32(self.height))
        if self.crop_to_aspect_ratio:
            tall, wide = max(min(height, tall), 1), max(min(width, wide), 1)
            top, left = int((height - tall) / 2), int((width - wide) / 2)
            return image[top : top + tall, left : left + wide], 0, 0
        if self.pad_to_aspect_ratio:
            return image, int((max(height, tall) - height) / 2), int((max(width, wide) - width) / 2)
        return image, 0, 0

    def _padded(self, image: npt.NDArray[Any], top: int, left: int) -> Image:
        pixels = np.ascontiguousarray(image, np.float32)
        if not (top or left):
            return pixels
        return np.pad(pixels, ((top, top), (left, left), (0, 0)), constant_values=self.fill_value)

    def _rows_read(self, image: npt.NDArray[Any], top: int, left: int) -> Image:
        """As `_padded`, with the rows alone that the interpolation reads: memory of the others is never touched."""
        height, width, channels = image.shape
        shape = (height + 2 * top, width + 2 * left, channels)
        pixels = np.frombuffer(mmap.mmap(-1, 4 * math.prod(shape)), np.float32).reshape(shape)
        # Row i of the result lies between the rows around (i + 1/2) scale - 1/2; one more for the rounding.
        above = np.floor((np.arange(self.height) + 0.5) * (shape[0] / self.height) - 0.5).astype(np.int64)
        for row in np.unique(np.clip(above[:, np.newaxis] + np.arange(-1, 3), 0, shape[0] - 1)):
            if left or not top <= row < top + height:
                pixels[row] = self.fill_value
            if top <= row < top + height:
                pixels[row, left : left + width] = image[row - top]
        return pixels

    def images(self, images: Any) -> Image:
        """A batch: an array, or a list of images of differing sizes."""
        if not len(images):
            return np.empty((0, self.height, self.width, self.features.shape[2] or 0), np.float32)
        return np.stack([self.image(image) for image in images])

    def transform(self, batch: Batch) -> Batch:
        """The same for a batch of one size."""
        return self.images(batch).astype(np.float64)

    def build(self, tensor: Any, name: str) -> Any:
        """A `keras.layers.Resizing`; for the saved model, as the workers resize in training."""
        import keras

        return keras.layers.Resizing(
            self.height,
            self.width,
            interpolation="bilinear",
            crop_to_aspect_ratio=self.crop_to_aspect_ratio,
            pad_to_aspect_ratio=self.pad_to_aspect_ratio,
            fill_value=self.fill_value,
            data_format="channels_last",
            dtype="float32",
            name=name,
        )(tensor)
