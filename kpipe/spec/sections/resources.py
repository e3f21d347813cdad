"""The section `tune.resources`."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from kpipe.spec.sections.section import Section


class Resources(Section):
    """`tune.resources:` what each trial uses.

    Args:
        cpus: cores of each trial, at least 1; default null: an equal share for each worker.
        gpus: GPUs of each trial, at least 0; default null: an equal share for each worker, or one GPU that several
            trials use if there are fewer GPUs than workers.
    """

    cpus: Annotated[int, Field(ge=1)] | None = None
    gpus: Annotated[int, Field(ge=0)] | None = None
