import pytest
from typer.testing import CliRunner

from kpipe.cli.command_line import app


@pytest.mark.parametrize(
    ("arguments", "remedy"),
    [
        (["trian"], "no such command 'trian'; did you mean run?"),
        (["valdiate", "a.yaml"], "no such command 'valdiate'; did you mean validate?"),
        (["digits.yaml"], "no such command 'digits.yaml'; write kpipe run digits.yaml"),
        (["kpipe:digits"], "no such command 'kpipe:digits'; write kpipe run kpipe:digits"),
        (["xyzzy"], "no such command 'xyzzy'; available: run, tune, "),
    ],
)
def test_an_unknown_command_has_a_remedy(arguments, remedy):
    done = CliRunner().invoke(app, arguments)
    assert done.exit_code == 2
    assert remedy in done.output
