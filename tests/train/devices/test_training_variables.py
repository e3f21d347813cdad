from types import SimpleNamespace

import keras
import numpy as np
import pytest
import tensorflow as tf

from kpipe.train.devices.training_variables import read_variable, training_variables, write_variable
from kpipe.train.objective.metric_values import build_metrics

from ..stand_in import blobs, classifier, numbers


def compiled(optimizer, dropout: float = 0.3) -> keras.Model:
    model = classifier(dropout=dropout)
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    model.compile(optimizer, loss, metrics=[keras.metrics.SparseCategoricalAccuracy(name="accuracy")])
    model.optimizer.build(model.trainable_variables)
    build_metrics(model, blobs().batches("train", epoch=0))
    return model


def names(model: keras.Model) -> list[str]:
    return [variable.path for variable in training_variables(model)]


def test_weights_statistics_seeds_metrics_and_the_optimizers_state_are_there_once():
    model = compiled(keras.optimizers.Adam(0.01))
    found = training_variables(model)
    assert len({id(variable) for variable in found}) == len(found)
    listed = "\n".join(names(model))
    for part in (
        "kernel",
        "bias",
        "moving_mean",
        "moving_variance",
        "seed_generator_state",
        "loss/total",
        "accuracy/count",
        "iteration",
        "learning_rate",
        "kernel_momentum",
        "kernel_velocity",
    ):
        assert part in listed


@pytest.mark.parametrize(
    ("optimizer", "part"),
    [
        (lambda: keras.optimizers.SGD(0.1, use_ema=True), "average"),
        (lambda: keras.optimizers.SGD(0.1, gradient_accumulation_steps=2), "accumul"),
        (lambda: keras.optimizers.LossScaleOptimizer(keras.optimizers.Adam(0.1)), "dynamic_scale"),
        (lambda: keras.optimizers.LossScaleOptimizer(keras.optimizers.Adam(0.1)), "velocity"),
    ],
)
def test_what_optimizers_keep_besides(optimizer, part):
    assert any(part in name for name in names(compiled(optimizer())))


@pytest.mark.slow
def test_nothing_changes_in_a_step_but_these():
    """A training continues bit-identically from these alone: a model that is given them takes the same step."""
    data = blobs()
    optimizers = [keras.optimizers.Adam(0.01, use_ema=True, gradient_accumulation_steps=2) for _ in range(2)]
    first, second = (compiled(optimizer) for optimizer in optimizers)
    first.fit(data.batches("train", epoch=0), verbose=0, shuffle=False)
    for ours, theirs in zip(training_variables(second), training_variables(first), strict=True):
        write_variable(ours, read_variable(theirs))
    for model in (first, second):
        model.fit(data.batches("train", epoch=1), verbose=0, shuffle=False)
    for ours, theirs in zip(training_variables(second), training_variables(first), strict=True):
        np.testing.assert_array_equal(numbers(ours), numbers(theirs))


def test_their_order_depends_on_the_model_alone():
    first, second = (compiled(keras.optimizers.Adam(0.01)) for _ in range(2))
    ends = [[name.rpartition("/")[2] for name in names(model)] for model in (first, second)]
    shapes = [[variable.shape for variable in training_variables(model)] for model in (first, second)]
    assert shapes[0] == shapes[1]
    assert [name.split("_")[-1] for name in ends[0]] == [name.split("_")[-1] for name in ends[1]]


@pytest.mark.parametrize("dtype", ["float32", "float16", "bfloat16", "float64", "int64", "uint32", "bool"])
@pytest.mark.parametrize("shape", [(), (3,), (0, 2)])
def test_a_variable_gets_its_bits_back(dtype, shape):
    source = np.random.default_rng(1).integers(0, 2, shape)
    one, other = (keras.Variable(tf.cast(value, dtype), dtype=dtype, trainable=False) for value in (source, 1 - source))
    (value,) = read_variable(one)
    assert value.shape == shape
    write_variable(other, [value])
    assert numbers(other).tobytes() == numbers(one).tobytes()
    assert other.dtype == dtype


def test_nan_is_restored():
    variable = keras.Variable(np.array([np.nan, np.inf, -0.0, 1e-45], np.float32))
    before = numbers(variable).tobytes()
    values = read_variable(variable)
    variable.assign(np.zeros(4, np.float32))
    write_variable(variable, values)
    assert numbers(variable).tobytes() == before


def test_what_was_read_does_not_change_with_the_variable():
    variable = keras.Variable(np.zeros(2, np.float32))
    (value,) = read_variable(variable)
    variable.assign(np.ones(2, np.float32))
    np.testing.assert_array_equal(value, [0, 0])


def replicated(*copies) -> SimpleNamespace:
    """What each replica has of a variable."""
    values = tuple(tf.Variable(copy) for copy in copies)
    return SimpleNamespace(value=SimpleNamespace(values=values), aggregation="only_first_replica")


def test_replicas_that_agree_are_kept_once_and_others_each():
    same = replicated([1.0, np.nan], [1.0, np.nan])
    assert len(read_variable(same)) == 1
    differing = replicated([1.0], [2.0], [1.0])
    assert [value.tolist() for value in read_variable(differing)] == [[1.0], [2.0], [1.0]]
    # Equal to `==`, and yet other bits.
    assert len(read_variable(replicated([0.0], [-0.0]))) == 2


def test_each_replica_gets_its_own_value_and_a_single_one_goes_to_all():
    target = replicated([0.0], [0.0])
    write_variable(target, [np.array([3.0], np.float32), np.array([4.0], np.float32)])
    assert [float(copy[0]) for copy in target.value.values] == [3.0, 4.0]
    write_variable(target, [np.array([5.0], np.float32)])
    assert [float(copy[0]) for copy in target.value.values] == [5.0, 5.0]
