"""The section `tune.objective`."""

from __future__ import annotations

from typing import Any, ClassVar, Literal

from pydantic import model_validator

from kpipe.spec.sections.section import Section


class Objective(Section):
    """`tune.objective:` the metric that a sweep improves; a string is the name of the metric.

    Args:
        monitor: a column of `history.csv`; default `auto`: that of `train.choose`.
        mode: `min`, `max`, or `auto` (default): chosen by the name as in `train.choose`.
    """

    accepts_string: ClassVar[bool] = True

    monitor: str = "auto"
    mode: Literal["auto", "min", "max"] = "auto"

    @model_validator(mode="before")
    @classmethod
    def _from_name(cls, value: Any) -> Any:
        return {"monitor": value} if isinstance(value, str) else value
