"""The rows of each layer while a model is trained, which the training does not notice."""

import keras
import numpy as np
import pytest
from golden import raises
from kpipe_callbacks import (
    BatchStatistics,
    CosineSchedule,
    ExplosionDetector,
    LayerStatistics,
    PolyakAveraging,
)

from .training import BATCH, Act, Recorder, arrays, endless, fit, net, raising, same, samples

STEPS = 10


def batch(count=8):
    x, y = samples(seed=8)
    return x[:count], y[:count]


def steps(statistics):
    return list(dict.fromkeys(row["step"] for row in statistics.rows))


def numbers(statistics):
    """The rows without the names, of which Keras numbers those of the second model."""
    return [{name: value for name, value in row.items() if name != "layer"} for row in statistics.rows]


def state(model):
    return arrays([*model.variables, *model.optimizer.variables])


def rich():
    layers = keras.layers
    return [layers.BatchNormalization(), layers.ReLU(), layers.Dropout(0.3, seed=2), layers.GaussianNoise(0.1, seed=4)]


# Rows.


def test_rows_are_those_of_numpy():
    """The weights of each step, and statistics and gradients of them written out."""
    x, y = (values.astype(np.float64) for values in batch())
    model, recorder = net(keras.optimizers.SGD(0.1, momentum=0.9)), Recorder()
    statistics = LayerStatistics(batch(), every_steps=3)
    fit(model, [statistics, recorder], epochs=1)
    assert steps(statistics) == [1, 3, 6, 9]
    weights = [recorder.initial, *recorder.ends]
    for step in steps(statistics):
        w1, b1, w2, b2 = (value.astype(np.float64) for value in weights[step])
        hidden = np.tanh(x @ w1 + b1)
        output = hidden @ w2 + b2
        error = 2 * (output - y) / len(x)
        gradients = [x.T @ (error @ w2.T * (1 - hidden**2)), hidden.T @ error]
        expected = []
        for place, layer, gradient in zip((0, 2), (hidden, output), gradients, strict=True):
            before, after = (weights[index][place].astype(np.float64) for index in (step - 1, step))
            ratio = np.linalg.norm(after - before) / np.linalg.norm(before)
            expected.append([layer.mean(), np.sqrt(layer.var(0).mean()), np.linalg.norm(gradient), ratio])
        rows = [row for row in statistics.rows if row["step"] == step]
        names = ("mean", "deviation", "gradient_norm", "update_ratio")
        np.testing.assert_allclose([[row[name] for name in names] for row in rows], expected, rtol=1e-4)
        assert [row["saturated"] for row in rows] == [pytest.approx((abs(hidden) > 0.99).mean()), None]
        assert [row["dead"] for row in rows] == [None, None]
    assert [entry.layer for entry in statistics.latest] == [row["layer"] for row in statistics.rows[-2:]]
    assert {row["epoch"] for row in statistics.rows} == {1}


@pytest.mark.parametrize(
    ("every", "width", "expected"),
    [(100, 1, [1]), (4, 1, [1, 4, 8, 12, 16, 20]), (1, 1, list(range(1, 21))), (4, 3, [3, 6, 9, 13, 16, 20])],
)
def test_steps_are_counted_over_epochs(every, width, expected):
    statistics = LayerStatistics(batch(), every)
    fit(net(steps_per_execution=width), [statistics], epochs=2)
    assert steps(statistics) == expected
    assert [row["epoch"] for row in statistics.rows] == [1 + (row["step"] > STEPS) for row in statistics.rows]


def test_the_update_is_that_of_all_steps_of_a_call():
    model, statistics = net(steps_per_execution=5), LayerStatistics(batch(), 5)
    before = arrays(model.trainable_variables)[0].astype(np.float64)
    fit(model, [statistics], epochs=1, x=samples(20)[0], y=samples(20)[1], batch_size=4)
    after = arrays(model.trainable_variables)[0]
    expected = np.linalg.norm(after - before) / np.linalg.norm(before)
    assert steps(statistics) == [5]
    assert statistics.rows[0]["update_ratio"] == pytest.approx(expected, rel=1e-5)


