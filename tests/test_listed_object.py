import sys

import pytest
from golden import raises
from typer.testing import CliRunner

import kpipe.cli.commands
import kpipe.data.sources
from kpipe.cli.command_line import command_line
from kpipe.components.inspection.module_components import components_of
from kpipe.lazy_exports import lazy_exports
from kpipe.listed_object import listed_object


@pytest.fixture
def package(tmp_path, monkeypatch):
    """A package with a module `toy_spirals` that defines `ToySpirals`, and one that imports a missing library."""
    folder = tmp_path / "listed_toys"
    folder.mkdir()
    (folder / "__init__.py").write_text("")
    (folder / "toy_spirals.py").write_text("class ToySpirals: ...\nclass _Hidden: ...\nALSO = 1\n")
    (folder / "toy_needy.py").write_text("import missing_library\n")
    (folder / "toy_empty.py").write_text("")
    monkeypatch.syspath_prepend(tmp_path)
    yield "listed_toys"
    for name in [name for name in sys.modules if name.partition(".")[0] == "listed_toys"]:
        del sys.modules[name]


def test_the_object_is_imported(package):
    found = listed_object(f"{package}._MODULES", "ToySpirals", f"{package}.toy_spirals", "ToySpirals")
    assert (found.__module__, found.__name__) == ("listed_toys.toy_spirals", "ToySpirals")


@pytest.mark.parametrize(
    ("name", "module"),
    [("ToySpiral", "toy_spirals"), ("ToySpirals", "toy_spiral"), ("ToySpirals", "toy.spirals"), ("Toy", "toy_empty")],
)
def test_an_entry_that_leads_nowhere_is_an_error(package, name, module):
    get, _ = lazy_exports(package, {name: module})
    with raises(ImportError):
        get(name)


def test_a_library_that_the_module_needs_is_reported_by_python(package):
    get, _ = lazy_exports(package, {"ToyNeedy": "toy_needy"})
    with pytest.raises(ModuleNotFoundError, match="No module named 'missing_library'"):
        get("ToyNeedy")


def test_it_is_not_missing_from_the_components_without_a_message(monkeypatch):
    get, _ = lazy_exports("kpipe.data.sources", {"Irises": "iris"})
    monkeypatch.setattr(kpipe.data.sources, "__getattr__", get)
    monkeypatch.setattr(kpipe.data.sources, "__all__", ["Irises"])
    with raises(ImportError):
        components_of(kpipe.data.sources)


def test_a_command_without_its_module_or_function_is_an_error(tmp_path, monkeypatch):
    monkeypatch.setattr(kpipe.cli.commands, "__path__", [*kpipe.cli.commands.__path__, str(tmp_path)])
    with raises(ImportError):
        command_line(["run", "toy_command"])
    (tmp_path / "toy_command.py").write_text('def comand() -> None:\n    """Do nothing."""\n')
    with raises(ImportError):
        command_line(["run", "toy_command"])
    del sys.modules["kpipe.cli.commands.toy_command"]
    (tmp_path / "toy_command.py").write_text('def command() -> None:\n    """Do nothing."""\n')
    try:
        assert CliRunner().invoke(command_line(["run", "toy_command"]), ["toy_command"]).exit_code == 0
    finally:
        del sys.modules["kpipe.cli.commands.toy_command"], kpipe.cli.commands.toy_command
