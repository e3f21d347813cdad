"""Constructors and specs refuse the same arguments, by the same annotations."""

from __future__ import annotations

import inspect
import math
from collections.abc import Mapping
from typing import Annotated, Any, Literal

import keras
import numpy as np
import pytest
from annotated_types import Ge, Gt, Interval, Le

from kpipe.components import check_arguments, vocabulary
from kpipe.components.argument_check import fits
from kpipe.components.check_value import check_value
from kpipe.components.inspection.kinds import KINDS
from kpipe.errors import ArgumentError, Mark
from kpipe.spec.node import Node

Share = Annotated[float, Interval(ge=0, le=1)]


class Checked:
    """A class with a constructor of many forms."""

    @check_arguments
    def __init__(
        self,
        rate: Annotated[float, Interval(ge=0, lt=1)],
        units: Annotated[int, Ge(1)] | None = None,
        *,
        groups: Annotated[int, Ge(2)] | Literal["auto"] = "auto",
        components: Annotated[int, Ge(1)] | Annotated[float, Interval(gt=0, lt=1)] = 1,
        shares: Share | list[Share] = 0.5,
        pair: tuple[Annotated[int, Ge(1)], Annotated[int, Ge(2)]] = (1, 2),
        weights: Mapping[str, Annotated[float, Gt(0)]] | None = None,
        learning_rate: Annotated[float, Gt(0)] | keras.optimizers.schedules.LearningRateSchedule = 0.1,
        later: Annotated[int, Le(3)] | Later | None = None,
        whatever: Any = None,
        plain: int = 0,
        **kwargs: Any,
    ) -> None:
        self.given = (rate, units, kwargs)


class Later:
    """A class that is defined after the constructor that names it."""


@pytest.mark.parametrize(
    "arguments",
    [
        {"rate": 0},
        {"rate": np.float32(0.5), "units": np.int64(1)},
        {"rate": 0.999, "units": None, "groups": "auto"},
        {"rate": 0.0, "components": 3, "shares": [0, 1.0], "pair": [1, 2]},
        {"rate": 0.0, "components": 0.5, "shares": np.array([0.25, 0.5])},
        {"rate": 0.0, "weights": {"a": 1e-9}, "learning_rate": keras.optimizers.schedules.CosineDecay(0.1, 5)},
        {"rate": 0.0, "later": Later(), "whatever": object(), "plain": "not checked", "more": -1},
    ],
)
def test_what_an_annotation_allows_is_passed_on(arguments):
    assert Checked(**arguments).given[0] == arguments["rate"]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"rate": 1}, "rate: out of range; expected a number of at least 0 and less than 1, got 1"),
        ({"rate": math.nan}, "rate: out of range; expected a number of at least 0 and less than 1, got nan"),
        ({"rate": "a"}, "rate: not allowed; expected a number of at least 0 and less than 1, got 'a'"),
        ({"rate": True}, "rate: not allowed; expected a number of at least 0 and less than 1, got True"),
        ({"units": 2.0}, "units: not allowed; expected an integer of at least 1 or None, got 2.0"),
        ({"units": 0}, "units: out of range; expected an integer of at least 1 or None, got 0"),
        ({"groups": 1}, "groups: out of range; expected auto or an integer of at least 2, got 1"),
        ({"groups": "all"}, "groups: not allowed; expected auto or an integer of at least 2, got 'all'"),
        (
            {"components": 1.5},
            "components: out of range; expected an integer of at least 1 or a number greater than 0 and less than "
            "1, got 1.5",
        ),
        (
            {"shares": [0.5, 2]},
            "shares: not allowed; expected a number between 0 and 1 or a list of numbers between 0 and 1, got [0.5, 2]",
        ),
        (
            {"learning_rate": -1.0},
            "learning_rate: out of range; expected a number greater than 0 or a schedule, got -1.0",
        ),
    ],
)
def test_what_it_does_not_allow_is_refused(arguments, message):
    with pytest.raises(ArgumentError) as caught:
        Checked(**{"rate": 0.5, **arguments})
    assert str(caught.value) == message
    assert caught.value.argument == next(iter(arguments))


@pytest.mark.parametrize(
    "arguments",
    [
        {"pair": (1, 1)},
        {"pair": (1, 2, 3)},
        {"weights": {"a": 0.0}},
        {"weights": [1.0]},
        {"later": 4},
        {"shares": "0.5"},
    ],
    ids=str,
)
def test_what_is_inside_of_it_counts_too(arguments):
    with pytest.raises(ArgumentError, match=next(iter(arguments))):
        Checked(0.5, **arguments)


