"""The message about an image that a transform does not support."""

from __future__ import annotations

import sys
import warnings
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import numpy.typing as npt

from kpipe.components.custom_code.raised_in import raised_in

Image = npt.NDArray[Any]
Apply = Callable[[Image], Any]

#: Height and width in pixels that are enough for any transform whose sizes are meant for smaller images.
_LARGE = 1024
#: The packages whose exceptions need no place in their code.
_KNOWN = ("albumentations", "kpipe")


def cannot_apply(name: str, image: Image, error: BaseException, apply: Apply | None = None) -> str:
    """Return why a transform cannot be applied to an image, and the remedy.

    A remedy is only given if it was tried: it helps on an image that differs in one way, or in all.

    Args:
        name: the name of the transform; that of an inner one is found in the traceback of the error.
        image: the image, `(height, width, channels)`.
        error: what the transform raised.
        apply: always applies the transform; it is called with a color, a grey, a larger image and with one of 8 bits,
            to find out which of these the transform needs. By default the message has no remedy.

    Example:
        >>> cannot_apply("CLAHE", np.zeros((1, 2, 1), np.uint8), ValueError("Too small."))
        'CLAHE cannot be applied to an image of 1 x 2 pixels with 1 channel of uint8: too small'
    """
    height, width, channels = image.shape
    plural = "" if channels == 1 else "s"
    name, custom = _failing(error) or (name, None)
    what = (
        f"{name} cannot be applied to an image of {height} x {width} pixels with {channels} channel{plural} of "
        f"{image.dtype}: {_reason(error, custom)}"
    )
    if custom is not None:
        return f"{what}; fix this code, or change the arguments of {name}"
    if apply is None or _succeeds(apply, image):
        # What fails only with some draws says nothing about the image.
        return what
    for remedy, other in _others(image):
        if _succeeds(apply, other):
            return f"{what}; {remedy.format(name=name)}"
    return f"{what}; it fails with a large color image of 8 bits too, so change its arguments"


def needs_larger_image(image: Image, apply: Apply) -> bool:
    """Return whether a transform that fails for an image succeeds for a larger one."""
    return _succeeds(apply, _larger(image))


def _reason(error: BaseException, custom: str | None) -> str:
    """Return the text of an exception, with its class and line if it comes from custom code."""
    if type(error).__module__ == "cv2":
        # The whole text contains a path and a line of the sources of OpenCV.
        function, text = getattr(error, "func", "a function"), getattr(error, "err", str(error))
        return ascii(f"{function} of OpenCV fails: {' '.join(text.split())}")[1:-1]
    text = " ".join(str(error).split()).partition(" You can convert")[0].rstrip(".")
    if custom is not None:
        return ascii(f"{type(error).__name__} in {custom}{': ' if text else ''}{text}")[1:-1]
    text = text or type(error).__name__
    return ascii(text[:1].lower() + text[1:])[1:-1]


def _failing(error: BaseException) -> tuple[str, str | None] | None:
    """Return the name of the innermost transform that an exception comes from, and the line if it is custom code."""
    base = getattr(sys.modules.get("albumentations"), "BasicTransform", ())
    found, trace = None, error.__traceback__
    while trace is not None:
        if isinstance(owner := trace.tb_frame.f_locals.get("self"), base):
            found = owner
        trace = trace.tb_next
    if found is None:
        return None
    module = type(found).__module__
    return type(found).__name__, None if module.partition(".")[0] in _KNOWN else raised_in(error, module)


def _others(image: Image) -> Iterator[tuple[str, Image]]:
    """Yield images that differ in one way or in all, and what makes images such."""
    changes: list[tuple[str, Callable[[Image], Image]]] = []
    if image.shape[2] == 1:
        changes.append(
            (
                "expected 3 channels; use color images (color: rgb in ImageFolder and Table), or remove {name}",
                lambda image: image.repeat(3, axis=2),
            )
        )
    if image.dtype != np.uint8:
        changes.append(("expected 8 bits per channel; convert the images to 8 bits, or remove {name}", _as_bytes))
    if min(image.shape[:2]) < _LARGE:
        changes.append(("expected a larger image; enlarge small images before {name}, or lower its sizes", _larger))
    for remedy, change in changes:
        yield remedy, change(image)
    if image.shape[2] > 1:
        remedy = "expected 1 channel; use grey images (color: grey in ImageFolder and Table), or remove {name}"
        yield remedy, np.ascontiguousarray(image[:, :, :1])
    if len(changes) > 1:
        for _, change in changes:
            image = change(image)
        yield "; ".join(remedy for remedy, _ in changes), image


def _as_bytes(image: Image) -> Image:
    return (image.astype(np.float32) / 257).astype(np.uint8)


def _larger(image: Image) -> Image:
    height, width, _ = image.shape
    larger = np.tile(image, (-(-_LARGE // height), -(-_LARGE // width), 1))
    return np.ascontiguousarray(larger[: max(height, _LARGE), : max(width, _LARGE)])


def _succeeds(apply: Apply, image: Image) -> bool:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", UserWarning)
            warnings.simplefilter("error", RuntimeWarning)
            apply(image)
    except (Exception, SystemExit):
        return False
    return True
