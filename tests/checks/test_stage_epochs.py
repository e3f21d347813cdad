import pytest

from kpipe.checks.checked_spec import checked
from kpipe.checks.stage_epochs import entry_epochs, has_own_epochs, stage_epochs, total_epochs
from kpipe.errors import SpecError


@pytest.mark.parametrize(
    ("stages", "entries"),
    [
        (None, [[4]]),
        ([{}, {"epochs": 3}], [[4], [3]]),
        (["FeatureExtraction", {"FineTune": {"epochs": 6}}], [[4], [6]]),
        ([{"Transfer": {"epochs": [1, 2]}}, {}], [[1, 2], [4]]),
        ("Transfer", [[4, 4]]),
        ({"Transfer": {"epochs": "=2 * 3"}}, [[6, 6]]),
    ],
)
def test_the_epochs_of_stages(stages, entries):
    train = checked("kpipe:iris", {"train.epochs": 4, "train.stages": stages}).train
    assert entry_epochs(train) == entries
    assert stage_epochs(train) == [number for numbers in entries for number in numbers]
    assert total_epochs(train) == sum(map(sum, entries))


def test_which_entries_state_their_epochs():
    stages = [{}, {"epochs": 3}, "FineTune", {"FineTune": {"epochs": 3}}]
    train = checked("kpipe:iris", {"train.stages": stages}).train
    assert [has_own_epochs(train, index) for index in range(4)] == [False, True, False, True]


@pytest.mark.parametrize(
    ("stages", "path", "expected"),
    [
        (["FeatureExtraction", {}], "train.stages.0.epochs", [3, 4]),
        ([{"FeatureExtraction": {"epochs": 2}}, {}], "train.stages.0.FeatureExtraction.epochs", [3, 4]),
        (["FeatureExtraction", {}], "train.stages.FeatureExtraction.epochs", [3, 4]),
        (["FeatureExtraction", {"epochs": 2}], "train.stages.1.epochs", [4, 3]),
        ("Transfer", "train.stages.epochs", [3, 3]),
        ("Transfer", "train.stages.0.epochs", [3, 3]),
        (["Transfer"], "train.stages.epochs", [3, 3]),
        ("Transfer", "train.stages.+", [4, 4, 3]),
    ],
)
def test_overrides_of_epochs(stages, path, expected):
    overrides = {"train.epochs": 4, "train.stages": stages, path: {"epochs": 3} if path.endswith("+") else 3}
    assert stage_epochs(checked("kpipe:iris", overrides).train) == expected


def test_a_misspelled_argument_of_a_recipe_in_an_override():
    with pytest.raises(SpecError, match="FeatureExtraction has no argument 'epoch'") as caught:
        checked("kpipe:iris", {"train.stages": ["FeatureExtraction"], "train.stages.0.epoch": 3})
    assert caught.value.problems[0].suggestion == "epochs"
