"""The specs in `examples/` run, smaller than they are."""

import re
import subprocess
import sys
from pathlib import Path

import pytest
from golden import raises

import kpipe

EXAMPLES = Path(__file__).parent.parent / "examples"
#: It runs where the plug-in is installed: see `tests/components/registry/test_plugins.py`.
PLUGIN = EXAMPLES / "plugin.yaml"


@pytest.mark.parametrize("path", sorted({*EXAMPLES.glob("*.yaml")} - {PLUGIN}), ids=lambda path: path.stem)
def test_it_runs(path, tmp_path):
    run = kpipe.load(path, {"train.epochs": 2, "vars.filters": 4}).run(tmp_path / "run")
    assert run.result["status"] == "completed"


def test_the_script_with_callbacks_trains_and_needs_nothing_of_kpipe():
    command = [sys.executable, "-W", "error", str(EXAMPLES / "callbacks_in_keras.py"), "12"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    accuracy = float(re.search(r"test \{'accuracy': ([0-9.]+)", done.stdout)[1])
    assert accuracy > 0.85
    rates = [float(rate) for rate in re.search(r"learning rates \[(.*)\]", done.stdout)[1].split(", ")]
    assert max(rates) == rates[1] and rates == sorted(rates[:1]) + sorted(rates[1:], reverse=True)
    assert not re.search(r"import kpipe\b|from kpipe\b", (EXAMPLES / "callbacks_in_keras.py").read_text())


def test_a_derived_spec_changes_only_the_keys_it_sets():
    base, child = (kpipe.load(EXAMPLES / f"{name}.yaml").spec for name in ("residual", "residual-wide"))
    assert child.train.optimizer.plain() == {"SGD": {"learning_rate": 0.05, "momentum": 0.9, "nesterov": True}}
    assert child.scope["filters"] == 64
    assert child.data.source.plain() == base.data.source.plain()


def test_custom_code_is_copied_into_the_run_folder_and_its_arguments_are_checked(tmp_path):
    with raises(kpipe.SpecError):
        kpipe.load(EXAMPLES / "own_layers.yaml", ["model.1.of.1={own_layers.SqueezeExcite: {ration: 2}}"])
    small = {"train.epochs": 1, "vars.filters": 4}
    run = kpipe.load(EXAMPLES / "own_layers.yaml", small).run(tmp_path / "run")
    assert (run.folder / "imports/own_layers.py").read_bytes() == (EXAMPLES / "own_layers.py").read_bytes()


@pytest.mark.parametrize(
    ("name", "path", "message"),
    [
        ("sigmoid-of-classes", "train.loss", "E002: SparseCategoricalCrossentropy expects one distribution"),
        ("softmax-of-one-unit", "model", "softmax over one unit is always 1"),
    ],
)
def test_a_fault_is_refused_at_its_key(name, path, message):
    with pytest.raises(kpipe.SpecError) as caught:
        kpipe.load(EXAMPLES / "faults" / f"{name}.yaml").validate()
    (problem,) = caught.value.problems
    assert problem.path == path
    assert problem.message.startswith(message)


@pytest.mark.parametrize(
    ("name", "path", "codes"),
    [
        ("exploding-loss", "train.optimizer.SGD.learning_rate", {"E110"}),
        ("fourth-power", "data.prepare_targets", {"E108"}),
    ],
)
def test_a_fault_is_found_at_its_key(name, path, codes, tmp_path):
    report = kpipe.load(EXAMPLES / "faults" / f"{name}.yaml").check(tmp_path)
    assert codes <= {str(verdict.code) for verdict in report.verdicts if verdict.path == path}


def test_inputs_that_are_not_scaled_are_reported_at_their_preparation():
    lines = []
    kpipe.load(EXAMPLES / "faults" / "fourth-power.yaml").validate(say=lines.append)
    assert any(line.startswith("W008 data.prepare ") for line in lines)


@pytest.mark.parametrize(
    ("name", "remedy"),
    [
        ("exploding-loss", {"data.prepare_targets": ["Standardize"]}),
        ("fourth-power", {"data.prepare": ["Standardize"], "data.prepare_targets": ["Standardize"]}),
    ],
)
def test_a_fault_is_not_found_after_its_remedy(name, remedy, tmp_path):
    assert kpipe.load(EXAMPLES / "faults" / f"{name}.yaml", remedy).check(tmp_path).passed
