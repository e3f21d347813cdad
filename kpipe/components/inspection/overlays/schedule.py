"""Facts about Keras' learning rate schedules that their signatures and docstrings do not state."""

from __future__ import annotations

from kpipe.components.inspection.overlays.overlay import Overlay
from kpipe.components.inspection.overlays.shared import A_BASE, AT_LEAST_1, NAME, NOT_NEGATIVE, POSITIVE
from kpipe.components.inspection.rule import Rule, integer, number

OVERLAY = Overlay(
    rules={
        "name": NAME,
        # 0 is valid, because Keras expects it for a warm-up from 0 to `warmup_target`.
        "initial_learning_rate": number(NOT_NEGATIVE),
        "warmup_target": number(POSITIVE),
        "warmup_steps": integer(NOT_NEGATIVE),
        "decay_steps": integer(AT_LEAST_1),
        "first_decay_steps": integer(AT_LEAST_1),
        "decay_rate": number(NOT_NEGATIVE),
        "end_learning_rate": number(NOT_NEGATIVE),
        "alpha": number(NOT_NEGATIVE),
        "t_mul": number(POSITIVE),
        "m_mul": number(POSITIVE),
        "power": number(NOT_NEGATIVE),
        # Integers are not converted to floats, because Keras expects boundaries to have the type of the step.
        "boundaries": Rule(types=("list",), item_types=("int", "float"), interval=NOT_NEGATIVE),
        "values": Rule(types=("list",), item_types=("float",), interval=NOT_NEGATIVE),
    },
    excluded={"LearningRateSchedule": f"{A_BASE}; use one of its subclasses, such as CosineDecay"},
    texts={"name": "the name of the schedule"},
)
