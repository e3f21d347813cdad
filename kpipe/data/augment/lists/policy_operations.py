"""The operations of AutoAugment's policies, as transforms of a spec."""

from __future__ import annotations

import math
from typing import Any

from kpipe.data.augment.lists.transform_list import Transform

#: The greatest shear (a slope), rotation in degrees, and change of a factor; Cubuk et al. (2019), table 6.
_SHEAR, _ROTATION, _LEAST_FACTOR, _FACTORS = 0.3, 30, 0.1, 1.8
_NO_CHANGE = {"brightness": [1, 1], "contrast": [1, 1], "saturation": [1, 1], "hue": [0, 0]}
_CHANGED = {"Brightness": "brightness", "Contrast": "contrast", "Color": "saturation"}


def operation(name: str, magnitude: float, translation: float, fill: float, p: float = 1.0) -> Transform:
    """Return one operation of Cubuk et al., AutoAugment (2019), table 6, at a magnitude.

    The magnitude is a tenth of the operation's range, as in the authors' code. Shears, translations and rotations are
    negated with probability 1/2; they are taken from the nearest pixel and about the center. The factors of
    Brightness, Contrast, Color and Sharpness are 0.1 at magnitude 0 and 1.9 at 10. Above 10, Posterize and Solarize
    remain as at 10.

    Args:
        name: the name in the paper's table.
        magnitude: at least 0; 10 is the end of the range.
        translation: translation at magnitude 10 as a fraction of the image's size.
        fill: value of pixels outside of the image.
        p: probability of applying the operation.

    Example:
        >>> operation("Solarize", 5, 0.3, 128, p=0.6)
        {'Solarize': {'threshold_range': [0.5019607843137255, 0.5019607843137255], 'p': 0.6}}
    """
    share = magnitude / 10
    if name in ("ShearX", "ShearY"):
        return signed({"shear": math.degrees(math.atan(share * _SHEAR))}, name[-1].lower(), fill, p)
    if name in ("TranslateX", "TranslateY"):
        return signed({"translate_percent": share * translation}, name[-1].lower(), fill, p)
    if name == "Rotate":
        return signed({"rotate": share * _ROTATION}, None, fill, p)
    if name == "Posterize":
        bits = 8 - int(min(share, 1) * 4)
        return {"Posterize": {"num_bits": [bits, bits], "p": p}}
    if name == "Solarize":
        # No pixel reaches 256; 255 as the threshold would invert white.
        threshold = 256 - int(min(share, 1) * 256)
        return solarized(threshold, threshold, p)
    if name in ("Brightness", "Contrast", "Color", "Sharpness"):
        factor = round(_LEAST_FACTOR + share * _FACTORS, 12)
        return enhanced(name, factor, factor, p)
    return fixed(name, p)


def fixed(name: str, p: float = 1.0) -> Transform:
    """Return an operation without a magnitude, as Pillow does it: AutoContrast, Equalize, Invert or Identity."""
    arguments: dict[str, Any] = {"p": p}
    if name == "AutoContrast":
        return {"AutoContrast": {"method": "pil", "cutoff": 0, **arguments}}
    return {{"Equalize": "PillowEqualize", "Invert": "InvertImg", "Identity": "NoOp"}[name]: arguments}


def enhanced(name: str, least: float, greatest: float, p: float = 1.0) -> Transform:
    """Return Brightness, Contrast, Color or Sharpness with a factor that is uniform in a range."""
    if name == "Sharpness":
        return {"Sharpness": {"factor": [least, greatest], "p": p}}
    return {"ColorJitter": {**_NO_CHANGE, _CHANGED[name]: [least, greatest], "p": p}}


def solarized(least: int, greatest: int, p: float = 1.0) -> Transform:
    """Return Solarize with a threshold in a range of levels; no pixel reaches the level 256."""
    if least > 255:
        return fixed("Identity", p)
    return {"Solarize": {"threshold_range": [least / 255, min(greatest / 255, 1.0)], "p": p}}


def moved(amounts: dict[str, list[float]], axis: str | None, fill: float, p: float = 1.0) -> Transform:
    """Return an affine map by nearest pixels with one amount, uniform in a range, along one axis if there is one."""
    (key, limits), *_ = amounts.items()
    value: Any = limits if axis is None else {other: limits if other == axis else [0, 0] for other in ("x", "y")}
    return {"Affine": {key: value, "interpolation": "INTER_NEAREST", "fill": fill, "p": p}}


def signed(amount: dict[str, float], axis: str | None, fill: float, p: float) -> Transform:
    """Return an affine map by an amount that is negated with probability 1/2."""
    (key, size), *_ = amount.items()
    both = [moved({key: [sign * size, sign * size]}, axis, fill) for sign in (1, -1)]
    return {"OneOf": {"transforms": both, "p": p}}
