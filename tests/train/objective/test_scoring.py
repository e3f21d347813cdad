import keras
import numpy as np

from kpipe.data.dataset import Target
from kpipe.train.objective.objective import Objective, TargetObjective
from kpipe.train.objective.scoring import Scoring
from tests.train.stand_in import ArrayData


def objective_of(name, task, classes):
    target = Target(name, task, classes, ())
    form = "sparse" if classes else "numbers"
    return TargetObjective(target, "logits", True if classes else None, form, (2,), keras.losses.Hinge, list)


def test_the_batches_of_a_part_are_scored_by_the_labels_of_its_samples():
    labels = {"kind": np.array([0, 1, 0, 1, 1]), "price": np.zeros(5, np.float32)}
    items = {
        "kind": objective_of("kind", "classification", ("a", "b")),
        "price": objective_of("price", "regression", None),
    }
    targets = {name: item.target for name, item in items.items()}
    data = ArrayData({"x": np.zeros((5, 1), np.float32)}, targets, labels, {"test": np.array([4, 0, 2])})
    scoring = Scoring(data, "test", Objective(items))
    logits = np.log(np.array([[0.25, 0.75], [0.5, 0.5], [0.125, 0.875]]))
    scoring.add("kind", logits[:2])
    scoring.add("price", np.zeros((2, 1)))
    scoring.add("kind", logits[2:])
    found = scoring.scores()
    assert list(found) == ["kind"]
    assert np.allclose(found["kind"].probability, [0.75, 0.5, 0.125], rtol=1e-6)
    assert found["kind"].predicted.tolist() == [1, 0, 1]


def test_outputs_of_another_shape_are_not_scored():
    item = objective_of("y", "classification", ("a", "b"))
    data = ArrayData(
        {"x": np.zeros((2, 1), np.float32)}, {"y": item.target}, {"y": np.array([0, 1])}, {"test": np.arange(2)}
    )
    scoring = Scoring(data, "test", Objective({"y": item}))
    scoring.add("y", np.zeros((2, 3)))
    assert scoring.scores() == {}
