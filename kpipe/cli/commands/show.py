"""`kpipe show`."""

from __future__ import annotations

from kpipe.cli.parameters import QuietOption, SetOption, SpecArgument


def command(spec: SpecArgument, set_: SetOption = None, quiet: QuietOption = False) -> None:
    """Print the resolved spec, the layers, parameters, FLOPs, memory and steps; reads the data."""
    from kpipe.messages.reporter import Reporter
    from kpipe.pipeline import load
    from kpipe.report.overview import overview

    reporter = Reporter(quiet)
    reporter.show(overview(load(spec, set_, say=reporter.say).spec, reporter.say))
