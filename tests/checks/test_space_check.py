"""Problems of `tune.space` at their places, before the first trial."""

import pytest
from golden import raises

from kpipe.checks.checked_spec import checked
from kpipe.errors import SpecError

SPEC = """\
name: toy
data: {source: Digits}
vars: {width: 16}
model: [Flatten, {Dense: {units: =width, name: hidden}}, {Dense: {units: 10}}]
train: {optimizer: {SGD: {learning_rate: 0.1}}}
tune:
  space:
"""


def spec(tmp_path, lines):
    file = tmp_path / "spec.yaml"
    file.write_text(SPEC + "".join(f"    {line}\n" for line in lines))
    return checked(file)


@pytest.mark.parametrize(
    "line",
    [
        "train.optimizer.learning_rate: {Log: [1e-3, 1]}",
        "train.optimizer.SGD.momentum: {Uniform: [0, 0.99]}",
        "data.batch_size: {LogInt: [8, 256]}",
        "vars.width: {LogInt: [4, 64]}",
        "model.hidden.units: {Int: [2, 10]}",
        "model.hidden: {Choice: [{Dense: {units: =width}}, {Dense: {units: {Int: [4, 8]}, activation: relu}}]}",
        "train.callbacks: {Choice: [[], [CosineSchedule]]}",
        "train.optimizer: {Choice: [Adam, {SGD: {learning_rate: {Log: [1e-3, 1]}}}]}",
        "seed: {Int: [0, 5]}",
        "data.augment: {Choice: [[], [CifarCrops]]}",
        "train.stages: {Choice: [null, Transfer, [FeatureExtraction, {FineTune: {last: {Uniform: [0.1, 1]}}}]]}",
    ],
)
def test_any_value_can_be_searched(tmp_path, line):
    assert len(spec(tmp_path, [line]).tune.space.entries) == 1


@pytest.mark.parametrize(
    "lines",
    [
        ["train.optimizer.learning_rate: {Uniform: [-1, 1]}"],
        ["train.optimizer.lerning_rate: {Uniform: [0, 1]}"],
        ["train.optimiser.learning_rate: {Uniform: [0, 1]}"],
        ["data.batch_size: {Int: [0, 10]}"],
        ["data.batch_size: {Log: [8, 64]}"],
        ["data.batch_size: {Choice: [32, big]}"],
        ["vars.deep: {Int: [1, 2]}"],
        ["vars.width: {Uniform: [1, 10]}"],
        ["train.optimizer: {Choice: [Adam, {SGD: {momentum: {Uniform: [0.5, 1.5]}}}]}"],
        ["train.optimizer: {Choice: [Adam, Sgd]}"],
        ["train.optimizer: {Choice: [Adam, SGD]}", "train.optimizer.learning_rate: {Log: [1e-3, 1]}"],
        ["train.optimizer.learning_rate: {Log: [1e-3, 1]}", "train.optimizer: {Choice: [Adam, SGD]}"],
        ["model.hidden.units: {Int: [2, 9]}", "model.1.Dense.units: {Int: [2, 9]}"],
        ["name: {Choice: [a, b]}"],
        ["tune.executions: {Int: [1, 2]}"],
        ["train.callbacks.+: {Choice: [CosineSchedule, TerminateOnNaN]}"],
        ["{}"],
    ],
    ids=lambda lines: lines[-1].partition(": {")[0] + str(len(lines)) + lines[-1][-12:],
)
def test_messages(tmp_path, lines):
    with raises(SpecError):
        spec(tmp_path, lines)


def test_problems_of_the_space_and_of_the_rest_are_reported_together(tmp_path):
    lines = [
        "train.optimizer.learning_rate: {Log: [1, 1e-3]}",
        "train.optimizer.momentum: {Uniform: [0, 1]}",
        "data.batch_size: {Choice: [32, 0]}",
        "train.regularize.l3: {Log: [1e-4, 1]}",
        "model.hidden.units: {Int: [0, 8]}",
    ]
    base = SPEC.replace("{source: Digits}", "{source: Digits, augment: [NoSuch]}").replace("units: 10", "unit: 10")
    (tmp_path / "spec.yaml").write_text(base + "".join(f"    {line}\n" for line in lines))
    with raises(SpecError):
        checked(tmp_path / "spec.yaml")


