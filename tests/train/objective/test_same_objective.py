from kpipe.train.objective.objective import decide
from kpipe.train.objective.same_objective import same_objective

from ..stand_in import train_section
from .test_objective import TWO, model

OUTPUT = model(2)


def objective(**values):
    return decide(train_section(**values), OUTPUT, {"y": TWO})


def test_what_was_decided_may_be_written_out():
    loss = {"SparseCategoricalCrossentropy": {"from_logits": True}}
    assert same_objective(objective(), objective(loss=loss, metrics=["accuracy"]))


def test_what_differs():
    loss = {"SparseCategoricalCrossentropy": {"from_logits": True, "reduction": "sum"}}
    assert not same_objective(objective(), objective(loss=loss))
    assert not same_objective(objective(), objective(metrics=["accuracy", "AUC"]))
    assert not same_objective(objective(), objective(metrics=["SparseCategoricalAccuracy"]))
