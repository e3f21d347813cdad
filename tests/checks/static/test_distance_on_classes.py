"""Distances as the loss of classes are reported."""

from checks.static.networks import found

from kpipe.checks.static.distance_on_classes import DistanceOnClasses
from kpipe.checks.static.target_facts import TargetFacts


def judged(task, loss):
    return found(DistanceOnClasses(), targets={"y": TargetFacts(task=task, loss=loss)})


def test_classes_with_a_distance_are_reported():
    assert judged("classification", "MeanSquaredError") == [
        "train.loss: MeanSquaredError measures distances between numbers, but this target has classes; write auto"
    ]
    assert len(judged("multilabel", "Huber")) == 1


def test_numbers_and_crossentropies_are_not():
    assert judged("regression", "MeanSquaredError") == []
    assert judged("classification", "CategoricalCrossentropy") == []
