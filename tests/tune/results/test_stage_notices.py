from golden import expect_messages

from tune.results.summaries import space_of
from tune.sweeps import Case


def stages(tmp_path, tune, space=None, formula=None):
    """The messages of a sweep with two stages, and the sweep."""
    options = {} if space is None else {"space": space}
    case = Case(tmp_path, tune, formula=formula or (lambda values, epoch: -values["data.batch_size"]), **options)
    return case.start(), case.said


SPACE = "    data.batch_size: {Int: [10, 50]}\n    train.optimizer.learning_rate: {Log: [1e-4, 1]}\n"
GRID = "  oracle: {GridSearch: {points: 3}}\n"


def test_a_stage_reports_its_ranges_and_the_trial_that_they_are_from(tmp_path):
    _, said = stages(tmp_path, GRID + "  stages: [{epochs: 1}, {trials: 4, narrow: 0.5, widen: true}]", SPACE)
    expect_messages(said, 3)


def test_a_stage_that_does_not_widen_reports_the_border(tmp_path):
    _, said = stages(tmp_path, GRID + "  stages: [{epochs: 1}, {trials: 4, narrow: 0.5}]", SPACE)
    expect_messages(said)


def test_options_and_spaces_inside_them(tmp_path):
    space = (
        "    data.batch_size: {Choice: [8, 16, 32]}\n"
        "    train.optimizer: {Choice: [SGD: {momentum: {Uniform: [0, 0.9]}}, Adam: {beta_1: {Uniform: [0, 0.9]}}]}\n"
    )

    def formula(values, epoch):
        return -values["data.batch_size"] - 100 * ("Adam" in values["train.optimizer"])

    _, said = stages(tmp_path, "  stages: [{trials: 10}, {trials: 1, narrow: 0.5}]", space, formula)
    expect_messages(said)


def test_the_same_space(tmp_path):
    for name, tune in {"same": "{trials: 1}, {trials: 1}", "failed": "{trials: 1}, {trials: 1, narrow: 1}"}.items():
        (tmp_path / name).mkdir()
        formula = (lambda *_: None) if name == "failed" else None
        expect_messages(stages(tmp_path / name, f"  stages: [{tune}]", SPACE, formula)[1], 1)


def test_a_stage_that_has_begun_is_not_reported_again(tmp_path):
    case = Case(tmp_path, "  stages: [{trials: 1}, {trials: 1}]")
    case.start()
    assert len(case.said) == 1
    case.start()
    assert len(case.said) == 1


def test_the_searched_space_contains_all_stages(tmp_path):
    sweep, _ = stages(tmp_path, GRID + "  stages: [{epochs: 1}, {trials: 4, narrow: 0.5, widen: true}]", SPACE)
    sweep.spaces.append(space_of("data.batch_size: {Int: [60, 70]}"))
    assert str(sweep.searched["data.batch_size"].space) == "Int: [0, 70]"
    assert [parameter.name for parameter in sweep.searched.parameters] == [
        parameter.name for parameter in sweep.plan.space.parameters
    ]
