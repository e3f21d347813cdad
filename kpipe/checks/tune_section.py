"""The section `tune` of a spec, which a sweep requires."""

from __future__ import annotations

from kpipe.checks.checked_spec import CheckedSpec
from kpipe.spec.refusal import refusal
from kpipe.spec.sections.tune import Tune


def tune_section(spec: CheckedSpec) -> Tune:
    """Return the section `tune` of a spec.

    Raises:
        SpecError: the spec has none.
    """
    if spec.tune is None:
        raise refusal(spec.place, "tune", "the spec has no section tune; add one with the space to search")
    return spec.tune
