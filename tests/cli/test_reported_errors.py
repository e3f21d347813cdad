import pytest
import typer

from kpipe.cli.reported_errors import reported_errors
from kpipe.errors import DataError, TrainingError


def failing(error):
    def command() -> None:
        raise error

    return reported_errors(command)


@pytest.mark.parametrize(
    ("error", "code", "text"),
    [
        (DataError("no data"), 2, "no data\n"),
        (TrainingError("it exploded"), 1, "it exploded\n"),
        (KeyboardInterrupt(), 130, "interrupted\n"),
        (BrokenPipeError(), 1, ""),
    ],
)
def test_errors_become_messages_and_exit_codes(error, code, text, capsys):
    with pytest.raises(typer.Exit) as caught:
        failing(error)(debug=False)
    assert caught.value.exit_code == code
    assert capsys.readouterr() == ("", text)


@pytest.mark.parametrize("error", [DataError("no data"), KeyboardInterrupt()])
def test_debug_raises_them(error):
    with pytest.raises(type(error)):
        failing(error)(debug=True)


def test_other_errors_are_raised():
    with pytest.raises(ZeroDivisionError):
        failing(ZeroDivisionError())(debug=False)
