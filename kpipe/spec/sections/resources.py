"""The section `tune.resources`."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from kpipe.spec.sections.section import Section


class Resources(Section):
    """`tune.resources:` what each trial uses.

    Args:
        cpus: threads of each trial, at least 1; default null: the cores are divided among the workers.
        gpus: GPUs of each trial, at least 0; default 0: all GPUs are visible to each trial.
    """

    cpus: Annotated[int, Field(ge=1)] | None = None
    gpus: Annotated[int, Field(ge=0)] = 0
