"""`kpipe list`."""

from __future__ import annotations

from typing import Annotated

import typer


def command(
    kind: Annotated[
        str | None, typer.Argument(metavar="[KIND]", help="A kind, such as layers; default: list the kinds.")
    ] = None,
    name: Annotated[str | None, typer.Argument(metavar="[NAME]", help="A component, to list its arguments.")] = None,
) -> None:
    """List kinds of components, the components of a kind, or the arguments of a component."""
    import shutil

    from kpipe.components import vocabulary
    from kpipe.messages.reporter import Reporter
    from kpipe.report.vocabulary_list import vocabulary_list

    Reporter().show(vocabulary_list(vocabulary(), kind, name, shutil.get_terminal_size((120, 24)).columns))
