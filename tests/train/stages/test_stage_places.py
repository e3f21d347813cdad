import pytest

from kpipe.checks.checked_spec import checked
from kpipe.checks.static.finding import Finding
from kpipe.errors import Problem, SpecError
from kpipe.train.stages.stage_places import finding_of_stage, path_of_stage, problems_of_stages, stage_places
from kpipe.train.stages.stages_of import stages_of

STAGES = [{"epochs": 2}, {"optimizer": {"SGD": {"learning_rate": 0.1}}, "data": {"batch_size": 8}}]


@pytest.fixture(scope="module")
def stages():
    return stages_of(checked("kpipe:digits", {"train.stages": STAGES}))


@pytest.mark.parametrize(
    ("path", "first", "second"),
    [
        ("train.epochs", "train.stages.0.epochs", "train.epochs"),
        ("train.optimizer", "train.optimizer", "train.stages.1.optimizer"),
        ("train.optimizer.SGD.learning_rate", None, "train.stages.1.optimizer.SGD.learning_rate"),
        ("data.batch_size", "data.batch_size", "train.stages.1.data.batch_size"),
        ("model.0", "model.0", "model.0"),
        ("train.unknown", "train.unknown", "train.unknown"),
    ],
)
def test_values_of_a_stage_have_paths_of_their_own(stages, path, first, second):
    assert path_of_stage(path, stages[0]) == (first or path)
    assert path_of_stage(path, stages[1]) == second


def test_errors_have_the_path_or_the_stage(stages):
    problems = [Problem(None, path, "wrong") for path in ("train.epochs", "train.optimizer", "model.0")]
    with pytest.raises(SpecError) as caught, stage_places(stages[1]):
        raise SpecError(problems)
    assert [str(problem) for problem in caught.value.problems] == [
        "model.0: in stage 2 of 2: wrong",
        "train.epochs: in stage 2 of 2: wrong",
        "train.stages.1.optimizer: wrong",
    ]


def test_a_problem_that_all_stages_have_is_reported_once(stages):
    common, own = Problem(None, "model.0", "wrong"), Problem(None, "model.1", "wrong too")
    found = [(stages[0], common), (stages[1], common), (stages[1], own)]
    lines = [str(problem) for problem in problems_of_stages(found, 2)]
    assert lines == ["model.0: wrong", "model.1: in stage 2 of 2: wrong too"]


def test_a_training_without_stages_has_its_own_paths():
    with pytest.raises(SpecError) as caught, stage_places(None):
        raise SpecError([Problem(None, "train.epochs", "wrong")])
    assert str(caught.value.problems[0]) == "train.epochs: wrong"


def test_findings_have_the_path(stages):
    finding = Finding("W005", None, "data.batch_size", "too large")
    assert finding_of_stage(finding, stages[1]).path == "train.stages.1.data.batch_size"
    assert finding_of_stage(finding, None) is finding
