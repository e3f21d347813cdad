from kpipe.tune.results.parameter_titles import parameter_titles


def test_the_epochs_of_a_stage_are_not_those_of_the_trial():
    assert parameter_titles(["train.stages.0.epochs", "train.stages.1.optimizer.Adam.learning_rate"]) == {
        "train.stages.0.epochs": "stages.0.epochs",
        "train.stages.1.optimizer.Adam.learning_rate": "learning_rate",
    }
    assert parameter_titles(["train.epochs"]) == {"train.epochs": "epochs"}


def test_the_same_value_of_two_stages():
    names = [f"train.stages.{number}.optimizer.SGD.learning_rate" for number in (0, 1)]
    assert [*parameter_titles(names).values()] == [f"stages.{number}.optimizer.SGD.learning_rate" for number in (0, 1)]


def test_the_epochs_of_several_stages_and_of_recipes():
    names = ["train.stages.0.epochs", "train.stages.1.epochs", "train.stages.2.FineTune.epochs", "train.epochs"]
    titles = ["stages.0.epochs", "stages.1.epochs", "stages.2.FineTune.epochs", "train.epochs"]
    assert [*parameter_titles(names).values()] == titles
