"""The remedies for a stage of a recipe can be pasted, and change this stage only."""

import shlex

import pytest

from kpipe.checks.checked_spec import checked
from kpipe.checks.stage_epochs import stage_epochs
from kpipe.judge.recipe_place import RecipePlace
from kpipe.train.stages.recorded_stages import recorded_stages
from kpipe.train.stages.stages_of import stages_of

TEXT = """
name: a
data: {source: Digits}
model: [Flatten, Dense: {units: 8}, Dense: {units: =classes}]
train: {epochs: 3, optimizer: {SGD: {learning_rate: 0.1}}, stages: %s}
"""


def place_of(stages, index, *written):
    names = "vars: {part: {Transfer: {epochs: [1, 2]}}}" if "part" in stages else ""
    spec = recorded_stages(checked(TEXT % stages + names), [{"written": recipe} for recipe in written])
    return RecipePlace.of(spec, stages_of(spec)[index])


@pytest.mark.parametrize(
    ("stages", "index", "numbers", "remedy", "expected"),
    [
        ("{Transfer: {epochs: [1, 2]}}", 1, [1, 2], "--set 'train.stages.0.Transfer.epochs=[1, 4]'", [1, 4]),
        ("[Transfer]", 0, [3, 3], "--set 'train.stages.0.Transfer.epochs=[4, 3]'", [4, 3]),
        ("FineTune", 0, [3], "--set train.stages.0.FineTune.epochs=4", [4]),
        ("[{epochs: 2}, FineTune: {last: 0.5}]", 1, [3], "--set train.stages.1.FineTune.epochs=4", [2, 4]),
    ],
)
def test_only_this_stage_has_more_epochs(stages, index, numbers, remedy, expected):
    place = place_of(stages, index, [{"epochs": number} for number in numbers])
    assert place.set_epochs(4) == remedy
    assert stage_epochs(checked(TEXT % stages, [shlex.split(remedy)[1]]).train) == expected


def test_the_learning_rate_is_that_of_the_factor():
    stages = "{FineTune: {last: 0.5}}"
    place = place_of(stages, 0, [{"epochs": 3, "optimizer": {"SGD": {"learning_rate": 0.01}}}])
    remedy = place.set_learning_rate(0.002, 0.002)
    (recipe,) = checked(TEXT % stages, [shlex.split(remedy)[1]]).train.stages
    assert recipe.plain() == {"FineTune": {"last": 0.5, "learning_rate_factor": 0.02}}
    assert place.set_learning_rate(0.2, 0.4) == (
        "write the stages that `kpipe show` prints instead of train.stages.0, "
        "with a highest learning rate of 0.4 in stage 1 of 1"
    )


def test_a_recipe_without_the_argument():
    place = RecipePlace(
        name="Unknown", path="train.stages.0", position=0, epochs=[2], title="stage 1 of 1", learning_rate=None
    )
    assert place.set_epochs(4) == (
        "write the stages that `kpipe show` prints instead of train.stages.0, with 4 epochs in stage 1 of 1"
    )


@pytest.mark.parametrize("stages", ["[{epochs: 2}]", "[=part]", "'=[part]'"])
def test_stages_that_no_argument_changes(stages):
    written = [] if "part" not in stages else [[{"epochs": 1}, {"epochs": 2}]]
    assert place_of(stages, 0, *written) is None
