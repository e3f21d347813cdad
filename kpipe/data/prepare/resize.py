"""A preparation that resizes images."""

from __future__ import annotations

import dataclasses
import math
import mmap
from typing import Annotated, Any, ClassVar

import numpy as np
import numpy.typing as npt
from annotated_types import Ge

from kpipe.components.argument_check import check_arguments
from kpipe.data.features import Features
from kpipe.data.prepare.preparation import Batch, Preparation
from kpipe.errors import ArgumentError

Image = npt.NDArray[np.float32]

#: Most values of an image that is converted to float32 as a whole.
_LARGE = 1 << 22


class Resize(Preparation):
    """Resizes images by linear interpolation, without antialiasing, as `keras.layers.Resizing` does.

    `Resize` must be the first preparation. In training, images are resized by OpenCV in float32 when they are decoded;
    the saved model contains a `keras.layers.Resizing`. Their results agree to 1e-3 for values from 0 to 255.

    Args:
        height: the height in pixels, at least 1.
        width: the width in pixels, at least 1.
        crop_to_aspect_ratio: whether to crop the image to the new aspect ratio around its center first; default
            false, which distorts the image.
        pad_to_aspect_ratio: whether to pad the image to the new aspect ratio first; default false; cannot be combined
            with `crop_to_aspect_ratio`.
        fill_value: the value of the padding, finite, default 0.

    Shapes: (height, width, channels) of any size becomes (height, width, channels).

    Raises:
        ArgumentError: a value is out of range, or the input does not contain images.

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
            raise ArgumentError("pad_to_aspect_ratio", "an image cannot be both cropped and padded; remove one of them")
        if not math.isfinite(fill_value):
            raise ArgumentError("fill_value", f"out of range; expected a finite number, got {fill_value}")
        self.height = height
        self.width = width
        self.crop_to_aspect_ratio = crop_to_aspect_ratio
        self.pad_to_aspect_ratio = pad_to_aspect_ratio
        self.fill_value = fill_value

    def bind(self, features: Features) -> Features:
        """Return the features of images of the new size."""
        if len(features.shape) != 3:
            raise ArgumentError(
                "Resize",
                f"input {features.name!r} does not contain images; expected samples (height, width, channels), got "
                f"kind {features.kind}, shape {features.shape}; remove Resize",
            )
        self.features = features
        return dataclasses.replace(features, shape=(self.height, self.width, features.shape[2]))

    def image(self, image: npt.NDArray[Any]) -> Image:
        """Resize one image (height, width, channels) of any type and return it as float32."""
        import cv2

        # Several threads call this method at once, so additional threads of OpenCV would slow it down.
        cv2.setNumThreads(0)
        image, top, left = self._cropped_and_margins(image)
        pixels = (self._needed_rows if image.size > _LARGE else self._padded)(image, top, left)
        resized = cv2.resize(pixels, (self.width, self.height), interpolation=cv2.INTER_LINEAR)
        # OpenCV drops the axis of a single channel.
        return np.asarray(resized, np.float32).reshape(self.height, self.width, image.shape[2])

    def _cropped_and_margins(self, image: npt.NDArray[Any]) -> tuple[npt.NDArray[Any], int, int]:
        """Return the cropped image and its margins at the top and left, rounded down in float32 as in Keras."""
        height, width = image.shape[:2]
        new_height = int(np.float32(width * self.height) / np.float32(self.width))
        new_width = int(np.float32(height * self.width) / np.float32(self.height))
        if self.crop_to_aspect_ratio:
            new_height, new_width = max(min(height, new_height), 1), max(min(width, new_width), 1)
            top, left = int((height - new_height) / 2), int((width - new_width) / 2)
            return image[top : top + new_height, left : left + new_width], 0, 0
        if self.pad_to_aspect_ratio:
            return image, int((max(height, new_height) - height) / 2), int((max(width, new_width) - width) / 2)
        return image, 0, 0

    def _padded(self, image: npt.NDArray[Any], top: int, left: int) -> Image:
        pixels = np.ascontiguousarray(image, np.float32)
        if not (top or left):
            return pixels
        return np.pad(pixels, ((top, top), (left, left), (0, 0)), constant_values=self.fill_value)

    def _needed_rows(self, image: npt.NDArray[Any], top: int, left: int) -> Image:
        """Pad the image like `_padded`, but only in rows that the interpolation reads, to save physical memory."""
        height, width, channels = image.shape
        shape = (height + 2 * top, width + 2 * left, channels)
        pixels = np.frombuffer(mmap.mmap(-1, 4 * math.prod(shape)), np.float32).reshape(shape)
        # Row i of the result is interpolated from the rows around (i + 1/2) scale - 1/2; one more row on either side
        # allows for rounding.
        above = np.floor((np.arange(self.height) + 0.5) * (shape[0] / self.height) - 0.5).astype(np.int64)
        for row in np.unique(np.clip(above[:, np.newaxis] + np.arange(-1, 3), 0, shape[0] - 1)):
            if left or not top <= row < top + height:
                pixels[row] = self.fill_value
            if top <= row < top + height:
                pixels[row, left : left + width] = image[row - top]
        return pixels

    def images(self, images: Any) -> Image:
        """Resize a batch, which is an array or a list of images of differing sizes."""
        if not len(images):
            return np.empty((0, self.height, self.width, self.features.shape[2] or 0), np.float32)
        return np.stack([self.image(image) for image in images])

    def transform(self, batch: Batch) -> Batch:
        """Resize a batch of images of the same size, and return it as float64."""
        return self.images(batch).astype(np.float64)

    def build(self, tensor: Any, name: str) -> Any:
        """Apply a `keras.layers.Resizing`; used in the saved model only, since training reads resized images."""
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
            # Its call defaults to training, which Keras would pass on to a model that is called after it.
        )(tensor, training=False)
