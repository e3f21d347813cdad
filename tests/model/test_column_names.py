import pytest

from kpipe.errors import Mark
from kpipe.model.column_names import Measure, column_problems


def problems(**targets):
    measured = [
        (
            Measure(name, Mark("a.yaml", 10 + row, 1, 10 + row, 2), f"train.targets.{name}"),
            [
                Measure(metric, Mark("a.yaml", 10 + row, 20 + column, 10 + row, 21), f"{name}.{column}")
                for column, metric in enumerate(metrics)
            ],
        )
        for row, (name, metrics) in enumerate(targets.items())
    ]
    return [(p.path, p.message) for p in column_problems(measured)]


@pytest.mark.parametrize(
    "targets",
    [
        {"y": ["accuracy", "auc"]},
        {"kind": ["accuracy"], "price": ["accuracy", "mean_absolute_error"]},
        # With one target its name is in no column.
        {"val": ["accuracy"]},
        {"error": ["epochs", "last_one", "validity"]},
        {"value": ["loss_"], "a_val": []},
        {"a": ["b_c"], "a_b": ["d"]},
    ],
)
def test_names_of_their_own(targets):
    assert problems(**targets) == []


@pytest.mark.parametrize(
    ("targets", "path", "message"),
    [
        (
            {"kind": [], "val": ["accuracy"]},
            "train.targets.val",
            "duplicate name 'val_loss': the loss of target 'val' and the loss of the validation",
        ),
        ({"val_a": [], "a": []}, "train.targets.val_a", "duplicate name 'val_a_loss'"),
        (
            {"sample": [], "a": []},
            "train.targets.sample",
            "reserved name 'sample': the name of a sample in predictions",
        ),
        (
            {"a": [], "error": []},
            "train.targets.error",
            "reserved name 'error': the reason of a failure in predictions",
        ),
        ({"y": ["auc", "auc"]}, "y.1", "duplicate name 'auc': two metrics"),
        ({"y": ["loss"]}, "y.0", "duplicate name 'loss': the metric loss and the loss"),
        (
            {"y": ["val_auc"]},
            "y.0",
            "reserved name 'val_auc': the metric val_auc has the prefix of the validation part",
        ),
        ({"y": ["epoch"]}, "y.0", "and the column of epochs"),
        ({"y": ["step"]}, "y.0", "and the column of steps"),
        ({"y": ["seconds"]}, "y.0", "and the column of seconds"),
        ({"y": ["learning_rate"]}, "y.0", "and the column of learning rates"),
        ({"y": ["last"]}, "y.0", "and the value of train.choose"),
        (
            {"a": ["loss"], "b": []},
            "a.0",
            "duplicate name 'a_loss': the metric loss of target a and the loss of target a",
        ),
        ({"learning": ["rate"], "b": []}, "learning.0", "and the column of learning rates"),
        (
            {"a": ["b_c"], "a_b": ["c"]},
            "a_b.0",
            "duplicate name 'a_b_c': the metric c of target a_b and the metric b_c of target a",
        ),
        (
            {"a": ["b_loss"], "a_b": []},
            "train.targets.a_b",
            "duplicate name 'a_b_loss': the loss of target a_b and the metric b_loss of target a",
        ),
        (
            {"a_b": [], "a": ["b_loss"]},
            "a.0",
            "duplicate name 'a_b_loss': the metric b_loss of target a and the loss of target a_b",
        ),
    ],
)
def test_names_that_would_be_the_same(targets, path, message):
    ((found, text),) = problems(**targets)
    assert found == path
    assert message in text
    assert "rename the target" in text or "change the `name`" in text


def test_every_clash_is_found_and_has_both_places():
    assert [path for path, _ in problems(val=["loss"], a=["x", "x"], b=["loss"])] == ["train.targets.val", "a.1", "b.0"]
    first, second = (Measure("auc", Mark("a.yaml", line, 1, line, 2), f"train.metrics.{line}") for line in (3, 4))
    (problem,) = column_problems([(Measure("y"), [first, second])])
    assert (problem.mark.line, problem.related[0].mark.line) == (4, 3)