def test_what_follows_from_a_problem_of_the_spec_is_not_reported_for_the_space(tmp_path):
    lines = ["train.optimizer.learning_rate: {Log: [1e-3, 1]}", "model.hidden.units: {Int: [2, 8]}"]
    base = SPEC.replace("SGD", "Sgd").replace("units: =width", "unit: =width")
    (tmp_path / "spec.yaml").write_text(base + "".join(f"    {line}\n" for line in lines))
    with raises(SpecError):
        checked(tmp_path / "spec.yaml")


def test_a_space_that_extends_another_one_replaces_it(tmp_path):
    (tmp_path / "base.yaml").write_text(SPEC + "    data.batch_size: {Int: [8, 16]}\n    seed: {Int: [0, 5]}\n")
    (tmp_path / "spec.yaml").write_text(
        "extends: base.yaml\nname: more\ntune: {space: {data.batch_size: {Choice: [32, 64]}}}\n"
    )
    found = checked(tmp_path / "spec.yaml").tune.space.plain()
    assert found == {"data.batch_size": {"Choice": [32, 64]}, "seed": {"Int": [0, 5]}}


def test_a_space_can_be_set_by_its_path(tmp_path):
    file = tmp_path / "spec.yaml"
    file.write_text(SPEC + "    data.batch_size: {Int: [8, 16]}\n")
    found = checked(
        file,
        ["tune.space.data.batch_size={Choice: [32, 64]}", "tune.space.train.optimizer.momentum={Uniform: [0, 0.9]}"],
    )
    assert found.tune.space.plain() == {
        "data.batch_size": {"Choice": [32, 64]},
        "train.optimizer.momentum": {"Uniform": [0, 0.9]},
    }


@pytest.mark.parametrize(
    "line",
    [
        "train.stages.1.last: {Uniform: [0.1, 1]}",
        "train.stages.1.FineTune.learning_rate_factor: {Log: [0.01, 1]}",
        "train.stages.0.epochs: {Int: [1, 5]}",
        "train.stages.0: {Choice: [FeatureExtraction, {epochs: 2, only: [head]}]}",
    ],
)
def test_values_of_recipes_can_be_searched(tmp_path, line):
    file = tmp_path / "spec.yaml"
    text = SPEC.replace("train: {", "train: {stages: [FeatureExtraction, FineTune: {last: 0.3}], ")
    file.write_text(f"{text}    {line}\n")
    assert checked(file).tune.space.entries


@pytest.mark.parametrize("stages", ["FineTune", "{FineTune: {last: 0.3}}", "[FineTune]"])
@pytest.mark.parametrize("path", ["0.last", "0.FineTune.last", "FineTune.last", "last"])
def test_the_values_of_a_single_recipe_can_be_searched(tmp_path, stages, path):
    file = tmp_path / "spec.yaml"
    text = SPEC.replace("train: {", f"train: {{stages: {stages}, ")
    file.write_text(f"{text}    train.stages.{path}: {{Uniform: [0.1, 1]}}\n")
    assert checked(file).tune.space.entries
    file.write_text(f"{text}    train.stages.{path}: {{Uniform: [0.1, 1.5]}}\n")
    with pytest.raises(SpecError, match="at most 1"):
        checked(file)


@pytest.mark.parametrize(
    "line",
    [
        "train.stages.1.last: {Uniform: [0.1, 1.5]}",
        "train.stages.1.lats: {Uniform: [0.1, 1]}",
        "train.stages.0: {Choice: [FeatureExtraction, FineTun]}",
        "train.stages: {Choice: [Transfer, [FineTune: {last: 2}]]}",
    ],
)
def test_mistakes_in_searches_of_recipes(tmp_path, line):
    file = tmp_path / "spec.yaml"
    text = SPEC.replace("train: {", "train: {stages: [FeatureExtraction, FineTune: {last: 0.3}], ")
    file.write_text(f"{text}    {line}\n")
    with raises(SpecError):
        checked(file)
