"""What the signatures and docstrings of Keras' callbacks do not state."""

from __future__ import annotations

from kpipe.components.inspection.keras_callbacks import KERAS_CALLBACKS
from kpipe.components.inspection.overlays.overlay import Overlay
from kpipe.components.inspection.overlays.shared import (
    AT_LEAST_1,
    NOT_NEGATIVE,
    SHARE,
    TEXT,
)
from kpipe.components.inspection.rule import Rule, number, one_of, whole

_MODE = one_of("auto", "min", "max")

OVERLAY = Overlay(
    rules={
        "monitor": TEXT,
        "mode": _MODE,
        "verbose": whole(SHARE),
        "patience": whole(NOT_NEGATIVE),
        "start_from_epoch": whole(NOT_NEGATIVE),
        "min_delta": number(),
        "baseline": number(),
        "initial_value_threshold": number(),
        "cooldown": whole(NOT_NEGATIVE),
        "min_lr": number(NOT_NEGATIVE),
        "ReduceLROnPlateau.factor": number("(0, 1)"),
        "save_freq": Rule(types=("int", "str"), choices=("epoch",), interval=AT_LEAST_1),
        "filename": TEXT,
        "filepath": TEXT,
        "log_dir": TEXT,
        "histogram_freq": whole(NOT_NEGATIVE),
        "embeddings_freq": whole(NOT_NEGATIVE),
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
