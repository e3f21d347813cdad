"""Arguments and options shared by several commands."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from kpipe.spec.environment_override import EnvironmentOverride

SpecArgument = Annotated[
    str, typer.Argument(metavar="SPEC", help="A YAML file, kpipe:NAME for a shipped one, or - for standard input.")
]
RunArgument = Annotated[
    Path,
    typer.Argument(metavar="RUN", help="The folder of a finished run, or runs/NAME for the newest one in it."),
]
SetOption = Annotated[
    list[str] | None,
    typer.Option("--set", metavar="PATH=VALUE", help="Replace a value, such as train.epochs=3; can be repeated."),
]
SetEnvOption = Annotated[
    list[EnvironmentOverride] | None,
    typer.Option(
        "--set-env",
        metavar="PATH=NAME",
        parser=EnvironmentOverride.parse,
        help="Set a value to that of the environment variable NAME, before --set; can be repeated.",
    ),
]
TtaOption = Annotated[
    str | None,
    typer.Option(
        "--tta",
        metavar="VIEWS",
        help="Average over views of each image: Flip, TenCrop, Draws=8 or another of `kpipe list views`.",
    ),
]
SamplesOption = Annotated[
    int | None,
    typer.Option(
        "--samples",
        metavar="N",
        min=2,
        help="Average over N masks: dropout and other random layers stay active, as in training.",
    ),
]
SeedOption = Annotated[
    int | None,
    typer.Option("--seed", metavar="N", min=0, help="The seed of the masks; default: that of the run."),
]
BudgetOption = Annotated[
    float | None,
    typer.Option(
        "--budget",
        metavar="SECONDS",
        help="Seconds for all probes; default: 60, or 2 % of the run, without traces; at most 600 with them.",
    ),
]
QuietOption = Annotated[bool, typer.Option("--quiet", help="Print only the result.")]
DebugOption = Annotated[bool, typer.Option("--debug", help="Show the traceback of an error.")]


def all_overrides(set_: list[str] | None, set_env: list[EnvironmentOverride] | None) -> list[str]:
    """Return the overrides of both options."""
    return [*(set_env or ()), *(set_ or ())]


class TextFormat(StrEnum):
    """Format of the output."""

    text = "text"
    json = "json"
