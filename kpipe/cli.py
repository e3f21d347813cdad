"""The command `kpipe`: reads its arguments, calls the library, prints. `--help` answers without TensorFlow."""

from __future__ import annotations

import io
import os
import signal
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from enum import StrEnum
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Annotated, Any, TextIO

import typer

if TYPE_CHECKING:
    from kpipe.messages.reporter import Reporter

app = typer.Typer(
    name="kpipe",
    help="Declarative training for Keras: one YAML file becomes a trained, saved, repeatable model.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)

SpecArgument = Annotated[str, typer.Argument(metavar="SPEC", help="A YAML file, or kpipe:NAME for a shipped one.")]
RunArgument = Annotated[Path, typer.Argument(metavar="RUN", help="The folder of a finished run.")]
SetOption = Annotated[
    list[str] | None,
    typer.Option("--set", metavar="PATH=VALUE", help="Change one value, such as train.epochs=3; may be repeated."),
]
QuietOption = Annotated[bool, typer.Option("--quiet", help="Print the result alone, no progress and no messages.")]
DebugOption = Annotated[bool, typer.Option("--debug", help="Show the traceback of an error.")]


class Part(StrEnum):
    """A part of the data."""

    train = "train"
    validation = "validation"
    test = "test"


class TextFormat(StrEnum):
    """For people, or for programs."""

    text = "text"
    json = "json"


class PredictFormat(StrEnum):
    """How predictions are printed."""

    text = "text"
    csv = "csv"
    json = "json"


def version(value: bool) -> None:
    """Prints the version and leaves."""
    if value:
        from kpipe.distribution import own_version

        typer.echo(f"kpipe {own_version()}")
        raise typer.Exit


@app.callback()
def about(
    show_version: Annotated[
        bool, typer.Option("--version", callback=version, is_eager=True, help="Print the version.")
    ] = False,
) -> None:
    """Declarative training for Keras: one YAML file becomes a trained, saved, repeatable model."""
    from kpipe.distribution import other_distribution

    if warning := other_distribution():
        _reporter(quiet=False).warn(f"warning: {warning}")


@app.command()
def run(
    spec: SpecArgument,
    set_: SetOption = None,
    output: Annotated[
        Path | None, typer.Option(metavar="DIR", help="The run folder, new or empty; by default runs/NAME/N.")
    ] = None,
    resume: Annotated[
        bool, typer.Option("--resume", help="Go on with the run in DIR; where it has not begun, it begins.")
    ] = False,
    quiet: QuietOption = False,
    debug: DebugOption = False,
) -> None:
    """Train the model of a spec and fill a run folder."""
    if resume and output is None:
        raise typer.BadParameter("--resume needs the folder of the run: --output DIR")

    def action() -> None:
        from kpipe.pipeline import load

        reporter = _reporter(quiet)
        with _terminated_like_interrupted():
            load(spec, set_, say=reporter.say).run(output, resume, reporter=reporter)

    _guarded(action, debug)


@app.command()
def validate(
    specs: Annotated[list[str], typer.Argument(metavar="SPEC…", help="YAML files, or kpipe:NAME for shipped ones.")],
    set_: SetOption = None,
    format_: Annotated[TextFormat, typer.Option("--format", help="How to print; json is meant for editors.")] = (
        TextFormat.text
    ),
    build: Annotated[bool, typer.Option("--build", help="Open the data and build the model too.")] = False,
    no_data: Annotated[bool, typer.Option("--no-data", help="Do not ask whether the data's files exist.")] = False,
    no_imports: Annotated[bool, typer.Option("--no-imports", help="Run no code but kpipe's and Keras'.")] = False,
    quiet: QuietOption = False,
    debug: DebugOption = False,
) -> None:
    """Say everything that is wrong with some specs; nothing is read or built unless --build asks for it."""
    if build and no_imports:
        raise typer.BadParameter("--build runs the code that a spec imports; leave one of the two out")

    def action() -> None:
        from kpipe.report.verdict import verdict

        reporter = _reporter(quiet)
        text, right = verdict(
            specs, set_ or [], format_.value, reporter.say, build=build, data=not no_data, run=not no_imports
        )
        reporter.show(text, format_.value)
        if not right:
            raise typer.Exit(2)

    _guarded(action, debug)


@app.command("list")
def list_(
    kind: Annotated[str | None, typer.Argument(metavar="[KIND]", help="Such as layers; by default the kinds.")] = None,
    name: Annotated[str | None, typer.Argument(metavar="[NAME]", help="One of them, with its arguments.")] = None,
    debug: DebugOption = False,
) -> None:
    """List what a spec may name: kinds, the components of one, the arguments of one component."""

    def action() -> None:
        import shutil

        from kpipe.components import vocabulary
        from kpipe.report.vocabulary_list import vocabulary_list

        _reporter(False).show(vocabulary_list(vocabulary(), kind, name, shutil.get_terminal_size((120, 24)).columns))

    _guarded(action, debug)


@app.command()
def schema(
    output: Annotated[Path | None, typer.Option(metavar="FILE", help="Replace this file instead of printing.")] = None,
    debug: DebugOption = False,
) -> None:
    """Print a JSON Schema of the language for editors; a spec names it in its first line."""

    def action() -> None:
        from kpipe.atomic import write_text
        from kpipe.components import vocabulary
        from kpipe.errors import DataError
        from kpipe.schema.json_schema import schema_text

        text = schema_text(vocabulary())
        if output is None:
            _reporter(False).show(text, "json")
            return
        if not output.absolute().parent.is_dir():
            raise DataError(f"{output} cannot be written: there is no folder {output.absolute().parent}")
        try:
            write_text(output, text)
        except OSError as error:
            raise DataError(f"{output} cannot be written: {error.strerror or error}") from error

    _guarded(action, debug)


@app.command()
def copy(
    spec: Annotated[str, typer.Argument(metavar="kpipe:NAME", help="A shipped spec; `kpipe list specs` has them.")],
    target: Annotated[Path | None, typer.Argument(metavar="[FILE]", help="By default NAME.yaml.")] = None,
    quiet: QuietOption = False,
    debug: DebugOption = False,
) -> None:
    """Copy a shipped spec to start from, with the data and the schema that it names."""

    def action() -> None:
        from kpipe.report.copy_spec import copy_spec

        reporter = _reporter(quiet)
        reporter.show(str(copy_spec(spec, target, reporter.say)))

    _guarded(action, debug)


@app.command()
def show(spec: SpecArgument, set_: SetOption = None, quiet: QuietOption = False, debug: DebugOption = False) -> None:
    """Print the resolved spec, the layers, parameters, FLOPs, memory and steps; the data are read for it."""

    def action() -> None:
        from kpipe.pipeline import load
        from kpipe.report.overview import overview

        reporter = _reporter(quiet)
        reporter.show(overview(load(spec, set_, say=reporter.say), reporter.say))

    _guarded(action, debug)


@app.command()
def evaluate(
    run_folder: RunArgument,
    part: Annotated[
        Part | None,
        typer.Option(help="The part of the data; by default test, or validation where there is none."),
    ] = None,
    format_: Annotated[TextFormat, typer.Option("--format", help="How to print.")] = TextFormat.text,
    quiet: QuietOption = False,
    debug: DebugOption = False,
) -> None:
    """Evaluate the model of a finished run on a part of its data."""

    def action() -> None:
        from kpipe.report.reevaluate import reevaluate

        reporter = _reporter(quiet)
        text = reevaluate(run_folder, part.value if part else None, format_.value, reporter.say)
        reporter.show(text, format_.value)

    _guarded(action, debug)


@app.command()
def predict(
    run_folder: RunArgument,
    paths: Annotated[
        list[Path],
        typer.Argument(metavar="PATH…", help="Images, folders of images, CSV, Parquet, .npz or .npy."),
    ],
    format_: Annotated[PredictFormat, typer.Option("--format", help="How to print.")] = PredictFormat.text,
    output: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Write the predictions into this new file instead of printing them."),
    ] = None,
    quiet: QuietOption = False,
    debug: DebugOption = False,
) -> None:
    """Predict with the model of a finished run on raw files."""

    def action() -> None:
        from kpipe.report.predict import predict_files

        predict_files(run_folder, paths, format_.value, output, _reporter(quiet))

    _guarded(action, debug)


