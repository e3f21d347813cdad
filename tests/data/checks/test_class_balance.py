"""Tests of the messages about classes that are missing or rare."""

import numpy as np
import pytest
from golden import expect_message, expect_messages

from kpipe.data.checks.class_balance import class_balance
from kpipe.data.dataset import Target
from kpipe.data.sources.array_dataset import ArrayDataset


def found(train, test, task="classification", is_weighted=False):
    labels = {part: np.repeat(np.arange(len(counts)), counts) for part, counts in (("train", train), ("test", test))}
    dataset = ArrayDataset(
        {"x": {part: np.zeros((len(values), 2)) for part, values in labels.items()}},
        {"y": Target("y", task, tuple(f"class {index}" for index in range(len(train))), ())},
        {"y": np.concatenate(list(labels.values()))},
    )
    return list(class_balance(dataset, dataset.parts, is_weighted=is_weighted))


@pytest.mark.parametrize(
    ("train", "test"), [([5, 5], [1, 1]), ([9, 1], [1, 1]), ([0, 5, 4], [0, 1, 1]), ([7, 0], [1, 0])]
)
def test_balanced_classes_are_not_reported(train, test):
    assert found(train, test) == []


def test_imbalanced_classes():
    (finding,) = found([10, 4900, 90], [1, 1, 1])
    assert (finding.name, finding.level) == ("imbalance", "notice")
    expect_message(finding.message)
    assert found([10, 4900, 90], [1, 1, 1], is_weighted=True) == []
    assert found([10, 1, 0], [1, 1, 1])[0].name == "imbalance"


def test_missing_classes():
    findings = [*found([5, 5, 5], [1, 0, 1]), *found([5] * 6, [0, 0, 0, 1, 0, 0])]
    assert [(finding.name, finding.level) for finding in findings] == [("missing_class", "notice")] * 2
    expect_messages(finding.message for finding in findings)


def test_other_tasks_have_no_classes_to_compare():
    assert found([10, 4900, 90], [1, 0, 1], task="regression") == []
