import numpy as np
import pytest

from kpipe.messages.table import table
from kpipe.train.objective.per_class_metrics import per_class_metrics
from kpipe.train.summary import class_lines, confusion_lines, summary

RESULT = {
    "name": "digits",
    "status": "completed",
    "epochs": 12,
    "seconds": 75.0,
    "best_epoch": 9,
    "best_step": None,
    "chosen_by": "lowest val_loss",
    "validation": {"loss": 0.12345678, "accuracy": 0.97},
    "test": {"loss": 0.2, "accuracy": 0.96},
    "figures_of": "test",
}


def figures(count: int, name: str = "class"):
    truth = np.arange(count * 4) % count
    answer = np.where(np.arange(count * 4) == 1, 0, truth)
    return per_class_metrics(truth, answer, [f"{name} {number}" for number in range(count)])


def test_a_small_summary_in_full():
    text = summary(RESULT, {"y": figures(2)}, "runs/digits/1")
    assert text.splitlines() == [
        "digits: completed after 12 epochs, 1 min 15 s",
        "kept: epoch 9 (lowest val_loss)",
        "",
        "          validation    test",
        "loss          0.1235  0.2000",
        "accuracy      0.9700  0.9600",
        "",
        "test: each class",
        "class    precision  recall      f1  samples",
        "class 0     0.8000  1.0000  0.8889        4",
        "class 1     1.0000  0.7500  0.8571        4",
        "",
        "confusion matrix: rows are the true classes, columns the predicted classes",
        "true \\ predicted  0  1",
        "0 class 0         4  0",
        "1 class 1         1  3",
        "",
        "run folder: runs/digits/1",
    ]


@pytest.mark.parametrize("count", [2, 12, 13, 1000])
@pytest.mark.parametrize("name", ["class", "a class with a name that is far longer than any line could ever be" * 2])
def test_no_line_is_wider_than_eighty_columns(count, name):
    text = summary(RESULT, {"y": figures(count, name)}, "runs/digits/1")
    assert max(map(len, text.splitlines())) <= 80
    assert len(text.splitlines()) < 60


def test_many_classes_are_told_by_the_worst_and_the_most_confused():
    text = summary(RESULT, {"y": figures(100)}, "runs/digits/1")
    assert "(the 12 of 100 classes with the lowest f1)" in text
    assert "class 1  class 0          1" in text
    assert "confusion matrix:" not in text


def test_the_confusion_matrix_of_many_classes_is_not_formatted(monkeypatch):
    formatted = []

    def count_rows(header, rows, **options):
        formatted.append(len(rows))
        return table(header, rows, **options)

    monkeypatch.setattr("kpipe.train.summary.table", count_rows)
    metrics = figures(100)
    class_lines(metrics)
    assert "confused most often" in confusion_lines(metrics)
    assert formatted == [12, 1]


def test_what_there_is_not_is_not_printed():
    result = {**RESULT, "validation": {}, "test": {}, "status": "exploded", "best_epoch": None, "epochs": 1}
    assert summary(result, {}, "out").splitlines() == [
        "digits: exploded after 1 epoch, 1 min 15 s",
        "no model was kept",
        "",
        "run folder: out",
    ]


def test_a_state_within_an_epoch_is_named_by_its_step():
    assert "kept: epoch 9, step 1200 (" in summary({**RESULT, "best_step": 1200}, {}, "out")
