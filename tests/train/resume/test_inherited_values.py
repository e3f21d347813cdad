import pytest

from kpipe.checks.checked_spec import checked
from kpipe.train.resume.inherited_values import written_stages
from kpipe.train.resume.spec_meaning import section_differences


def spec(*stages, **train):
    return checked(
        "kpipe:digits", {"train.stages": [*stages], **{f"train.{key}": value for key, value in train.items()}}
    )


@pytest.mark.parametrize(
    "written",
    [
        {"epochs": 30},
        {"optimizer": {"Adam": {"learning_rate": 3e-3}}},
        {"callbacks": []},
        {"data": {"batch_size": 32}},
        {"data": {"augment": []}},
    ],
)
def test_a_value_of_the_training_may_be_written_out(written):
    omitted, explicit = spec({}, {"epochs": 2}), spec(written, {"epochs": 2})
    assert section_differences(omitted, explicit) == []
    assert section_differences(explicit, omitted) == []


@pytest.mark.parametrize(
    "written",
    [
        {"epochs": 29},
        {"optimizer": "SGD"},
        {"callbacks": ["CosineSchedule"]},
        {"data": {"batch_size": 16}},
        {"learning_rate_multipliers": {"LayerDecay": {"factor": 0.5}}},
        {"only": ["dense"]},
    ],
)
def test_another_value_is_a_difference(written):
    (change,) = section_differences(spec({}, {"epochs": 2}), spec(written, {"epochs": 2}))
    assert change.path.startswith("train.stages.0")


def test_a_value_of_the_training_that_differs_is_reported_once():
    before, now = (spec({}, {"epochs": 2}, optimizer=name) for name in ("SGD", "Adam"))
    assert [change.path for change in section_differences(before, now)] == ["train.optimizer"]


def test_other_numbers_of_stages_stay_as_they_are():
    assert written_stages([{"epochs": None}], [{"epochs": 1}, {"epochs": 2}], {"epochs": 3}, {}) == [{"epochs": None}]
    assert written_stages(None, [{"epochs": 1}], {"epochs": 3}, {}) is None
