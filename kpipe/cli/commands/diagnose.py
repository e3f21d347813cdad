"""`kpipe diagnose`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from kpipe.cli.parameters import QuietOption, TextFormat


def command(
    runs: Annotated[list[Path], typer.Argument(metavar="RUN...", help="The folders of runs that have ended.")],
    format_: Annotated[TextFormat, typer.Option("--format", help="Output format.")] = TextFormat.text,
    quiet: QuietOption = False,
) -> None:
    """Tell from the folder of a run what went wrong in its training, and what to change."""
    from kpipe.errors import DataError
    from kpipe.judge.diagnosis_text import diagnosis_text
    from kpipe.messages.reporter import Reporter

    text, errors = diagnosis_text(runs, format_.value)
    if text:
        Reporter(quiet).show(text, format_.value)
    if len(errors) == 1:
        raise errors[0]
    if errors:
        raise DataError("\n".join(map(str, errors)))
