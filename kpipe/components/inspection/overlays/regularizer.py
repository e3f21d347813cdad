"""Facts about Keras' regularizers that their signatures and docstrings do not state."""

from __future__ import annotations

from kpipe.components.inspection.overlays.overlay import Overlay
from kpipe.components.inspection.overlays.shared import A_BASE, NOT_NEGATIVE
from kpipe.components.inspection.rule import number, one_of

OVERLAY = Overlay(
    rules={
        "l1": number(NOT_NEGATIVE),
        "l2": number(NOT_NEGATIVE),
        "factor": number(NOT_NEGATIVE),
        "mode": one_of("rows", "columns"),
    },
    excluded={"Regularizer": A_BASE},
)
