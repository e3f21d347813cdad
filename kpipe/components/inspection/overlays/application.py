"""Facts about `keras.applications` that their signatures and docstrings do not state."""

from __future__ import annotations

from kpipe.components.inspection.overlays.overlay import Overlay
from kpipe.components.inspection.overlays.shared import ACTIVATION, AT_LEAST_1, BELOW_1, FLAG, NAME, POSITIVE
from kpipe.components.inspection.rule import Rule, integer, number, one_of

_WEIGHTS = "`weights: null` is random, `imagenet` downloads weights, a path is a file of `save_weights` of this network"

OVERLAY = Overlay(
    rules={
        "name": NAME,
        "trainable": FLAG,
        "weights": Rule(types=("null", "str"), required=True, reason=_WEIGHTS, is_path=True, words=("imagenet",)),
        "pooling": one_of("avg", "max"),
        "classes": integer(AT_LEAST_1),
        "classifier_activation": ACTIVATION,
        "input_shape": Rule(types=("list", "null"), item_types=("int", "null")),
        "alpha": number(POSITIVE),
        "depth_multiplier": integer(AT_LEAST_1),
        "dropout": number(BELOW_1),
        "dropout_rate": number(BELOW_1),
    },
    withheld={"*.input_tensor": "the position of the item in `model` determines its input"},
    extra=("trainable",),
    texts={"name": "the name of the model", "weights": "the path of a file of weights, or imagenet"},
)
