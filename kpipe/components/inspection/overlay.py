"""What is known about components beyond their signatures and docstrings: ranges, objects, enumerations, exclusions."""

from __future__ import annotations

from fnmatch import fnmatchcase
from functools import cache

from kpipe.components.inspection.overlays import (
    application,
    callback,
    constraint,
    initializer,
    layer,
    loss,
    metric,
    optimizer,
    regularizer,
    schedule,
)
from kpipe.components.inspection.overlays.overlay import Overlay
from kpipe.components.inspection.overlays.shared import AT_LEAST_1, BELOW_1, NAME, NOT_NEGATIVE, POSITIVE, SHARE
from kpipe.components.inspection.rule import Rule, number, whole

#: By kind; other kinds have no components of Keras.
OVERLAYS: dict[str, Overlay] = {
    "layer": layer.OVERLAY,
    "application": application.OVERLAY,
    "initializer": initializer.OVERLAY,
    "regularizer": regularizer.OVERLAY,
    "constraint": constraint.OVERLAY,
    "loss": loss.OVERLAY,
    "metric": metric.OVERLAY,
    "optimizer": optimizer.OVERLAY,
    "schedule": schedule.OVERLAY,
    "callback": callback.OVERLAY,
}
_NONE = Overlay()

#: The same for the callbacks of kpipe_callbacks, where a range is more than their annotations say.
OWN_RULES: dict[str, dict[str, Rule]] = {
    "callback": {
        "patience": whole(NOT_NEGATIVE),
        "start_from_epoch": whole(NOT_NEGATIVE),
        "verbose": whole(SHARE),
        "*learning_rate": number(NOT_NEGATIVE),
        "warmup_from": number(NOT_NEGATIVE),
        "*_epochs": number(POSITIVE),
        "*_steps": whole(AT_LEAST_1),
        "milestone_epochs": Rule(types=("list", "null"), item_types=("float",), interval=POSITIVE),
        "milestone_steps": Rule(types=("list", "null"), item_types=("int",), interval=AT_LEAST_1),
        "scale_with_batch": whole(AT_LEAST_1),
        "decay_per_*": number(NOT_NEGATIVE),
        "StepSchedule.factor": number(POSITIVE),
        "power": number(POSITIVE),
        "multiplier": number(AT_LEAST_1),
        "peak_decay": number(POSITIVE),
        "rise": number("(0, 1)"),
        "*_divisor": number(POSITIVE),
        "momentum": Rule(types=("list", "null"), item_types=("float",), interval=BELOW_1),
        "decay": Rule(types=("float", "str"), choices=("equal",), interval=BELOW_1),
        "every": whole(AT_LEAST_1),
        "start": whole(NOT_NEGATIVE),
        "ExplosionDetector.factor": number("(1, inf)"),
        "window": whole(AT_LEAST_1),
        "lr_factor": number("(0, 1]"),
        "max_rollbacks": whole(AT_LEAST_1),
        "keep_every": whole(AT_LEAST_1),
        "best_weights_path": NAME,
    },
}


def overlay(kind: str) -> Overlay:
    """What is known about the components of a kind."""
    return OVERLAYS.get(kind, _NONE)


def rule_for(kind: str, class_name: str, argument: str, *, own: bool = False) -> Rule | None:
    """The rule that holds for an argument of a class, or None.

    Args:
        kind: the kind of the class.
        class_name: the name it is defined by, not an alias.
        argument: the argument's name.
        own: whether the class is kpipe's own, not Keras'.
    """
    key = key_for(kind, class_name, argument, own=own)
    return _rules(kind, own)[key] if key is not None else None


@cache
def key_for(kind: str, class_name: str, argument: str, *, own: bool = False) -> str | None:
    """The key of the rule that holds for an argument, or None."""
    full = f"{class_name}.{argument}"
    keys = reversed(_rules(kind, own))
    return next((key for key in keys if fnmatchcase(full if "." in key else argument, key)), None)


def withheld(kind: str, class_name: str, argument: str) -> str | None:
    """Why a spec cannot give this argument, or None where it can."""
    full = f"{class_name}.{argument}"
    reasons = overlay(kind).withheld.items()
    return next((reason for pattern, reason in reasons if fnmatchcase(full, pattern)), None)


def _rules(kind: str, own: bool) -> dict[str, Rule]:
    return OWN_RULES.get(kind, {}) if own else overlay(kind).rules
