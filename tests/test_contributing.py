"""CONTRIBUTING.md names files that exist; that its recipes work is shown by the tests that it names."""

import ast
import os
import re
import shutil
import subprocess
import tomllib

import pytest
import yaml
from golden import expect_message
from readme_files import ROOT

TEXT = (ROOT / "CONTRIBUTING.md").read_text()
ROWS = [
    [cell.strip() for cell in line.strip("|").split("|")]
    for line in TEXT.split("## How to add")[1].splitlines()
    if line.startswith("| ") and not line.startswith("| a …")
]


def test_there_is_a_recipe_for_each_kind_of_thing():
    kinds = {kind for row in ROWS for kind in row[0].split(", ")}
    assert kinds == {
        "layer", "metric", "callback", "schedule", "source", "preparation", "mix", "strategy",
        "keyword of the model language", "start", "recipe", "selection of layers", "learning-rate multiplier",
        "section of a spec", "command", "shipped spec", "transform of images",
        "ready-made list of transforms", "initialization", "oracle", "pruner", "test-time augmentation", "static check",
    }  # fmt: skip


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row[0])
def test_the_files_of_a_recipe_exist_and_have_others_of_their_kind(row):
    _, file, listed, test = row
    pattern = file.strip("`").replace("NAME", "*")
    assert len([path for path in ROOT.glob(pattern) if not path.name.startswith("_")]) > 1
    assert listed == "nothing" or (ROOT / listed.strip("`")).is_file()
    functions = [
        node.name
        for node in ast.walk(ast.parse((ROOT / test.strip("`")).read_text()))
        if isinstance(node, ast.FunctionDef) and node.name.startswith("test_")
    ]
    assert functions


def test_every_path_of_the_text_exists():
    for path in re.findall(r"`((?:kpipe|tests|callbacks|pipelines|examples|\.ci)/[\w./]*)`", TEXT):
        if "NAME" not in path:
            assert (ROOT / path).exists(), path


def test_every_package_is_on_the_map():
    for path in (ROOT / "kpipe").iterdir():
        if path.is_dir() and (path / "__init__.py").exists():
            assert f"`kpipe/{path.name}/`" in TEXT, path.name


def test_what_it_says_about_components_exists():
    import kpipe_callbacks

    from kpipe import components

    assert components.check_arguments
    assert kpipe_callbacks.StepCallback and kpipe_callbacks.Phase


def test_the_hooks_run_tools_that_its_commands_install():
    extras = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["optional-dependencies"]
    assert "'.[test,jax]'" in TEXT and "'.[dev]'" in TEXT
    installed = {re.split(r"\W", package)[0] for package in extras["test"]}
    (repository,) = yaml.safe_load((ROOT / ".pre-commit-config.yaml").read_text())["repos"]
    for hook in repository["hooks"]:
        assert hook["entry"].split()[0] in {f".venv/bin/{tool}" for tool in installed}
    assert any(package.startswith("pre-commit") for package in extras["dev"])


def test_the_versions_of_python_that_the_package_lists_are_those_that_are_tested():
    classifiers = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["classifiers"]
    workflow = yaml.safe_load((ROOT / ".github/workflows/ci.yml").read_text())
    tested = workflow["jobs"]["ci"]["strategy"]["matrix"]["python-version"]
    prefix = "Programming Language :: Python :: "
    assert [name.removeprefix(prefix) for name in classifiers if name.startswith(prefix)] == tested


@pytest.mark.slow
@pytest.mark.skipif(shutil.which("git") is None or not (ROOT / ".ci").exists(), reason="needs git and the folder .ci")
def test_the_third_command_lists_what_is_not_committed(tmp_path):
    (tmp_path / ".ci").mkdir()
    shutil.copy(ROOT / ".ci" / "run", tmp_path / ".ci" / "run")
    (tmp_path / ".ci" / "package").write_text('ls > "$REPORT"; exit 3\n')
    (tmp_path / "kept.py").write_text("")
    git = ["git", "-c", "user.name=a", "-c", "user.email=a@b.c"]
    for command in (["init", "-q"], ["add", "-A"], ["commit", "-qm", "Add a file"]):
        subprocess.run([*git, *command], cwd=tmp_path, check=True, capture_output=True)
    for files in ((), ("new.py",)):
        for name in files:
            (tmp_path / name).write_text("")
        environment = {**os.environ, "REPORT": str(tmp_path.with_name("report"))}
        done = subprocess.run([tmp_path / ".ci" / "run"], env=environment, capture_output=True, text=True)
        assert done.returncode == 3
        assert tmp_path.with_name("report").read_text() == "kept.py\n"
        expect_message(done.stderr or "nothing")


def test_the_topmost_version_of_the_changelog_is_that_of_the_package():
    version = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["version"]
    first = re.search(r"^## (.+)$", (ROOT / "CHANGELOG.md").read_text(), re.MULTILINE)
    assert first[1] in (version, f"{version} (unreleased)")


def test_what_it_says_about_lists_of_tests_exists():
    for name, file in (("USES", "model/keywords/test_misspelled_arguments.py"), ("TABLES", "test_readme.py")):
        assert f"`{name}` in `tests/{file}`" in TEXT
        assert re.search(rf"^{name} = ", (ROOT / "tests" / file).read_text(), re.MULTILINE)
