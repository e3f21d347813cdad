"""The codes of findings that a spec accepts."""

from __future__ import annotations

from collections.abc import Iterator

from kpipe.checks.static import CHECKS
from kpipe.checks.verdict_code import VerdictCode
from kpipe.errors import Problem
from kpipe.nearest import nearest
from kpipe.spec.problem_at import problem_at
from kpipe.spec.spec import Spec


def unknown_codes(spec: Spec) -> Iterator[Problem]:
    """Yield a problem for each code under `checks.ignore` that no check and no verdict has.

    Args:
        spec: a spec that was read.
    """
    if "checks" in spec.broken or spec.checks is None:
        return
    codes = [*(check.code for check in CHECKS), *VerdictCode]
    for code, node in zip(spec.checks.ignore, spec.tree.entries["checks"].entries["ignore"].items, strict=True):
        if code not in codes:
            message = f"unknown code {code!r}; available: {', '.join(codes)}"
            yield problem_at(node, message, nearest(code, codes))
