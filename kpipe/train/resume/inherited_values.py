"""Values that a stage of a training writes out in one of two specs and takes from `train` or `data` in the other."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

#: The keys of a stage whose values are those of `train` if it omits them.
_KEYS = ("epochs", "optimizer", "learning_rate_multipliers", "callbacks")

Values = Mapping[str, Any]


def written_stages(stages: Any, others: Any, train: Values, data: Values) -> Any:
    """Return the stages of a spec with the values that those of another spec write out.

    Values that both specs omit stay omitted, since `train` and `data` are compared too.

    Args:
        stages: the values of `train.stages`.
        others: those of the other spec.
        train: the values of `train`, with its epochs.
        data: the values of `data`.

    Example:
        >>> written_stages([{"epochs": None}, {"epochs": None}], [{"epochs": 3}, {"epochs": None}], {"epochs": 3}, {})
        [{'epochs': 3}, {'epochs': None}]
    """
    if not isinstance(stages, list) or not isinstance(others, list) or len(stages) != len(others):
        return stages
    return [_written(stage, other, train, data) for stage, other in zip(stages, others, strict=True)]


def _written(stage: Any, other: Any, train: Values, data: Values) -> Any:
    # Recipes are components.
    if not isinstance(stage, dict) or not isinstance(other, dict):
        return stage
    own, others = stage.get("data"), other.get("data")
    found = _filled({key: value for key, value in stage.items() if key != "data"}, other, train, _KEYS)
    if isinstance(own, dict) and isinstance(others, dict):
        found["data"] = _filled(own, others, data, own)
    elif "data" in stage:
        found["data"] = own
    return found


def _filled(stage: Mapping[str, Any], other: Values, shared: Values, keys: Any) -> dict[str, Any]:
    """Return a stage with the shared values of the keys that only the other stage has."""
    missing = {key for key in keys if stage.get(key) is None and other.get(key) is not None and key in shared}
    return {**stage, **{key: shared[key] for key in missing}}
