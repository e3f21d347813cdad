"""Factors on the learning rate, with Keras' MultiOptimizer and NumPy as the oracles."""

import io

import keras
import numpy as np
import pytest
from golden import expect_messages, raises

import kpipe
from kpipe.components import vocabulary
from kpipe.errors import SpecError
from kpipe.keras_internals import multiply_learning_rates
from kpipe.messages.reporter import Reporter
from kpipe.model.learning_rate_multipliers import variable_factors
from kpipe.train.run_control import RunControl

from .test_model_layers import built_of

# Keras' own saver calls NumPy in a way that NumPy 2 will refuse one day.
pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation doesn't accept a copy:DeprecationWarning")

FACTORS = (0.1, 1.0, 3.0)
#: Those that contain other optimizers, or have no learning rate.
OTHERS = {"LossScaleOptimizer", "LBFGS", "MultiOptimizer"}
OPTIMIZERS = sorted(
    name for name in dir(keras.optimizers) if name in vocabulary().names("optimizer") and name not in OTHERS
)


def gradients(step):
    generator = np.random.default_rng(step)
    return [generator.standard_normal((4, 3)).astype(np.float32) for _ in FACTORS]


def trained(make, steps=6, factors=FACTORS, together=True):
    """The variables after some steps, by one optimizer with factors, or by one optimizer for each variable."""
    start = np.random.default_rng(9).standard_normal((4, 3)).astype(np.float32)
    variables = [keras.Variable(start, name=f"kernel_{index}") for index in range(len(factors))]
    if together:
        optimizer = make(1.0)
        optimizer.build(variables)
        multiply_learning_rates(optimizer, {id(v): factor for v, factor in zip(variables, factors, strict=True)})
        for step in range(steps):
            optimizer.apply(gradients(step), variables)
    else:
        optimizers = [make(factor) for factor in factors]
        for optimizer, variable in zip(optimizers, variables, strict=True):
            optimizer.build([variable])
        for step in range(steps):
            for optimizer, variable, gradient in zip(optimizers, variables, gradients(step), strict=True):
                optimizer.apply([gradient], [variable])
    return [variable.numpy() for variable in variables]


@pytest.mark.parametrize("weight_decay", [None, 0.1])
@pytest.mark.parametrize("name", OPTIMIZERS)
def test_each_optimizer_moves_as_with_its_own_learning_rate(name, weight_decay):
    def make(factor):
        decay = {} if weight_decay is None else {"weight_decay": weight_decay}
        return getattr(keras.optimizers, name)(learning_rate=0.02 * factor, **decay)

    found, expected = trained(make), trained(make, together=False)
    for one, other in zip(found, expected, strict=True):
        np.testing.assert_allclose(one, other, rtol=0, atol=6e-7)


@pytest.mark.parametrize("name", ["SGD", "Adam", "AdamW", "RMSprop"])
def test_it_equals_the_multi_optimizer_of_keras(name):
    def model():
        keras.utils.set_random_seed(3)
        layers = [keras.layers.Dense(5, activation="tanh", name="body"), keras.layers.Dense(2, name="head")]
        return keras.Sequential([keras.Input((4,)), *layers])

    def fitted(made, optimizer, factors=()):
        made.compile(optimizer, "mse")
        made.optimizer.build(made.trainable_variables)
        if factors:
            variables = zip(made.trainable_variables, factors, strict=True)
            multiply_learning_rates(made.optimizer, {id(variable): factor for variable, factor in variables})
        generator = np.random.default_rng(0)
        x, y = generator.standard_normal((64, 4)), generator.standard_normal((64, 2))
        made.fit(x, y, epochs=2, batch_size=16, shuffle=False, verbose=0)
        return made.get_weights()

    make = getattr(keras.optimizers, name)
    one = fitted(model(), make(0.01), (0.1, 0.1, 1.0, 1.0))
    places = keras.optimizers.OptimizerMap(make(0.01), {".*body.*": make(0.001)})
    two = fitted(model(), keras.optimizers.MultiOptimizer(places))
    for first, second in zip(one, two, strict=True):
        np.testing.assert_allclose(first, second, rtol=0, atol=6e-7)


def test_clipping_by_the_global_norm_sees_all_gradients_as_in_numpy():
    def make(factor):
        return keras.optimizers.SGD(0.1 * factor, momentum=0.9, global_clipnorm=1.0, weight_decay=0.05)

    found = trained(make)
    start = np.random.default_rng(9).standard_normal((4, 3)).astype(np.float32)
    weights, momenta = [start.astype(np.float64) for _ in FACTORS], [np.zeros((4, 3)) for _ in FACTORS]
    for step in range(6):
        values = gradients(step)
        norm = np.sqrt(sum((value.astype(np.float64) ** 2).sum() for value in values))
        for index, factor in enumerate(FACTORS):
            weights[index] -= weights[index] * 0.05 * 0.1 * factor
            momenta[index] = 0.9 * momenta[index] - 0.1 * factor * values[index] * min(1.0, 1.0 / norm)
            weights[index] += momenta[index]
    for one, other in zip(found, weights, strict=True):
        np.testing.assert_allclose(one, other, rtol=0, atol=2e-6)


