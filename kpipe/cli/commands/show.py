"""`kpipe show`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from kpipe.cli.parameters import QuietOption, SetEnvOption, SetOption, SpecArgument, all_overrides


def command(
    spec: SpecArgument,
    set_: SetOption = None,
    set_env: SetEnvOption = None,
    spec_alone: Annotated[
        bool, typer.Option("--spec", help="Print the resolved spec alone, as YAML, without reading data.")
    ] = False,
    images: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE.png",
            help="Also draw training samples as the network gets them, with originals and labels, into this new file.",
        ),
    ] = None,
    quiet: QuietOption = False,
) -> None:
    """Print the resolved spec, the layers, parameters, FLOPs, memory and steps; reads the data."""
    from kpipe.messages.reporter import Reporter

    reporter = Reporter(quiet)
    if spec_alone and images is not None:
        raise typer.BadParameter("--images reads the data; remove --spec or --images")
    if spec_alone:
        from kpipe.report.resolved_spec import resolved_spec

        reporter.show(resolved_spec(spec, all_overrides(set_, set_env)), "yaml")
        return
    from kpipe.pipeline import load
    from kpipe.report.overview import overview

    checked = load(spec, all_overrides(set_, set_env), say=reporter.say).spec
    reporter.show(overview(checked, reporter.say, images))
