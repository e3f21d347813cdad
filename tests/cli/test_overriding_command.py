import pytest
from typer.testing import CliRunner

from kpipe.cli import app


def output(*arguments):
    result = CliRunner().invoke(app, arguments)
    return result.exit_code, (result.stderr or result.stdout).splitlines()[-1]


@pytest.mark.parametrize(
    ("arguments", "remedy"),
    [
        (["--train.epochs", "5"], "--set train.epochs=5"),
        (["--train.epochs=5", "--quiet"], "--set train.epochs=5"),
        (["--epochs", "5"], "--set train.epochs=5"),
        (["--batch-size"], "--set data.batch_size=VALUE"),
        (["--lr", "1e-3"], "--set train.optimizer.learning_rate=1e-3"),
        (["--train.optimizer", "{SGD: {}}"], "--set train.optimizer='{SGD: {}}'"),
        (["train.epochs=5"], "--set train.epochs=5"),
        (["--quiet", "vars.a=b c"], "--set vars.a='b c'"),
        (["--set", "train.epochs", "5"], "--set train.epochs=5"),
        (["--set-env", "vars.root", "DATA"], "--set-env vars.root=DATA"),
        (["--color"], "--set PATH=VALUE, such as --set train.epochs=3"),
    ],
)
def test_the_call_that_was_probably_meant_is_reported(arguments, remedy):
    code, line = output("show", "kpipe:iris", *arguments)
    assert (code, line.endswith(f"write {remedy}")) == (2, True), line


def test_misspelled_options_have_a_suggestion():
    assert output("run", "kpipe:iris", "--ouput", "x")[1].endswith("No such option: --ouput; did you mean --output?")


def test_other_errors_are_those_of_the_command_line():
    assert output("list", "--sett", "x")[1].startswith("Error: No such option: --sett")
    assert output("show", "kpipe:iris", "x") == (2, "Error: Got unexpected extra argument(s) (x)")
    assert output("validate", "train.epochs=5")[0] == 2


@pytest.mark.parametrize("arguments", [["--set", "seed=--3"], ["--set=seed=x"], ["--", "--seed"]])
def test_values_are_not_options(arguments):
    assert "No such option" not in output("show", "--spec", "kpipe:iris", *arguments)[1]


def test_a_value_in_place_of_a_spec_has_a_remedy():
    result = CliRunner().invoke(app, ["validate", "kpipe:iris", "train.epochs=5"])
    assert "no such file; to set a value of the spec, write --set train.epochs=5\n" in result.stdout


@pytest.mark.parametrize(
    ("arguments", "fault"),
    [
        (["run", "kpipe:iris", "--workers", "0"], "'--workers': expected an integer of at least 1, got '0'"),
        (["tune", "kpipe:iris", "--workers=two"], "'--workers': expected an integer, got 'two'"),
        (["predict", "x", "y", "--samples", "1"], "'--samples': expected an integer of at least 2, got '1'"),
    ],
)
def test_values_that_are_not_the_expected_number(arguments, fault):
    assert output(*arguments) == (2, f"Error: Invalid value for {fault}")
