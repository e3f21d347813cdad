"""Facts about Keras' initializers that their signatures and docstrings do not state."""

from __future__ import annotations

from kpipe.components.inspection.overlays.overlay import Overlay
from kpipe.components.inspection.overlays.shared import A_BASE, NOT_NEGATIVE, POSITIVE
from kpipe.components.inspection.rule import Rule, integer, number, one_of

OVERLAY = Overlay(
    rules={
        "seed": integer(),
        "stddev": number(NOT_NEGATIVE),
        "scale": number(POSITIVE),
        "VarianceScaling.mode": one_of("fan_in", "fan_out", "fan_avg"),
        "distribution": one_of("truncated_normal", "untruncated_normal", "uniform"),
        "input_axes": Rule(types=("list", "null"), item_types=("int",)),
        "output_axes": Rule(types=("list", "null"), item_types=("int",)),
        "side": one_of("real", "imag"),
        "scaling": one_of("density", "spectrum"),
        "window": Rule(types=("str", "list", "null"), item_types=("float",)),
    },
    excluded={"Initializer": A_BASE},
    texts={"window": "the name of a window function of SciPy"},
)
