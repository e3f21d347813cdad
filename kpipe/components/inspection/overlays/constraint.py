"""What the signatures and docstrings of Keras' constraints do not state."""

from __future__ import annotations

from kpipe.components.inspection.overlays.overlay import Overlay
from kpipe.components.inspection.overlays.shared import A_BASE, NOT_NEGATIVE, POSITIVE, SHARE
from kpipe.components.inspection.rule import Rule, number

OVERLAY = Overlay(
    rules={
        "max_value": number(POSITIVE),
        "min_value": number(NOT_NEGATIVE),
        "rate": number(SHARE),
        "axis": Rule(types=("int", "list"), item_types=("int",)),
    },
    excluded={"Constraint": A_BASE},
)
