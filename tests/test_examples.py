"""The specs in `examples/` run, smaller than they are."""

from pathlib import Path

import pytest

import kpipe

EXAMPLES = Path(__file__).parent.parent / "examples"
#: It runs where the plug-in is installed: see `tests/components/test_plugins.py`.
PLUGIN = EXAMPLES / "plugin.yaml"


@pytest.mark.parametrize("path", sorted({*EXAMPLES.glob("*.yaml")} - {PLUGIN}), ids=lambda path: path.stem)
def test_it_runs(path, tmp_path):
    run = kpipe.load(path, {"train.epochs": 2, "vars.filters": 4}).run(tmp_path / "run")
    assert run.result["status"] == "completed"


def test_a_child_changes_what_it_says_and_nothing_else():
    base, child = (kpipe.load(EXAMPLES / f"{name}.yaml").spec for name in ("residual", "residual-wide"))
    assert child.train.optimizer.plain() == {"SGD": {"learning_rate": 0.05, "momentum": 0.9, "nesterov": True}}
    assert child.scope["filters"] == 64
    assert child.data.source.plain() == base.data.source.plain()


def test_own_code_goes_into_the_run_folder_and_says_what_its_arguments_are(tmp_path):
    with pytest.raises(kpipe.SpecError, match=r"SqueezeExcite has no argument 'ration'; .*did you mean ratio"):
        kpipe.load(EXAMPLES / "own_layers.yaml", ["model.1.of.1={SqueezeExcite: {ration: 2}}"])
    small = {"train.epochs": 1, "vars.filters": 4}
    run = kpipe.load(EXAMPLES / "own_layers.yaml", small).run(tmp_path / "run")
    assert (run.folder / "imports/own_layers.py").read_bytes() == (EXAMPLES / "own_layers.py").read_bytes()