def main() -> None:
    """The entry point of the command."""
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    _escape_what_is_not_shown()
    try:
        app()
    finally:
        for stream in (sys.stdout, sys.stderr):
            _drop_unwritten(stream)


def _escape_what_is_not_shown() -> None:
    """Lets all that is printed without a reporter, such as `--help` and tracebacks, be shown by any terminal."""
    sys.excepthook = _show_traceback
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")


def _show_traceback(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
    import traceback

    from kpipe.messages.escaped import escaped

    print(escaped("".join(traceback.format_exception(kind, error, trace)), keep="\n\t"), end="", file=sys.stderr)


def _drop_unwritten(stream: TextIO | None) -> None:
    """Lets a stream that cannot be written to forget its text; Python complains about it at its end otherwise."""
    if stream is None:
        return
    try:
        stream.flush()
    except OSError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())


@contextmanager
def _terminated_like_interrupted() -> Iterator[None]:
    """Whoever stops a machine sends SIGTERM and means what Ctrl-C means."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, signal.SIG_DFL if before is None else before)


def _reporter(quiet: bool) -> Reporter:
    from kpipe.messages.reporter import Reporter

    return Reporter(quiet=quiet)


def _guarded(action: Callable[[], Any], debug: bool) -> None:
    """Runs an action; what is meant for the user becomes its message and exit code, without a traceback."""
    from kpipe.errors import KpipeError

    try:
        action()
        if sys.stdout is not None:
            sys.stdout.flush()
    except KpipeError as error:
        if debug:
            raise
        _reporter(False).say(str(error))
        raise typer.Exit(error.exit_code) from None
    except KeyboardInterrupt:
        if debug:
            raise
        typer.echo("interrupted", err=True)
        raise typer.Exit(130) from None
    except BrokenPipeError:
        # The reader of the output has gone; there is nobody left to tell.
        raise typer.Exit(1) from None
