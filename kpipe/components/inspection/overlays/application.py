"""What the signatures and docstrings of Keras' networks of `keras.applications` do not state."""

from __future__ import annotations

from kpipe.components.inspection.overlays.overlay import Overlay
from kpipe.components.inspection.overlays.shared import ACTIVATION, AT_LEAST_1, BELOW_1, FLAG, NAME, POSITIVE
from kpipe.components.inspection.rule import Rule, number, one_of, whole

_NO_WEIGHTS = (
    "write `weights: null`, since a spec downloads and reads no weights; for pretrained ones write a function in a "
    "file under `imports`"
)

OVERLAY = Overlay(
    rules={
        "name": NAME,
        "trainable": FLAG,
        "weights": Rule(types=("null",), required=True, reason=_NO_WEIGHTS),
        "pooling": one_of("avg", "max"),
        "classes": whole(AT_LEAST_1),
        "classifier_activation": ACTIVATION,
        "input_shape": Rule(types=("list", "null"), item_types=("int", "null")),
        "alpha": number(POSITIVE),
        "depth_multiplier": whole(AT_LEAST_1),
        "dropout": number(BELOW_1),
        "dropout_rate": number(BELOW_1),
    },
    withheld={"*.input_tensor": "the item's place in `model` says what it reads"},
    extra=("trainable",),
    texts={"name": "the name of the model"},
)
