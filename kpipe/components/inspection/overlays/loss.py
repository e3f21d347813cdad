"""Facts about Keras' losses that their signatures and docstrings do not state."""

from __future__ import annotations

from kpipe.components.inspection.overlays.overlay import Overlay
from kpipe.components.inspection.overlays.shared import A_BASE, DTYPE, FLAG, FRACTION, NAME, NOT_NEGATIVE, POSITIVE
from kpipe.components.inspection.rule import Rule, integer, number

_REDUCTIONS = ("sum_over_batch_size", "mean", "sum", "mean_with_sample_weight", "none")

OVERLAY = Overlay(
    rules={
        "name": NAME,
        "dtype": DTYPE,
        "from_logits": FLAG,
        "apply_class_balancing": FLAG,
        "label_smoothing": number(FRACTION),
        "axis": integer(),
        "Dice.axis": Rule(types=("int", "list", "null"), item_types=("int",)),
        "Tversky.axis": Rule(types=("int", "list", "null"), item_types=("int",)),
        "reduction": Rule(types=("str", "null"), choices=_REDUCTIONS),
        "alpha": number(NOT_NEGATIVE),
        "beta": number(NOT_NEGATIVE),
        "gamma": number(NOT_NEGATIVE),
        "delta": number(POSITIVE),
        "q": number("(0, 1)"),
        "ignore_class": integer(),
    },
    excluded={"Loss": A_BASE},
    texts={"name": "the name of the loss"},
)
