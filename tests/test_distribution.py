import pytest
from golden import expect_message, warns

import kpipe
from kpipe import distribution
from kpipe.cli import app


@pytest.fixture
def beside(tmp_path, monkeypatch):
    """Another distribution named `kpipe`, as `pip install kpipe` installs it."""
    folder = tmp_path / "kpipe-3.2.1.dist-info"
    folder.mkdir()
    (folder / "METADATA").write_text("Metadata-Version: 2.1\nName: kpipe\nVersion: 3.2.1\n")
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setattr(distribution, "_has_warned", False)


def test_version_is_that_of_this_distribution_also_beside_another(beside):
    assert distribution.own_version() != "3.2.1"
    assert kpipe.__version__ == distribution.own_version()


def test_loading_a_spec_warns_of_another_distribution_once(beside):
    with warns(UserWarning):
        kpipe.load("kpipe:digits")
    kpipe.load("kpipe:digits")


def test_every_command_warns_of_another_distribution(beside):
    from typer.testing import CliRunner

    done = CliRunner().invoke(app, ["list"])
    assert done.exit_code == 0
    expect_message(done.stderr)
    assert "3.2.1" not in done.stdout


def test_nothing_is_reported_without_another_distribution(tmp_path, monkeypatch):
    monkeypatch.setattr(distribution, "_has_warned", False)
    monkeypatch.setattr("sys.path", [str(tmp_path)])
    assert distribution.other_distribution() is None
    assert distribution.own_version() == "unknown"
