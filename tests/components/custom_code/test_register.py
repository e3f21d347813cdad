import functools

import keras
import pytest
from golden import expect_message

import kpipe
from kpipe.components import vocabulary
from kpipe.components.inspection.module_components import components_of, loading
from kpipe.errors import ArgumentError

from ..marked import problems

HERE = __name__


@pytest.fixture(autouse=True)
def forgotten():
    """What a test registers is not there afterwards."""
    yield
    vocabulary().remove(HERE)


def test_a_decorator_without_arguments_returns_the_class_and_makes_it_known():
    @kpipe.register
    class Twice(keras.layers.Layer):
        """Doubles."""

        def __init__(self, times: int = 1, **kwargs):
            super().__init__(**kwargs)
            self.times = times

    known = vocabulary().find("layer", "Twice")
    assert known.load() is Twice
    assert (known.origin, known.summary) == (HERE, "Doubles.")
    assert vocabulary().find("layer", f"{HERE}.Twice") == known
    assert [problem.path for problem in problems("Twice: {times: x}", "layer")] == ["here.Twice.times"]
    assert problems("Twice: {times: 2, trainable: false}", "layer") == []


def test_a_function_needs_its_kind_and_its_arguments_are_those_of_the_component():
    @kpipe.register(kind="schedule")
    def Halved(rate: float, *, every: int = 10):  # noqa: N802
        return keras.optimizers.schedules.ExponentialDecay(rate, every, 0.5)

    known = vocabulary().find("schedule", "Halved")
    assert known.load() is Halved
    assert known.arguments["rate"].required
    assert (known.arguments["every"].default, known.arguments["every"].types) == (10, frozenset({"int"}))


def test_another_name_and_another_kind_than_the_class_tells():
    @kpipe.register(name="Calm", kind="callback")
    class quiet(keras.callbacks.Callback):  # noqa: N801
        pass

    assert vocabulary().find("callback", "Calm").load() is quiet
    assert vocabulary().find("callback", "quiet") is None


def test_registering_again_replaces():
    for default in (1, 2):

        @kpipe.register
        class Again(keras.layers.Layer):
            def __init__(self, value: int = default, **kwargs):
                super().__init__(**kwargs)

    assert vocabulary().find("layer", "Again").arguments["value"].default == 2
    assert vocabulary().find("layer", "Again").load() is Again


@pytest.mark.parametrize(
    ("component", "options", "argument"),
    [
        (lambda: None, {}, "kind"),
        (dict, {}, "kind"),
        (keras.layers.Layer, {"kind": "Layer"}, "kind"),
        (lambda: None, {"kind": "layer"}, "name"),
        (keras.layers.Layer, {"name": "my_layer"}, "name"),
        (keras.layers.Layer, {"name": "Mine.Layer"}, "name"),
    ],
)
def test_what_cannot_be_registered(component, options, argument):
    with pytest.raises(ArgumentError) as caught:
        kpipe.register(component, **options)
    assert caught.value.argument == argument
    expect_message(caught.value.message)


def test_what_a_module_registers_while_it_is_loaded_is_its_own_and_unknown_to_others():
    module = type(pytest)(f"{HERE}.loaded")
    with loading(module.__name__):

        @kpipe.register(kind="layer")
        def Loaded(units: int):  # noqa: N802
            return keras.layers.Dense(units)

    assert vocabulary().find("layer", "Loaded") is None
    assert components_of(module) == [("layer", "Loaded", Loaded)]


def test_a_partial_is_a_function_as_well():
    kpipe.register(functools.partial(keras.layers.Dense, units=3), kind="layer", name="Three")
    assert vocabulary().find("layer", "Three") is not None
