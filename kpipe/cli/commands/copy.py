"""`kpipe copy`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from kpipe.cli.parameters import QuietOption


def command(
    spec: Annotated[str, typer.Argument(metavar="kpipe:NAME", help="A shipped spec; see `kpipe list specs`.")],
    target: Annotated[Path | None, typer.Argument(metavar="[FILE]", help="Default: NAME.yaml.")] = None,
    quiet: QuietOption = False,
) -> None:
    """Copy a shipped spec, its data and the schema."""
    from kpipe.messages.reporter import Reporter
    from kpipe.report.copy_spec import copy_spec

    reporter = Reporter(quiet)
    reporter.show(str(copy_spec(spec, target, reporter.say)))
