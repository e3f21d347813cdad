"""What the signatures and docstrings of Keras' learning rate schedules do not state."""

from __future__ import annotations

from kpipe.components.inspection.overlays.overlay import Overlay
from kpipe.components.inspection.overlays.shared import A_BASE, AT_LEAST_1, NAME, NOT_NEGATIVE, POSITIVE
from kpipe.components.inspection.rule import Rule, number, whole

OVERLAY = Overlay(
    rules={
        "name": NAME,
        # Keras' own way to warm up from nothing is `initial_learning_rate=0.0` with a `warmup_target`.
        "initial_learning_rate": number(NOT_NEGATIVE),
        "warmup_target": number(POSITIVE),
        "warmup_steps": whole(NOT_NEGATIVE),
        "decay_steps": whole(AT_LEAST_1),
        "first_decay_steps": whole(AT_LEAST_1),
        "decay_rate": number(NOT_NEGATIVE),
        "end_learning_rate": number(NOT_NEGATIVE),
        "alpha": number(NOT_NEGATIVE),
        "t_mul": number(POSITIVE),
        "m_mul": number(POSITIVE),
        "power": number(NOT_NEGATIVE),
        # Whole boundaries stay whole: Keras wants them to have the type of the step.
        "boundaries": Rule(types=("list",), item_types=("int", "float"), interval=NOT_NEGATIVE),
        "values": Rule(types=("list",), item_types=("float",), interval=NOT_NEGATIVE),
    },
    excluded={"LearningRateSchedule": f"{A_BASE}; use one of its subclasses, such as CosineDecay"},
    texts={"name": "the name of the schedule"},
)
