"""`kpipe diff`."""

from __future__ import annotations

from typing import Annotated

import typer

from kpipe.cli.parameters import QuietOption, SetEnvOption, SetOption, TextFormat, all_overrides

_SOURCES = "A YAML file, kpipe:NAME for a shipped spec, the folder of a run, or - for standard input."


def command(
    before: Annotated[str, typer.Argument(metavar="A", help=_SOURCES)],
    now: Annotated[str, typer.Argument(metavar="B", help="The spec that is compared with it.")],
    set_: SetOption = None,
    set_env: SetEnvOption = None,
    format_: Annotated[TextFormat, typer.Option("--format", help="Output format.")] = TextFormat.text,
    quiet: QuietOption = False,
) -> None:
    """Compare two specs by meaning; --set applies to B. The exit code is 1 if they differ."""
    from kpipe.messages.reporter import Reporter
    from kpipe.report.spec_diff import spec_diff

    text, is_same = spec_diff(before, now, all_overrides(set_, set_env), format_.value)
    Reporter(quiet).show(text, format_.value)
    if not is_same:
        raise typer.Exit(1)
