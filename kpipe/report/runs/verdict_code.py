"""The code of a verdict."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any


def verdict_code(verdicts: Sequence[Any]) -> str | None:
    """Return the code of the first verdict in `verdicts` of a `result.json`; None if there is none.

    Args:
        verdicts: mappings with `code`, or codes.

    Example:
        >>> verdict_code([{"code": "overfitting"}, {"code": "slow"}]), verdict_code([])
        ('overfitting', None)
    """
    first = next(iter(verdicts), None)
    code = first.get("code") if isinstance(first, Mapping) else first
    return None if code is None else str(code)
