import abc
import types

import keras
import pytest

import kpipe
from kpipe.components.inspection.module_components import components_of, kind_of_class, loading, loading_module
from kpipe.data.prepare.preparation import Preparation
from kpipe.data.sources.source import Source

CODE = """
import abc
import keras
from keras.layers import Dense
from kpipe.data.prepare.preparation import Preparation
from kpipe.data.prepare.rescale import Rescale
from kpipe.data.sources.source import Source


class Mine(keras.layers.Layer): ...
class _Private(Mine): ...
class lower(Mine): ...
class Plain: ...
class Net(keras.Model): ...
class Calls(keras.callbacks.Callback): ...
class Steps(Preparation): ...
class Shelf(Source):
    def open(self, context): ...
Other = Mine
CONSTANT = 3
Instance = keras.layers.Dense(3)
def Function(): ...
"""


def module(name, code=CODE):
    made = types.ModuleType(name)
    with loading(name):
        exec(code, vars(made))
    return made


def test_the_components_of_a_module_are_its_own_public_concrete_classes():
    made = module("own_of_test_components")
    assert {(kind, name) for kind, name, _ in components_of(made)} == {
        ("layer", "Mine"),
        ("layer", "Other"),
        ("layer", "Net"),
        ("callback", "Calls"),
        ("source", "Shelf"),
    }
    assert ("layer", "Mine", made.Mine) in components_of(made)


def test_what_a_module_lists_is_what_it_offers():
    code = f"{CODE}\n__all__ = ['Mine', 'Dense', 'Rescale', 'CONSTANT', 'Function', 'Nothing', 'lower']\n"
    made = module("listed_of_test_components", code)
    assert [(kind, name) for kind, name, _ in components_of(made)] == [
        ("layer", "Mine"),
        ("layer", "Dense"),
        ("preparation", "Rescale"),
    ]


def test_what_a_module_registers_is_offered_too_and_what_another_registers_is_not():
    code = f"{CODE}\nimport kpipe\nkpipe.register(Function, kind='layer')\nkpipe.register(_Private, name='Public')\n"
    made = module("registering_of_test_components", code)
    found = {name: value for _, name, value in components_of(made)}
    assert found["Function"] is made.Function
    assert found["Public"] is made._Private
    assert "Function" not in {name for _, name, _ in components_of(module("other_of_test_components"))}


def test_loading_knows_the_innermost_module_and_ends_with_its_block():
    assert loading_module() is None
    with loading("outer_of_test_components"):
        with loading("inner_of_test_components"):
            assert loading_module() == "inner_of_test_components"
        assert loading_module() == "outer_of_test_components"
    with pytest.raises(ZeroDivisionError), loading("outer_of_test_components"):
        _ = 1 / 0
    assert loading_module() is None


@pytest.mark.parametrize(
    ("base", "kind"),
    [
        (keras.layers.Dense, "layer"),
        (keras.Sequential, "layer"),
        (keras.initializers.Initializer, "initializer"),
        (keras.regularizers.Regularizer, "regularizer"),
        (keras.constraints.Constraint, "constraint"),
        (keras.losses.Loss, "loss"),
        (keras.metrics.Mean, "metric"),
        (keras.optimizers.SGD, "optimizer"),
        (keras.optimizers.schedules.LearningRateSchedule, "schedule"),
        (keras.callbacks.Callback, "callback"),
        (Source, "source"),
        (Preparation, "preparation"),
        (abc.ABC, None),
    ],
)
def test_the_base_class_tells_the_kind(base, kind):
    assert kind_of_class(type("Mine", (base,), {})) == kind
    assert kind_of_class(base.__name__) is None


def layer(name):
    return type(name, (keras.layers.Layer,), {"__module__": "mine", "call": lambda self, inputs: inputs})


def test_register_and_the_classes_of_a_module_agree_on_the_kind():
    with loading("agree_of_test_components"):
        made = kpipe.register(layer("Agreeing"))
    assert components_of(types.ModuleType("agree_of_test_components")) == [("layer", "Agreeing", made)]