def test_the_factor_is_on_the_rate_that_a_schedule_sets():
    def make(factor):
        rate = keras.optimizers.schedules.ExponentialDecay(0.1 * factor, 2, 0.5)
        return keras.optimizers.SGD(rate, weight_decay=0.1)

    for one, other in zip(trained(make), trained(make, together=False), strict=True):
        np.testing.assert_allclose(one, other, rtol=0, atol=6e-7)


def test_accumulated_gradients_are_multiplied_once():
    def make(factor):
        return keras.optimizers.Adam(0.1 * factor, gradient_accumulation_steps=2, weight_decay=0.1)

    for one, other in zip(trained(make), trained(make, together=False), strict=True):
        np.testing.assert_allclose(one, other, rtol=0, atol=6e-7)


MODEL = [
    "Flatten",
    {"Dense": {"units": 8, "activation": "relu", "name": "stem"}},
    {"BatchNormalization": {"name": "norm", "momentum": 0.8}},
    {"Dense": {"units": 8, "activation": "relu", "name": "mid"}},
    {"Dense": {"units": "=classes", "name": "head"}},
]


def spec_of(multipliers, **train):
    return {
        "name": "multiplied",
        "data": {"source": "Digits", "batch_size": 64, "prepare": ["Rescale"]},
        "model": MODEL,
        "train": {"epochs": 2, "learning_rate_multipliers": multipliers, **train},
    }


@pytest.mark.parametrize(
    ("multipliers", "factors"),
    [
        ({"Groups": {"stem": 0.5, "head": 2}}, {"stem": 0.5, "head": 2.0}),
        ({"LayerDecay": {"factor": 0.5}}, {"stem": 0.25, "norm": 0.25, "mid": 0.5, "head": 1.0}),
        (None, {}),
    ],
)
def test_the_variables_of_a_layer_have_its_factor(multipliers, factors):
    built = built_of(spec_of(multipliers))
    assert built.multipliers == factors
    layers = [built.model.get_layer(name) for name in factors]
    assert variable_factors(built) == {
        id(variable): factors[layer.name] for layer in layers for variable in layer.trainable_variables
    }


@pytest.mark.slow
@pytest.mark.parametrize("precision", ["float32", "mixed_float16"])
def test_a_run_moves_slowed_layers_less(tmp_path, precision):
    """The first update of Adam is the learning rate, whatever the gradient is."""
    options = {"epochs": 1, "optimizer": {"Adam": {"learning_rate": 0.01, "epsilon": 1e-12}}, "precision": precision}
    spec = spec_of({"Groups": {"stem": 0.01, "mid": 0.1}}, **options)
    spec["data"] = {**spec["data"], "batch_size": 2000, "validation": 0.01}
    pipeline = kpipe.load(spec)
    before, run = pipeline.build(), pipeline.run(tmp_path / "run")
    moves = {
        name: float(np.abs(run.model.get_layer(name).get_weights()[0] - before.get_layer(name).get_weights()[0]).max())
        for name in ("stem", "mid", "head")
    }
    assert moves == pytest.approx({"stem": 1e-4, "mid": 1e-3, "head": 1e-2}, rel=2e-3)


@pytest.mark.slow
def test_a_resumed_run_is_bit_identical(tmp_path):
    pipeline = kpipe.load(spec_of({"LayerDecay": {"factor": 0.5}}, epochs=3, callbacks=["CosineSchedule"]))
    whole = pipeline.run(tmp_path / "whole")
    pipeline.run(tmp_path / "paused", control=RunControl(pause_after=1))
    resumed = pipeline.run(tmp_path / "paused", resume=True)
    assert all(map(np.array_equal, whole.model.get_weights(), resumed.model.get_weights()))
    other = kpipe.load(spec_of(None, epochs=3, callbacks=["CosineSchedule"])).run(tmp_path / "other")
    assert not all(map(np.array_equal, whole.model.get_weights(), other.model.get_weights()))


def test_the_factors_are_reported():
    reporter = Reporter(messages=io.StringIO(), results=io.StringIO(), terminal=False)
    kpipe.load(spec_of({"Groups": {"stem": 0.5, "norm": 0.5, "head": 2}})).validate(say=reporter.say)
    lines = reporter.messages.getvalue().splitlines()
    expect_messages(line for line in lines if line.startswith("learning_rate_multipliers"))


@pytest.mark.parametrize(
    ("multipliers", "train"),
    [
        ({"Groups": {"stemm": 0.1}}, {}),
        ({"Groups": {"stem": 0}}, {}),
        ({"Groups": {"stem": "slow"}}, {}),
        ("Groups", {}),
        ({"Groups": {"stem": 0.1}}, {"freeze": ["stem"]}),
        ({"LayerDecay": {"factor": 2}}, {}),
        ({"LayerDecay": {"factr": 0.5}}, {}),
        ("LayerDecay", {}),
        ({"Groups": {"stem": 0.1}}, {"optimizer": "LBFGS"}),
    ],
    ids=["unknown", "zero", "string", "empty", "frozen", "range", "argument", "required", "lbfgs"],
)
def test_what_is_not_allowed_is_reported_at_its_place(multipliers, train):
    with raises(SpecError):
        kpipe.load(spec_of(multipliers, **train)).validate()
