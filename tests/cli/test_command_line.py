"""A command costs one module in `kpipe/cli/commands` and one entry of `COMMANDS`."""

import pytest
from typer.testing import CliRunner

import kpipe.cli.commands
from kpipe.cli.command_line import COMMANDS, app, command_line

TOY = '''\
from typing import Annotated

import typer

from kpipe.cli.parameters import QuietOption, SpecArgument


def command(
    spec: SpecArgument,
    times: Annotated[int, typer.Option(min=1, help="How often.")] = 1,
    quiet: QuietOption = False,
) -> None:
    """Print the name of a spec."""
    from kpipe.messages.reporter import Reporter
    from kpipe.spec.reader import read

    reporter = Reporter(quiet)
    reporter.say("reading")
    reporter.show(read(spec).name * times)
'''


@pytest.fixture
def toy(tmp_path, monkeypatch):
    """The command line with the file `toy.py` and the entry `toy`."""
    (tmp_path / "toy.py").write_text(TOY)
    monkeypatch.setattr(kpipe.cli.commands, "__path__", [*kpipe.cli.commands.__path__, str(tmp_path)])
    return command_line((*COMMANDS, "toy"))


def test_help_lists_it_after_the_others(toy):
    text = CliRunner().invoke(toy, ["--help"]).stdout
    assert [text.index(f"\n  {name} ") for name in (*COMMANDS, "toy")] == sorted(
        text.index(f"\n  {name} ") for name in (*COMMANDS, "toy")
    )
    assert "Print the name of a spec." in text


def test_it_has_its_options_and_debug(toy):
    text = CliRunner().invoke(toy, ["toy", "--help"]).stdout
    assert all(option in text for option in ("SPEC", "--times", "--quiet", "--debug"))


def test_it_prints_to_the_streams_of_the_other_commands(toy):
    result = CliRunner().invoke(toy, ["toy", "kpipe:iris", "--times", "2"])
    assert (result.exit_code, result.stdout, result.stderr) == (0, "irisiris\n", "reading\n")
    assert CliRunner().invoke(toy, ["toy", "kpipe:iris", "--quiet"]).stderr == ""


def test_its_errors_are_messages_with_exit_code_2(toy):
    result = CliRunner().invoke(toy, ["toy", "kpipe:irsi"])
    assert result.exit_code == 2
    assert "did you mean kpipe:iris?" in result.stderr
    assert "Traceback" not in result.stderr
    assert CliRunner().invoke(toy, ["toy", "kpipe:iris", "--times", "0"]).exit_code == 2


def test_the_application_has_the_commands_of_the_table():
    assert [entry.name for entry in app.registered_commands] == list(COMMANDS)


@pytest.mark.parametrize("command", [[], *([name] for name in COMMANDS)])
def test_help_has_a_short_option(command):
    short, long = (CliRunner().invoke(app, [*command, option]) for option in ("-h", "--help"))
    assert (short.exit_code, short.stdout) == (0, long.stdout)
