"""Facts about Keras' constraints that their signatures and docstrings do not state."""

from __future__ import annotations

from kpipe.components.inspection.overlays.overlay import Overlay
from kpipe.components.inspection.overlays.shared import A_BASE, FRACTION, NOT_NEGATIVE, POSITIVE
from kpipe.components.inspection.rule import Rule, number

OVERLAY = Overlay(
    rules={
        "max_value": number(POSITIVE),
        "min_value": number(NOT_NEGATIVE),
        "rate": number(FRACTION),
        "axis": Rule(types=("int", "list"), item_types=("int",)),
    },
    excluded={"Constraint": A_BASE},
)
