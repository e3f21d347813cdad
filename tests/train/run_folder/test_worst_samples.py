import numpy as np

from kpipe.data.dataset import Target
from kpipe.train.objective.evaluation import Evaluation
from kpipe.train.objective.sample_scores import SampleScores
from kpipe.train.run_folder.worst_samples import MOST, WorstSamples
from tests.train.stand_in import ArrayData

CLASSES = ("ant", "bee", "=cat")


def worst(targets, labels, indices, predictions, scores=()):
    """The rows of `worst.csv` for a test part with predictions and scores by target."""
    count = len(next(iter(labels.values())))
    data = ArrayData({"x": np.zeros((count, 1), np.float32)}, targets, labels, {"test": np.array(indices)})
    own = {name: values[data.parts["test"]] for name, values in labels.items()}
    found = WorstSamples.of(Evaluation("test", {}, predictions, own, {}, {}, scores=dict(scores)), data)
    return [dict(zip(found.header, row, strict=True)) for row in found.rows()]


def scores_of(probability, predicted, predicted_probability, position=None):
    values = np.array(probability, np.float32)
    found = np.zeros(len(values), np.int64) if position is None else np.array(position)
    return SampleScores(
        values, np.array(predicted), np.array(predicted_probability, np.float32), -np.log(values), found
    )


def test_orders_of_a_classification():
    rows = worst(
        {"y": Target("y", "classification", CLASSES, ())},
        {"y": np.array([0, 1, 2, 0])},
        [3, 1, 0],
        {"y": np.array([0, 0, 2])},
        {"y": scores_of([0.9, 0.25, 0.125], [0, 0, 2], [0.9, 0.75, 0.5])},
    )
    assert [(row["order"], row["index"]) for row in rows] == [
        *[("loss", 0), ("loss", 1), ("loss", 3)],
        *[("confidence", 1), ("confidence", 0)],
    ]
    assert rows[0] == {
        "target": "y", "order": "loss", "part": "test", "index": 0, "sample": "sample 0", "label": "ant",
        "predicted": "=cat", "probability": 0.125, "predicted_probability": 0.5, "loss": 2.07944,  # log 8
    }  # fmt: skip


def test_a_sequence_shows_its_least_probable_position():
    rows = worst(
        {"y": Target("y", "sequence", CLASSES, (3,))},
        {"y": np.array([[0, 1, 2]])},
        [0],
        {"y": np.array([[0, 2, 2]])},
        {"y": scores_of([0.25], [2], [0.5], position=[1])},
    )
    assert [(row["label"], row["predicted"]) for row in rows] == [("bee", "=cat")] * 2


def test_numbers_and_several_labels():
    rows = worst(
        {"price": Target("price", "regression", None, (2,)), "tags": Target("tags", "multilabel", CLASSES, (3,))},
        {
            "price": np.array([[1.0, 2.0], [3.0, 3.0]], np.float32),
            "tags": np.array([[1, 0, 1], [0, 0, 0]], np.float32),
        },
        [0, 1],
        {"price": np.array([[1.0, 1.0], [0.5, 3.5]], np.float32), "tags": np.array([[0, 1, 1], [0, 0, 0]])},
    )
    # Mean absolute errors of 1.5 and 0.5; two wrong labels and none.
    assert [(row["target"], row["index"], row["loss"]) for row in rows] == [
        *[("price", 1, 1.5), ("price", 0, 0.5)],
        *[("tags", 0, 2.0), ("tags", 1, 0.0)],
    ]
    assert (rows[0]["label"], rows[0]["predicted"], rows[2]["label"]) == ("[3, 3]", "[0.5, 3.5]", "ant, =cat")


def test_samples_without_a_loss_are_excluded_and_the_others_limited():
    count = 2 * MOST
    probability = np.linspace(0.1, 0.9, count)
    probability[0] = np.nan
    rows = worst(
        {"y": Target("y", "classification", CLASSES, ())},
        {"y": np.zeros(count, np.int64)},
        np.arange(count),
        {"y": np.ones(count, np.int64)},
        {"y": scores_of(probability, np.ones(count, np.int64), np.full(count, 0.5))},
    )
    assert [row["index"] for row in rows] == [*range(1, MOST + 1)] * 2


def test_outputs_of_another_shape_have_no_rows():
    target = Target("y", "regression", None, ())
    assert worst({"y": target}, {"y": np.zeros(2, np.float32)}, [0, 1], {"y": np.zeros((2, 5), np.float32)}) == []