def test_arguments_that_the_call_itself_refuses_have_the_message_of_python():
    with pytest.raises(TypeError, match="missing 1 required positional argument: 'rate'"):
        Checked()
    with pytest.raises(TypeError, match="takes from 2 to 3 positional arguments"):
        Checked(0.5, 1, 2)


def test_the_signature_stays():
    assert list(inspect.signature(Checked).parameters)[:2] == ["rate", "units"]
    assert inspect.getfullargspec(Checked.__init__).varkw == "kwargs"


def test_keras_makes_a_configuration_of_a_layer_with_a_checked_constructor():
    class Mine(keras.layers.Layer):
        @check_arguments
        def __init__(self, rate: Share = 0.5, **kwargs: Any) -> None:
            super().__init__(**kwargs)
            self.rate = rate

    assert Mine(0.25, name="mine").get_config()["rate"] == 0.25
    assert Mine.from_config(Mine(0.25).get_config()).rate == 0.25


def test_an_annotation_that_cannot_be_checked_allows_anything():
    class Partly:
        @check_arguments
        def __init__(self, value: Annotated[int, Ge(1)] | Literal[3.5] | Nowhere = 1, type_: Any = None): ...  # noqa: F821

    Partly(-1)
    assert fits(3, list[int] | Any)
    assert not fits([1.5], list[int])


#: What the required arguments of a class are, besides the one that is tried.
GIVEN = {
    "DropConnect": {"layer": keras.layers.Dense(1), "rate": 0.5},
    "StochasticDepth": {"branch": keras.layers.Dense(1)},
    "FractalJoin": {"columns": 2},
    "Maxout": {"units": 1},
    "PaddedShortcut": {"filters": 1},
    "WeightStandardizedConv2D": {"filters": 1, "kernel_size": 3},
    "PrecisionAtRecall": {"recall": 0.5},
    "RecallAtPrecision": {"precision": 0.5},
    "SensitivityAtSpecificity": {"specificity": 0.5},
    "SpecificityAtSensitivity": {"sensitivity": 0.5},
    "ImagePairs": {"inputs": {"image": "photos"}, "masks": {"y": "masks"}},
    "ImageTable": {"path": "a.csv", "inputs": {"image": "photo"}, "masks": {"y": "mask"}},
    "KerasDataset": {"dataset": "imdb"},
    "PCA": {"components": 1},
    "Resize": {"height": 1, "width": 1},
    "CosineRestartsSchedule": {"period_epochs": 1},
    "CyclicSchedule": {"period_epochs": 1, "low_learning_rate": 0.1},
    "ExponentialSchedule": {"decay_per_epoch": 1},
    "InverseTimeSchedule": {"decay_per_epoch": 1},
    "StepSchedule": {"milestone_epochs": [1]},
}


def limited():
    """Every argument of kpipe's components that has a range, with values just outside of it."""
    words = vocabulary()
    for kind in KINDS:
        for known in words.components(kind):
            for argument in known.arguments.values() if known.origin == "kpipe" else ():
                # Python code may pass Keras' `verbose=2`.
                if kind == "callback" and argument.name == "verbose":
                    continue
                low, high = argument.minimum, argument.maximum
                step = 1 if "float" not in argument.types else 1e-3
                ends = [(low, -step, argument.minimum_open), (high, step, argument.maximum_open)]
                values = [end if is_open else end + away for end, away, is_open in ends if end is not None]
                for value in values:
                    yield known, argument, int(value) if float(value).is_integer() else value


@pytest.mark.parametrize(
    ("known", "argument", "value"),
    [pytest.param(*entry, id=f"{entry[0].name}-{entry[1].name}-{entry[2]}") for entry in limited()],
)
def test_the_class_and_the_spec_refuse_the_same(known, argument, value):
    problems = []
    check_value(Node(value, Mark("a.yaml", 1, 1, 1, 2)), argument, argument.name, problems)
    assert len(problems) == 1
    needed = {**GIVEN.get(known.name, {}), argument.name: value}
    if "list" in argument.types and not argument.types & {"int", "float"}:
        needed[argument.name] = [value]
    if argument.name == "milestone_steps":
        del needed["milestone_epochs"]
    # One message is for both of milestone_epochs and milestone_steps.
    with pytest.raises(ValueError, match=argument.name.removesuffix("_epochs").removesuffix("_steps")):
        known.load()(**needed)