def test_accumulated_gradients_update_nothing():
    model = net(keras.optimizers.SGD(0.1, gradient_accumulation_steps=2))
    statistics = LayerStatistics(batch(), 1)
    fit(model, [statistics], epochs=1)
    ratios = [row["update_ratio"] for row in statistics.rows if row["layer"] == statistics.rows[0]["layer"]]
    assert [ratio > 0 for ratio in ratios] == [False, True] * (STEPS // 2)


def test_weights_that_were_zero_have_no_ratio():
    model, statistics = net(), LayerStatistics(batch(), 2)
    model.layers[-1].kernel.assign(np.zeros((4, 1)))
    fit(model, [statistics], epochs=1, x=samples(8)[0], y=samples(8)[1], batch_size=4)
    assert [row["update_ratio"] is None for row in statistics.rows] == [False, True, False, False]


def test_a_second_training_begins_with_no_rows():
    model, statistics = net(), LayerStatistics(batch(), 6)
    for _ in range(2):
        fit(model, [statistics], epochs=1)
        assert steps(statistics) == [1, 6]


def test_a_training_can_begin_in_the_middle():
    statistics = LayerStatistics(batch(), 15)
    fit(net(), [statistics], epochs=4, initial_epoch=2)
    assert [(row["step"], row["epoch"]) for row in statistics.rows[::2]] == [(30, 3)]


def test_a_function_returns_the_batch_after_the_first_step():
    model, recorder, calls = net(), Recorder(), []

    def make():
        calls.append(len(recorder.begins))
        return batch()

    statistics, plain = LayerStatistics(make, 5), LayerStatistics(batch(), 5)
    fit(model, [statistics, recorder])
    assert calls == [1]
    fit(net(), [plain])
    assert numbers(statistics) == numbers(plain)


def test_an_unbuilt_model_is_measured_from_its_first_step():
    def made():
        model = keras.Sequential([keras.layers.Dense(2, name="a"), keras.layers.Dense(1, name="b")])
        model.compile("sgd", "mse")
        return model

    statistics = LayerStatistics(batch(), 4)
    fit(made(), [statistics], epochs=1)
    assert [(row["step"], row["layer"]) for row in statistics.rows] == [(s, n) for s in (1, 4, 8) for n in "ab"]


@pytest.mark.tensorflow
@pytest.mark.filterwarnings("ignore:Your input ran out of data")
def test_a_dataset_of_unknown_length_is_counted():
    import tensorflow as tf

    statistics = LayerStatistics(batch(), 7)
    data = tf.data.Dataset.from_tensor_slices(samples(12)).batch(4).filter(lambda x, y: True)
    fit(net(), [statistics], epochs=3, x=data)
    assert [(row["step"], row["epoch"]) for row in statistics.rows[::2]] == [(1, 1), (7, 3)]


# The training does not notice.


CASES = {
    "plain": {},
    "norm, dropout and noise": {"layers": rich, "optimizer": lambda: keras.optimizers.Adam(0.01)},
    "several steps per call": {"layers": rich, "steps_per_execution": 3},
    "accumulation": {"optimizer": lambda: keras.optimizers.SGD(0.1, gradient_accumulation_steps=3)},
    "mixed precision": {"layers": rich, "policy": "mixed_bfloat16"},
    "averages of the optimizer": {"optimizer": lambda: keras.optimizers.SGD(0.1, use_ema=True, ema_momentum=0.9)},
    "metrics": {"metrics": ["mae"], "layers": rich},
}


@pytest.mark.parametrize("case", CASES)
def test_the_training_is_the_same_to_the_bit(case):
    arguments = CASES[case]
    found = []
    for callbacks in ([], [LayerStatistics(batch(), 2)]):
        made = {name: value() if name == "optimizer" else value for name, value in arguments.items()}
        model, recorder = net(**made), Recorder(lambda model: model.variables)
        history = fit(model, [*callbacks, recorder], epochs=2, validation_data=samples(seed=8)).history
        found.append((history, recorder.ends, state(model)))
        assert not callbacks or len(callbacks[0].rows) > 10
    (history, ends, last), (other_history, other_ends, other_last) = found
    assert history == other_history
    assert all(same(*pair) for pair in zip(ends, other_ends, strict=True))
    assert same(last, other_last)


def others():
    return [
        CosineSchedule(warmup_steps=2),
        PolyakAveraging(0.9),
        ExplosionDetector(factor=None, on_explosion="rollback", keep_every=2, verbose=0),
    ]


def with_others(before=(), after=()):
    """What a training with a NaN and other callbacks becomes, with more callbacks before and after those."""
    x, y = samples(4 * STEPS * 2)
    y[BATCH * (STEPS + 3)] = np.nan
    model, callbacks = net(keras.optimizers.SGD(0.05, momentum=0.9), layers=rich), others()
    data = {"x": endless(x, y, BATCH), "steps_per_epoch": STEPS, "epochs": 2}
    history = fit(model, [*before, *callbacks, *after], **data).history
    return history, callbacks[-1].events, [entry.get_state() for entry in callbacks], state(model)


@pytest.fixture(scope="module")
def others_alone():
    return with_others()


@pytest.mark.parametrize("is_first", [True, False])
def test_it_leaves_other_callbacks_alone(others_alone, is_first):
    own = LayerStatistics(batch(), 2)
    found = with_others(before=[own]) if is_first else with_others(after=[own])
    np.testing.assert_equal(others_alone, found)
    assert len(others_alone[1]) == 1
    assert steps(own) == [1, *range(2, 2 * STEPS + 1, 2)]


def test_statistics_of_evaluations_are_those_of_others():
    x, _ = samples()
    found = []
    for own in ([], [LayerStatistics(batch(), 2)]):
        model = net(layers=lambda: [keras.layers.BatchNormalization()])
        history = fit(model, [*own, BatchStatistics(data=[x[:8], x[8:16]])], validation_data=samples(seed=8)).history
        found.append((history, state(model)))
    np.testing.assert_equal(found[0], found[1])


def test_the_model_is_restored_after_an_exception():
    model, plain = net(), net()
    statistics = LayerStatistics(batch(), 2)
    with pytest.raises(RuntimeError, match="stop"):
        fit(model, [statistics, Act(raising(RuntimeError("stop")), batch=4)])
    assert steps(statistics) == [1, 2, 4]
    with pytest.raises(RuntimeError, match="stop"):
        fit(plain, [Act(raising(RuntimeError("stop")), batch=4)])
    for entry in (model, plain):
        fit(entry)
    assert same(state(model), state(plain))


# Resuming.


def test_a_state_continues_the_rows():
    whole = LayerStatistics(batch(), 4)
    fit(net(), [whole], epochs=4)
    model, first, second = net(), LayerStatistics(batch(), 4), LayerStatistics(batch(), 4)
    fit(model, [first], epochs=2)
    second.set_state(first.get_state())
    fit(model, [second], epochs=4, initial_epoch=2)
    assert numbers(second) == numbers(whole)


def test_rows_that_were_taken_are_not_in_the_state():
    statistics = LayerStatistics(batch(), 4)
    fit(net(), [statistics], epochs=1)
    rows = statistics.take_rows()
    assert len(rows) == 6
    assert statistics.rows == statistics.get_state()["rows"] == []


# Plot.


@pytest.fixture(scope="module")
def measured():
    """The statistics of one training."""
    statistics = LayerStatistics(batch(), 4)
    fit(net(), [statistics], epochs=1)
    return statistics


@pytest.mark.parametrize("value", ["deviation", "saturated", "update_ratio"])
def test_each_layer_with_the_statistic_has_a_line(measured, value):
    matplotlib = pytest.importorskip("matplotlib")
    matplotlib.use("Agg")
    statistics = measured
    axes = statistics.plot(value)
    rows = [row for row in statistics.rows if row[value] is not None]
    lines = {line.get_label(): line for line in axes.get_lines()}
    assert list(lines) == list(dict.fromkeys(row["layer"] for row in rows))
    name = rows[0]["layer"]
    assert lines[name].get_xdata().tolist() == [1, 4, 8]
    assert lines[name].get_ydata().tolist() == [row[value] for row in rows if row["layer"] == name]
    assert axes.get_yscale() == ("log" if value == "update_ratio" else "linear")
    matplotlib.pyplot.close(axes.figure)


# Errors.


def test_a_training_without_a_batch_is_refused():
    with raises(ValueError):
        fit(net(), [LayerStatistics()])


@pytest.mark.parametrize("arguments", [{"every_steps": 0}, {"every_steps": 1.5}, {"batch": [1, 2]}, {"batch": (1,)}])
def test_arguments_out_of_range_are_refused(arguments):
    with raises(ValueError):
        LayerStatistics(**arguments)


def test_an_unknown_statistic_is_refused():
    with raises(ValueError):
        LayerStatistics(batch()).plot("median")
