import keras
import numpy as np
import pytest

from kpipe.data.dataset import Target
from kpipe.train.objective.evaluation import Evaluation
from kpipe.train.objective.objective import Objective, TargetObjective
from kpipe.train.objective.sample_scores import SampleScores
from kpipe.train.run_folder.suspects import Suspects
from tests.train.stand_in import ArrayData

CLASSES = ("ant", "bee", "=cat")


def scores(probabilities, predicted, positions=None):
    values = np.array(probabilities, np.float32)
    zeros = np.zeros(len(values), np.int64)
    found = zeros if positions is None else np.array(positions)
    return SampleScores(values, np.array(predicted), np.full(len(values), 0.75, np.float32), -np.log(values), found)


def suspects(targets, labels, parts, found):
    """The suspects of targets with labels and parts of the dataset, and scores by part and target."""
    count = len(next(iter(labels.values())))
    data = ArrayData({"x": np.zeros((count, 1), np.float32)}, targets, labels, parts)
    evaluations = {
        part: Evaluation(
            part, {}, {}, {name: values[data.parts[part]] for name, values in labels.items()}, {}, {}, scores=scored
        )
        for part, scored in found.items()
    }
    return Suspects.of(evaluations, data)


def test_the_least_probable_label_of_all_parts_is_first():
    found = suspects(
        {"y": Target("y", "classification", CLASSES, ())},
        {"y": np.array([0, 1, 2, 0, 1, 2])},
        {"validation": np.array([5, 1]), "test": np.array([0, 3, 4])},
        {"validation": {"y": scores([0.04, 0.9], [0, 1])}, "test": {"y": scores([0.001, 0.05, 0.0499999], [2, 1, 0])}},
    )
    header = ("sample", "part", "target", "label", "probability", "predicted", "predicted_probability")
    assert found.header == header
    assert [*found.rows()] == [
        ("sample 0", "test", "y", "ant", 0.001, "=cat", 0.75),
        ("sample 5", "validation", "y", "=cat", 0.04, "ant", 0.75),
        ("sample 4", "test", "y", "bee", 0.0499999, "ant", 0.75),
    ]
    assert (
        found.line
        == "suspects: 3 of 5 samples, in suspects.csv; with 60% of the samples, the model fits too little to tell"
    )


def test_a_sample_with_two_suspect_labels_is_one_sample_with_two_rows():
    targets = {name: Target(name, "classification", CLASSES, ()) for name in ("a", "b")}
    labels = {"a": np.zeros(8, np.int64), "b": np.ones(8, np.int64), "price": np.zeros(8, np.float32)}
    improbable = [0.01, *[0.9] * 7]
    found = suspects(
        {**targets, "price": Target("price", "regression", None, ())},
        labels,
        {"validation": np.arange(8)},
        {"validation": {"a": scores(improbable, [1] * 8), "b": scores([0.02, *[0.9] * 7], [1] * 8)}},
    )
    assert [(row[0], *row[2:5]) for row in found.rows()] == [
        ("sample 0", "a", "ant", 0.01),
        ("sample 0", "b", "bee", 0.02),
    ]
    assert found.line == "suspects: 1 of 8 samples, in suspects.csv"


def test_a_sequence_has_the_position_of_its_label_and_a_mask_no_suspects():
    targets = {"steps": Target("steps", "sequence", CLASSES, (3,)), "mask": Target("mask", "sequence", CLASSES, (2, 2))}
    labels = {"steps": np.array([[0, 1, 2], [1, 1, 1]]), "mask": np.zeros((2, 2, 2), np.int64)}
    found = suspects(
        targets,
        labels,
        {"test": np.arange(2)},
        {"test": {"steps": scores([0.01, 0.5], [0, 0], [2, 1]), "mask": scores([0.001, 0.001], [1, 1], [3, 0])}},
    )
    assert found.header[-1] == "position"
    assert [*found.rows()] == [("sample 0", "test", "steps", "=cat", 0.01, "ant", 0.75, 2)]


def test_probabilities_that_are_not_finite_are_not_suspects():
    found = suspects(
        {"y": Target("y", "classification", CLASSES, ())},
        {"y": np.array([0, 1])},
        {"test": np.arange(2)},
        {"test": {"y": scores([np.nan, 0.5], [0, 1])}},
    )
    assert [*found.rows()] == []
    assert found.samples == 2


@pytest.mark.parametrize(
    ("task", "shape", "logits", "possible"),
    [
        ("classification", (), True, True),
        ("sequence", (3,), False, True),
        ("sequence", (2, 2), True, False),
        ("classification", (), None, False),
        ("multilabel", (3,), True, False),
    ],
)
def test_only_exclusive_classes_with_known_probabilities_can_have_suspects(task, shape, logits, possible):
    item = TargetObjective(
        Target("y", task, CLASSES, shape), "other", logits, "sparse", (*shape, 3), keras.losses.Hinge, list
    )
    assert Suspects.are_possible(Objective({"y": item})) == possible


def test_numbers_have_6_digits():
    found = suspects(
        {"y": Target("y", "classification", CLASSES, ())},
        {"y": np.array([0])},
        {"test": np.arange(1)},
        {"test": {"y": scores([1.23456789e-9], [1])}},
    )
    assert next(iter(found.rows()))[4] == pytest.approx(1.23457e-9, rel=1e-12)
    assert str(next(iter(found.rows()))[4]) == "1.23457e-09"
