"""`kpipe schema`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer


def command(
    output: Annotated[Path | None, typer.Option(metavar="FILE", help="Write to this file instead of printing.")] = None,
) -> None:
    """Print the JSON Schema of the language for editors, to which the first line of a spec refers."""
    from kpipe.components import vocabulary
    from kpipe.messages.reporter import Reporter
    from kpipe.schema.json_schema import schema_text
    from kpipe.schema.schema_file import write_schema

    if output is None:
        Reporter().show(schema_text(vocabulary()), "json")
    else:
        write_schema(output, vocabulary())
