import pytest

from kpipe.errors import ArgumentError
from kpipe.train.stages.recipes import FineTune
from kpipe.train.stages.recipes.fine_tune import trained_layers
from tests.train.stages.recipes.contexts import context

SLOW = {"optimizer": {"Adam": {"learning_rate": 0.001}}}


def test_a_share_of_the_body():
    (stage,) = FineTune(last=0.3).stages(context())
    assert stage == {"only": ["head", {"Last": {"share": 0.3, "except": ["head"]}}], **SLOW}


def test_all_layers_by_default():
    assert FineTune().stages(context()) == [{"freeze": [], **SLOW}]


def test_the_factor_of_the_learning_rate():
    assert FineTune(learning_rate_factor=1).stages(context(optimizer="LBFGS")) == [{"freeze": []}]
    (stage,) = FineTune(learning_rate_factor=0.5).stages(context())
    assert stage["optimizer"] == {"Adam": {"learning_rate": 0.005}}


def test_several_items_as_head():
    last = {"Last": {"share": 0.5, "except": ["one", "two"]}}
    assert trained_layers(["one", "two"], 0.5) == {"only": ["one", "two", last]}


@pytest.mark.parametrize(
    "arguments", [{"last": 0}, {"last": 1.1}, {"learning_rate_factor": 0}, {"learning_rate_factor": 2}, {"epochs": 0}]
)
def test_arguments_out_of_range(arguments):
    with pytest.raises(ArgumentError, match="out of range"):
        FineTune(**arguments)
