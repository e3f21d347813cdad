"""CONTRIBUTING.md names files that exist; that its recipes work is shown by the tests that it names."""

import ast
import re

import pytest
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
        "keyword of the model language", "section of a spec", "command", "shipped spec", "transform of images",
        "ready-made list of transforms", "oracle", "pruner",
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
