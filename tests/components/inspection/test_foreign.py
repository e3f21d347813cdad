import abc
import types

import keras
import pytest

import kpipe
from kpipe.components.inspection.foreign import components_of, kind_of_class, loading, loading_module, make_serializable
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
    made = module("own_of_test_foreign")
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
    made = module("listed_of_test_foreign", code)
    assert [(kind, name) for kind, name, _ in components_of(made)] == [
        ("layer", "Mine"),
        ("layer", "Dense"),
        ("preparation", "Rescale"),
    ]


def test_what_a_module_registers_is_offered_too_and_what_another_registers_is_not():
    code = f"{CODE}\nimport kpipe\nkpipe.register(Function, kind='layer')\nkpipe.register(_Private, name='Public')\n"
    made = module("registering_of_test_foreign", code)
    found = {name: value for _, name, value in components_of(made)}
    assert found["Function"] is made.Function
    assert found["Public"] is made._Private
    assert "Function" not in {name for _, name, _ in components_of(module("other_of_test_foreign"))}


def test_loading_knows_the_innermost_module_and_ends_with_its_block():
    assert loading_module() is None
    with loading("outer_of_test_foreign"):
        with loading("inner_of_test_foreign"):
            assert loading_module() == "inner_of_test_foreign"
        assert loading_module() == "outer_of_test_foreign"
    with pytest.raises(ZeroDivisionError), loading("outer_of_test_foreign"):
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


def test_a_class_is_registered_with_keras_by_its_module_without_a_digest():
    for origin, name in (("kpipe_import_my_layers_0123456789ab", "FileLayer"), ("my_package.layers", "PackageLayer")):
        mine = layer(name)
        make_serializable(mine, origin)
        package = "my_layers" if name == "FileLayer" else origin
        assert keras.saving.get_registered_name(mine) == f"{package}>{name}"
        saved = keras.saving.serialize_keras_object(mine(name="a"))
        assert type(keras.saving.deserialize_keras_object(saved)) is mine


def test_what_registered_itself_and_what_is_not_foreign_is_left_alone():
    named = keras.saving.register_keras_serializable(package="theirs", name="Named")(layer("SelfRegistered"))
    make_serializable(named, "my_package")
    assert keras.saving.get_registered_name(named) == "theirs>Named"
    for origin in ("keras", "kpipe"):
        make_serializable(keras.layers.Dense, origin)
    assert keras.saving.get_registered_name(keras.layers.Dense) == "Dense"
    make_serializable(len, "my_package")
    make_serializable(type("NoConfig", (), {}), "my_package")


def test_register_and_the_classes_of_a_module_agree_on_the_kind():
    with loading("agree_of_test_foreign"):
        made = kpipe.register(layer("Agreeing"))
    assert components_of(types.ModuleType("agree_of_test_foreign")) == [("layer", "Agreeing", made)]
