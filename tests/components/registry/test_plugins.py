"""Plug-ins: what is installed is used by its names, in an environment of its own that holds one."""

import importlib
import json
import os
import sys
import sysconfig
import tomllib
import venv
from pathlib import Path

import kpipe_callbacks
import numpy as np
import pytest
import warm_process
from golden import expect_message
from typer.testing import CliRunner

import kpipe
from kpipe.cli import app
from kpipe.components import Vocabulary
from kpipe.components.inspection.class_info import ClassInfo
from kpipe.components.inspection.module_components import components_of
from kpipe.components.registry.catalogue import Catalogue, collect
from kpipe.components.registry.plugins import GROUP, Plugin, load_plugin, plugins
from kpipe.components.registry.registry import CodeInUse, using
from kpipe.errors import SpecError

EXAMPLES = Path(__file__).parents[3] / "examples"
EXAMPLE = EXAMPLES / "plugin.yaml"
MODULE = "kpipe_example_plugin"
SMALL = ["--set", "train.epochs=3", "--set", "data.source.Spirals.samples=120"]
#: Leaves a file beside the plug-in whenever its code runs.
TRACE = "\nfrom pathlib import Path\nPath(__file__).with_suffix('.ran').touch()\n"


def install(site, code, *, module, package=None, name=None, version="1.0", group=GROUP):
    """Puts a package into a folder of packages as installers do, in place of another version of it.

    Args:
        site: the folder.
        code: of its one module, or None for a package whose module is missing.
        module: the module's name, which is also what the entry point names.
        package: the distribution's name, by default that of the module.
        name: of the entry point, by default that of the module.
        version: of the distribution.
        group: of the entry point.
    """
    site.mkdir(exist_ok=True)
    package = package or module
    base = package.replace("-", "_")
    for old in site.glob(f"{base}-*.dist-info"):
        old.rename(old.with_name(f"{base}-{version}.dist-info"))
    about = site / f"{base}-{version}.dist-info"
    about.mkdir(exist_ok=True)
    (about / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {package}\nVersion: {version}\n")
    (about / "entry_points.txt").write_text(f"[{group}]\n{name or module} = {module}\n")
    if code is not None:
        (site / f"{module}.py").write_text(code)
    importlib.invalidate_caches()


@pytest.fixture
def site(tmp_path, monkeypatch):
    """A folder of packages of this process; what is imported from it is forgotten afterwards."""
    folder = tmp_path / "site"
    folder.mkdir()
    monkeypatch.syspath_prepend(str(folder))
    before = set(sys.modules)
    yield folder
    for name in set(sys.modules) - before:
        if str(getattr(sys.modules[name], "__file__", None)).startswith(str(folder)):
            del sys.modules[name]


def here(module_start):
    """The plug-ins that a test has installed; there may be others."""
    return [plugin for plugin in plugins() if plugin.module.startswith(module_start)]


def test_what_is_installed_is_listed_by_name_and_not_imported(site):
    install(site, "raise RuntimeError", module="listed_one", package="the-second", name="b", version="2.1")
    install(site, "raise RuntimeError", module="listed_two", package="the-first", name="b", version="1.2")
    install(site, "raise RuntimeError", module="listed_three", package="the-last", name="a")
    install(site, "raise RuntimeError", module="listed_four", group="other.plugins")
    assert here("listed_") == [
        Plugin("a", "listed_three", "the-last", "1.0"),
        Plugin("b", "listed_two", "the-first", "1.2"),
        Plugin("b", "listed_one", "the-second", "2.1"),
    ]
    assert not {name for name in sys.modules if name.startswith("listed_")}


def test_a_new_version_takes_the_place_of_the_old_one(site):
    for version in ("1.0", "1.1"):
        install(site, "", module="renewed", version=version)
    assert here("renewed") == [Plugin("renewed", "renewed", "renewed", "1.1")]


def test_a_loaded_plug_in_has_what_it_registers(site):
    code = "import keras\nimport kpipe\n\ndef make(factor):\n    return keras.layers.Rescaling(factor)\n\n"
    install(site, f"{code}kpipe.register(make, kind='layer', name='Made')\n", module="registers_plugin")
    (plugin,) = here("registers_plugin")
    module = load_plugin(plugin)
    assert components_of(module) == [("layer", "Made", module.make)]
    # It is asked for again when a run is loaded, and somebody may have imported it before.
    assert components_of(load_plugin(plugin)) == [("layer", "Made", module.make)]


def test_what_a_plug_in_registers_in_an_inner_module_has_one_meaning_when_it_is_loaded_later(site, monkeypatch):
    """As in a process that has the vocabulary from before, and imports the plug-in when a spec uses it."""
    install(site, None, module="inner_plugin")
    (site / "inner_plugin").mkdir()
    (site / "inner_plugin" / "__init__.py").write_text("from inner_plugin import layers\n")
    code = "import keras\nimport kpipe\n\n@kpipe.register\nclass Inner(keras.layers.Layer): ...\n"
    (site / "inner_plugin" / "layers.py").write_text(code)
    known = collect()
    for name in ("inner_plugin", "inner_plugin.layers"):
        del sys.modules[name]
    words = Vocabulary(lambda run: known)
    monkeypatch.setattr(sys.modules["kpipe.components.custom_code.register"], "vocabulary", lambda: words)
    found = words.find("layer", "Inner")
    assert found.origin == "inner_plugin"
    assert found.load() is sys.modules["inner_plugin.layers"].Inner
    assert words.ambiguous("layer", "Inner") == []
    assert words.find("layer", "Inner") == found


@pytest.mark.parametrize(
    "code",
    [
        "import a_module_of_nobody",
        "def (:",
        "raise RuntimeError('not today')",
        "import sys\nsys.exit('not today')",
        "from keras.layers import Dens",
        "__all__ = ['Scale']",
        None,
    ],
)
def test_a_plug_in_that_fails_is_named(site, code):
    install(site, code, module="broken_plugin", package="broken-package", name="broken", version="0.3")
    (plugin,) = here("broken_plugin")
    with pytest.raises(SpecError) as caught:
        load_plugin(plugin)
    (problem,) = caught.value.problems
    expect_message(problem.message)


class Environment:
    """Another Python that sees the packages of this one, and has a folder of packages of its own.

    Args:
        root: where it is made.
    """

    def __init__(self, root):
        venv.create(root, with_pip=False, symlinks=os.name != "nt")
        own = {"base": str(root), "platbase": str(root)}
        self.python = Path(sysconfig.get_path("scripts", vars=own), Path(sys.executable).name)
        self.site = Path(sysconfig.get_path("purelib", vars=own))
        self.variables = {**os.environ, "XDG_CACHE_HOME": str(root / "cache")}
        packages = [Path(module.__file__).parent.parent for module in (kpipe, kpipe_callbacks)]
        folders = [*packages, sysconfig.get_path("purelib"), sysconfig.get_path("platlib")]
        (self.site / "others.pth").write_text("".join(f"{folder}\n" for folder in folders))

    def kpipe(self, *arguments, **variables):
        """Runs the command `kpipe`, with more variables of the environment."""
        return self.call("-m", "kpipe", *arguments, **variables)

    def kpipes(self, *commands):
        """Runs it several times in one process; returns what each prints."""
        code = "import json, sys\nfrom kpipe.cli import app\nfor arguments in json.loads(sys.argv[1]):\n"
        code += "    app(arguments, standalone_mode=False)\n    print('=' * 9)\n"
        done = self.call("-c", code, json.dumps([[str(argument) for argument in command] for command in commands]))
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout.split("=" * 9 + "\n")[:-1], done.stderr

    def call(self, *arguments, **variables):
        """Runs Python."""
        command = [str(self.python), *map(str, arguments)]
        env = {**self.variables, **variables}
        # Away from the checkout, so that everything comes from where it is installed.
        return warm_process.run(
            command, cwd=self.site, env=env, capture_output=True, text=True, check=False, timeout=300
        )


@pytest.fixture(scope="module")
def environment(tmp_path_factory):
    """One with the plug-in of the examples, installed as its `pyproject.toml` says; no vocabulary is kept yet."""
    made = Environment(tmp_path_factory.mktemp("environment"))
    project = tomllib.loads((EXAMPLES / "plugin" / "pyproject.toml").read_text())["project"]
    ((name, module),) = project["entry-points"][GROUP].items()
    code = (EXAMPLES / "plugin" / f"{module}.py").read_text() + TRACE
    install(made.site, code, module=module, package=project["name"], name=name, version=project["version"])
    return made


@pytest.fixture(scope="module")
def trained(environment):
    """A run of the example in that environment, which collects the vocabulary first."""
    folder = environment.site.parent / "run"
    return folder, environment.kpipe("run", EXAMPLE, *SMALL, "--output", folder)


def test_source_preparation_layer_and_callback_are_used_by_name(trained):
    folder, done = trained
    assert done.returncode == 0, done.stderr
    assert "spirals: completed after 3 epochs" in done.stdout
    assert "epoch 3/3" in done.stderr
    described = json.loads((folder / "data.json").read_text())
    assert described["targets"]["y"]["classes"] == ["left", "right"]
    assert sum(described["parts"].values()) == 120


@pytest.mark.parametrize("known", [False, True])
def test_no_code_of_a_plug_in_runs_where_none_may(environment, trained, tmp_path, known):
    """Neither before its vocabulary is known nor afterwards; either way its names are not errors."""
    trace = environment.site / f"{MODULE}.ran"
    trace.unlink(missing_ok=True)
    variables = {} if known else {"XDG_CACHE_HOME": str(tmp_path)}
    done = environment.kpipe("validate", "--no-imports", EXAMPLE, **variables)
    assert not trace.exists()
    assert (done.returncode, done.stdout, done.stderr) == (0, f"{EXAMPLE}: OK\n", "")


def test_a_vocabulary_that_was_asked_without_foreign_code_has_it_where_it_may_run():
    owners = {"plugin": ClassInfo("Mine", "layer", "plugin", "plugin:Mine").to_dict()}
    words = Vocabulary(lambda run: Catalogue({"layer": {"Mine": owners}} if run else {}))
    with using(CodeInUse(run=False)):
        assert words.find("layer", "Mine") is None
    assert words.find("layer", "Mine").origin == "plugin"


def test_a_run_is_loaded_by_another_process(environment, trained):
    folder, _ = trained
    np.save(folder.parent / "points.npy", np.array([[0.1, 0.2], [-0.9, 0.3], [9e9, -9e9]], np.float32))
    (predicted, evaluated), _ = environment.kpipes(
        ["predict", folder, folder.parent / "points.npy", "--format", "json", "--quiet"],
        ["evaluate", folder, "--format", "json", "--quiet"],
    )
    rows = json.loads(predicted)
    assert len(rows) == 3 and {row["prediction"] for row in rows} <= {"left", "right"}
    figures = json.loads((folder / "result.json").read_text())["test"]
    assert json.loads(evaluated)["metrics"] == pytest.approx(figures, abs=1e-6)


def test_validate_and_show_know_it_and_keep_quiet(environment, trained):
    (validated, shown), stderr = environment.kpipes(["validate", EXAMPLE], ["show", EXAMPLE, *SMALL, "--quiet"])
    assert validated == f"{EXAMPLE}: OK\n"
    assert "Spirals: {samples: 120, turns: 3}" in shown
    assert "Clip: {limit: 2.5}" in shown
    assert "StopAt: {accuracy: 0.99}" in shown
    assert [line.split()[:2] for line in shown.splitlines() if line.startswith("sine")] == [
        ["sine", "Sine"],
        ["sine_1", "Sine"],
    ]
    assert "InitializeLog" not in stderr


def test_list_shows_the_owner_the_annotations_and_the_docstring(environment, trained):
    trace = environment.site / f"{MODULE}.ran"
    trace.unlink(missing_ok=True)
    (layers, kinds, sine, stop), stderr = environment.kpipes(
        ["list", "layers"], ["list"], ["list", "layers", "Sine"], ["list", "callbacks", "StopAt"]
    )
    (row,) = [line for line in layers.splitlines() if line.startswith("Sine ")]
    assert row.split(maxsplit=2)[1:] == [
        MODULE,
        "Compute sin(frequency x), a periodic activation (Sitzmann et al., arXiv:2006.09661).",
    ]
    owners = {line.split()[0]: line for line in kinds.splitlines()}
    assert all(MODULE in owners[kind] for kind in ("layers", "callbacks", "sources", "preparations"))
    assert MODULE not in owners["losses"]
    assert sine.startswith(f"Sine ({MODULE}, {MODULE}.Sine)\n")
    assert "frequency: a number; default 30.0\n    angular frequency of the sine.\n" in sine
    assert "accuracy: a number; required\n    the threshold.\n" in stop
    # The vocabulary was kept, so nothing of this imports the plug-in again.
    assert not trace.exists() and stderr == ""


def test_errors_in_its_arguments_are_found_without_its_code(environment, trained):
    trace = environment.site / f"{MODULE}.ran"
    trace.unlink(missing_ok=True)
    spec = environment.site.parent / "wrong.yaml"
    spec.write_text("name: a\ndata: {source: Digits}\nmodel: [Flatten, Sine: {frequenzy: 3}, Sine: {frequency: x}]\n")
    done = environment.kpipe("validate", spec)
    assert done.returncode == 2
    unknown, _, carets, wrong, _, _, count = done.stdout.splitlines()
    assert carets.strip() == "^" * len("frequenzy")
    assert unknown.startswith(f"{spec}:3:25: model.1.Sine.frequenzy: Sine has no argument 'frequenzy'; available: ")
    assert unknown.endswith("; did you mean frequency?")
    assert wrong.startswith(f"{spec}:3:58: model.2.Sine.frequency: not allowed; expected a number, got 'x'")
    assert count == "2 problems"
    assert not trace.exists()


@pytest.mark.skipif(bool(here(MODULE)), reason="the example is installed here")
def test_where_it_is_not_installed_each_of_its_names_is_unknown():
    result = CliRunner().invoke(app, ["validate", str(EXAMPLE)])
    assert result.exit_code == 2
    # The source lines are indented.
    assert [line for line in result.stdout.splitlines() if not line.startswith("    ")] == [
        f"{EXAMPLE}:15:5: data.source: unknown source 'Spirals'; `kpipe list sources` lists the available ones",
        f"{EXAMPLE}:20:7: data.prepare.1: unknown preparation 'Clip'; `kpipe list preparations` lists the available ones",
        f"{EXAMPLE}:24:5: model.1: unknown layer 'Sine'; `kpipe list layers` lists the available ones",
        f"{EXAMPLE}:26:5: model.3: unknown layer 'Sine'; `kpipe list layers` lists the available ones",
        f"{EXAMPLE}:34:7: train.callbacks.0: unknown callback 'StopAt'; `kpipe list callbacks` lists the available ones",
        "5 problems",
    ]


def test_a_plug_in_that_fails_ends_the_command_with_2_and_one_message(environment, tmp_path):
    site, cache = tmp_path / "site", tmp_path / "cache"
    install(site, "import a_module_of_nobody", module="broken_plugin", package="broken-package", name="broken")
    path = os.pathsep.join([str(site), *filter(None, [os.environ.get("PYTHONPATH")])])
    done = environment.kpipe("list", "layers", PYTHONPATH=path, XDG_CACHE_HOME=str(cache))
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == (
        "the plug-in 'broken' (broken-package 1.0, module broken_plugin) cannot be imported: ModuleNotFoundError: "
        "No module named 'a_module_of_nobody'; fix the package or uninstall it\n"
    )
    assert not list(cache.rglob("vocabulary-*.json"))


@pytest.mark.parametrize("code", ["import a_module_of_nobody", "def (:", "x = '\0'", None])
def test_a_plug_in_that_fails_does_no_harm_where_no_code_may_run(site, code):
    install(site, code, module="broken_plugin")
    result = CliRunner().invoke(app, ["validate", "--no-imports", "kpipe:iris"])
    assert (result.exit_code, result.output) == (0, "kpipe:iris: OK\n")
