"""Facts about Keras' callbacks that their signatures and docstrings do not state."""

from __future__ import annotations

from kpipe.components.inspection.keras_callbacks import KERAS_CALLBACKS
from kpipe.components.inspection.overlays.overlay import Overlay
from kpipe.components.inspection.overlays.shared import (
    AT_LEAST_1,
    FRACTION,
    NOT_NEGATIVE,
    STRING,
)
from kpipe.components.inspection.rule import Rule, integer, number, one_of

_MODE = one_of("auto", "min", "max")

OVERLAY = Overlay(
    rules={
        "monitor": STRING,
        "mode": _MODE,
        "verbose": integer(FRACTION),
        "patience": integer(NOT_NEGATIVE),
        "start_from_epoch": integer(NOT_NEGATIVE),
        "min_delta": number(),
        "baseline": number(),
        "initial_value_threshold": number(),
        "cooldown": integer(NOT_NEGATIVE),
        "min_lr": number(NOT_NEGATIVE),
        "ReduceLROnPlateau.factor": number("(0, 1)"),
        "save_freq": Rule(types=("int", "str"), choices=("epoch",), interval=AT_LEAST_1),
        "filename": STRING,
        "filepath": STRING,
        "log_dir": STRING,
        "histogram_freq": integer(NOT_NEGATIVE),
        "embeddings_freq": integer(NOT_NEGATIVE),
        "embeddings_metadata": Rule(types=("dict", "str", "null"), item_types=("str",)),
        "update_freq": Rule(types=("int", "str"), choices=("batch", "epoch"), interval=AT_LEAST_1),
        "profile_batch": Rule(types=("int", "list"), item_types=("int",), interval=NOT_NEGATIVE),
    },
    excluded={name: known.not_in_specs for name, known in KERAS_CALLBACKS.items() if known.not_in_specs},
    needs_package={name: known.package for name, known in KERAS_CALLBACKS.items() if known.package is not None},
    texts={"monitor": "compared with the names of the metrics", "separator": "written between columns"},
    files={
        f"{name}.{argument}": use for name, known in KERAS_CALLBACKS.items() for argument, use in known.files.items()
    },
)
