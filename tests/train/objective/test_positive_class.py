from golden import expect_messages

from kpipe.data.dataset import Target
from kpipe.train.objective.objective import decide
from kpipe.train.objective.positive_class import positive_class

from ..stand_in import train_section
from .test_objective import KIND, LABELS, NUMBER, THREE, TWO, model, two_outputs


def told(target, units, *metrics, activation="softmax"):
    return positive_class(decide(train_section(metrics=list(metrics)), model(units, activation), {"y": target}))


def test_the_second_class_is_named_once():
    lines = told(TWO, 2, "AUC", "Precision", {"Recall": {"class_id": 0}}, {"F1Score": {"average": "macro"}}, "accuracy")
    expect_messages(lines, 1)


def test_nothing_is_reported_where_nothing_was_chosen():
    assert told(TWO, 2, {"AUC": {"class_id": 1}}) == []
    assert told(THREE, 3, {"AUC": {"average": "macro"}}) == []
    assert told(TWO, 1, "AUC", activation="sigmoid") == []
    assert told(LABELS, 3, "AUC", activation="sigmoid") == []
    assert told(NUMBER, 1, activation=None) == []


def test_of_several_targets_it_has_the_name():
    section = train_section(
        targets={"sick": {"metrics": ["AUC"]}, "kind": {"metrics": [{"Recall": {"average": "macro"}}]}}
    )
    objective = decide(section, two_outputs(sick=2, kind=3), {"sick": TWO, "kind": KIND})
    expect_messages(positive_class(objective), 1)


def test_a_class_is_written_as_a_terminal_can_show_it():
    target = Target("y", "classification", ("a", "b\x1b[31m"), ())
    expect_messages(told(target, 2, "AUC"), 1)
