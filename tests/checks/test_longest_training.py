import pytest

from kpipe.checks.longest_training import longest_training
from kpipe.space.search_space import SearchSpace
from kpipe.spec.reader import read

SPEC = """
name: toy
data: {source: Digits}
model: [Flatten, {Dense: {units: =classes}}]
train: {epochs: 9}
tune: {space: {data.batch_size: {Int: [8, 64]}}}
"""
TWO = {"train.stages": [{"epochs": 3}, {}]}


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({}, [9]),
        ({"tune.space.train.epochs": {"Int": [2, 12]}}, [12]),
        (TWO, [3, 9]),
        ({**TWO, "tune.space.train.epochs": {"Int": [2, 12]}}, [3, 12]),
        ({**TWO, "tune.space.train.stages.0.epochs": {"LogInt": [2, 8]}}, [8, 9]),
        ({**TWO, "tune.space.train.stages.0.epochs": {"Choice": ["=7", 4]}}, [7, 9]),
        ({**TWO, "tune.space.train.stages.0": {"Choice": [{"epochs": 20}, {"epochs": 1}]}}, [20, 9]),
        ({"tune.space.train.stages": {"Choice": [[{"epochs": 4}], [{"epochs": 1}, {}], None]}}, [1, 9]),
        ({"train.stages": ["FeatureExtraction", {"FineTune": {"epochs": 4}}]}, [9, 4]),
        ({"train.stages": "Transfer", "tune.space.train.epochs": {"Int": [2, 12]}}, [12, 12]),
        ({"train.stages": ["FineTune"], "tune.space.train.stages.0.epochs": {"Int": [2, 5]}}, [5]),
        ({"train.stages": "FineTune", "tune.space.train.stages.epochs": {"Int": [2, 5]}}, [5]),
        ({"train.stages": "FineTune", "tune.space.train.stages.FineTune.epochs": {"Int": [2, 5]}}, [5]),
        ({"train.stages": ["Transfer", {}], "tune.space.train.stages.0.Transfer.epochs": {"Int": [2, 5]}}, [5, 5, 9]),
        ({"tune.space.train.stages": {"Choice": ["Transfer", [{"FineTune": {"epochs": 30}}]]}}, [30]),
        ({"tune.space.train.stages": {"Choice": [{"Transfer": {"epochs": [2, 30]}}, None]}}, [2, 30]),
    ],
)
def test_the_largest_number_of_epochs_of_each_stage(changes, expected):
    spec = read(SPEC, changes)
    space = SearchSpace.read(spec.tune.space, spec.evaluated, [])
    assert longest_training(spec, space) == expected
