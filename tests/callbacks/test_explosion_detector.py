import logging
import math
from collections import deque

import keras
import numpy as np
import pytest
from golden import raises
from kpipe_callbacks import CosineSchedule, ExplosionDetector, ExplosionError, PolyakAveraging, _values

from tests.callbacks.training import (
    Act,
    Batches,
    Rates,
    Recorder,
    arrays,
    averages,
    endless,
    fed,
    fit,
    good_state,
    net,
    same,
    samples,
    told,
)

NAN, INF = math.nan, math.inf


def fed_net(optimizer=None, layers=tuple, **arguments):
    return net(optimizer, layers, loss=fed, **arguments)


def detect(losses, epochs=1, model=None, callbacks=(), **arguments):
    """The detector after a training whose losses are given by the data."""
    detector = ExplosionDetector(**{"verbose": 0, **arguments})
    fit(model or fed_net(), [detector, *callbacks], epochs=epochs, **told(losses))
    return detector


def steps(detector):
    return [event["step"] for event in detector.events]


def replay(losses, factor, against, window=100):
    """The rule, in plain words: all explosions of a training that continues after each."""
    found, good = [], deque(maxlen={"first": None, "best": None, "median": window}[against])
    for step, loss in enumerate(losses, 1):
        reference = {"first": lambda: good[0], "best": lambda: min(good), "median": lambda: np.median(good)}[against]
        limit = None if factor is None or not good else np.float32(factor) * np.float32(reference())
        if not np.isfinite(loss):
            found.append((step, loss, None))
        elif limit is not None and loss > limit:
            found.append((step, loss, float(limit)))
        elif loss != 0:
            good.append(np.float32(loss))
    return found


def found_by(detector):
    return [(event["step"], event["loss"], event["threshold"]) for event in detector.events]


def broken(count=10, at=7, value=NAN):
    """Data for batches of four with one label that is no number in the batch `at`, counted from 0."""
    x, y = samples(4 * count)
    y = y.copy()
    y[4 * at + 1] = value
    return x, y


def deep(optimizer=None, **arguments):
    """A net with random numbers, statistics and an optimizer with state."""
    layers = lambda: [keras.layers.BatchNormalization(), keras.layers.Dropout(0.3, seed=7)]  # noqa: E731
    return net(optimizer or keras.optimizers.Adam(0.01), layers, **arguments)


def averaging():
    return PolyakAveraging(0.9, batch_norm="average")


@pytest.fixture
def quiet_interaction():
    was = keras.config.is_interactive_logging_enabled()
    keras.config.disable_interactive_logging()
    yield
    if was:
        keras.config.enable_interactive_logging()


# What is judged.


@pytest.mark.parametrize(("value", "feed"), [(NAN, "arrays"), (400.0, "dataset")])
def test_the_exact_step_is_found_also_with_several_steps_in_one_call(value, feed):
    x, y = broken(at=5, value=value)
    weight, rate, losses = np.full((3, 1), 0.1), 0.05, []
    for step in range(6):
        inputs, labels = x[4 * step : 4 * step + 4].astype(float), y[4 * step : 4 * step + 4].astype(float)
        error = inputs @ weight - labels
        losses.append(np.mean(error**2))
        weight = weight - rate * 2 * inputs.T @ error / 4
    arrays_ = {"x": x, "y": y, "batch_size": 4, "keeps_arrays": True}
    given = arrays_ if feed == "arrays" else {"x": Batches(x, y)}
    events = []
    for at_once in (1, 4):
        dense = keras.layers.Dense(1, use_bias=False, kernel_initializer=keras.initializers.Constant(0.1))
        model = keras.Sequential([keras.Input((3,)), dense])
        model.compile(keras.optimizers.SGD(rate), "mse", steps_per_execution=at_once)
        detector = ExplosionDetector(verbose=0)
        fit(model, [detector], epochs=1, **given)
        events.append({name: detector.events[0][name] for name in ("step", "epoch", "loss", "threshold")})
        assert len(detector.events) == 1
    np.testing.assert_equal(events[0], events[1])
    assert events[0]["step"] == 6
    assert events[0]["loss"] == pytest.approx(losses[5], rel=1e-5, nan_ok=True)
    expected = None if math.isnan(value) else pytest.approx(3 * losses[0], rel=1e-5)
    assert events[0]["threshold"] == expected


def test_one_step_in_a_long_epoch_is_found_that_the_running_mean_hides():
    losses = [1.0] + [0.5] * 399 + [4.0] + [0.5] * 199
    shown = []
    look = keras.callbacks.LambdaCallback(on_train_batch_end=lambda batch, logs: shown.append(logs["loss"]))
    model = fed_net(steps_per_execution=5)
    detector = detect(losses, model=model, callbacks=[look])
    assert found_by(detector) == [(401, 4.0, 3.0)]
    assert max(shown) <= 1


@pytest.mark.parametrize("at_once", [1, 4])
def test_the_first_of_two_explosions_in_one_call_is_reported(at_once):
    detector = detect([1, 1, 1, 1, 1, 5, 7, NAN], model=fed_net(steps_per_execution=at_once))
    assert found_by(detector) == [(6, 5.0, 3.0)]


def test_steps_and_epochs_are_counted_over_the_whole_training():
    x, y = samples(12)
    y = np.ones_like(y)
    y[2] = 9
    detector = ExplosionDetector(on_explosion="rollback", lr_factor=1, verbose=0)
    fit(fed_net(), [detector], epochs=2, x=x, y=y, batch_size=4)
    assert steps(detector) == []
    detector = ExplosionDetector(on_explosion="rollback", lr_factor=1, factor=2, verbose=0)
    fit(fed_net(), [detector], epochs=3, x=x, y=y[::-1], batch_size=4)
    assert [(event["step"], event["epoch"]) for event in detector.events] == [(3, 1), (6, 2), (9, 3)]


@pytest.mark.parametrize(("against", "window"), [("first", 100), ("best", 100), ("median", 1000)])
def test_the_rule_is_that_of_its_replay_over_random_losses(against, window):
    chance = np.random.default_rng(0)
    losses = np.exp(chance.normal(size=200)).astype(np.float32)
    losses[chance.integers(0, 200, 6)] = [NAN, INF, 0, 0, NAN, 0]
    expected = replay(losses, 3.0, against, window)
    assert len(expected) > 5
    arguments = {"on_explosion": "rollback", "lr_factor": 1, "max_rollbacks": 1000, "keep_every": 7}
    detector = detect(losses, against=against, window=window, factor=3.0, **arguments)
    np.testing.assert_equal(found_by(detector), expected)


@pytest.mark.parametrize(("window", "factor"), [(1, 2.0), (4, 1.5), (5, 1.5)])
def test_the_median_is_that_of_the_last_losses(window, factor):
    chance = np.random.default_rng(window)
    for _ in range(50):
        # Slow changes with one explosion late, so that the window has gone on several times.
        losses = np.exp(np.cumsum(chance.uniform(-0.1, 0.1, 60))).astype(np.float32)
        losses[50] = 1.05 * factor * np.median(losses[50 - window : 50])
        expected = replay(losses, factor, "median", window)[:1]
        if expected[0][0] == 51:
            break
    assert expected[0][0] == 51
    assert found_by(detect(losses, against="median", window=window, factor=factor)) == expected


@pytest.mark.parametrize("skipped", [NAN, 0.0, 90.0])
def test_the_median_is_of_the_last_losses_that_counted(skipped):
    losses = [5, 2, 3, skipped, 4, 100]
    arguments = {"against": "median", "window": 3, "on_explosion": "rollback", "lr_factor": 1}
    assert found_by(detect(losses, **arguments))[-1] == (6, 100.0, 9.0)


@pytest.mark.parametrize("against", ["first", "median"])
def test_without_a_factor_only_what_is_not_finite_explodes(against):
    losses = [1, 1e30, -1e30, 0, INF, 5, -INF, NAN, 7]
    detector = detect(losses, factor=None, against=against, on_explosion="rollback", lr_factor=1)
    np.testing.assert_equal(found_by(detector), [(5, INF, None), (7, -INF, None), (8, NAN, None)])


@pytest.mark.parametrize(("against", "limit"), [("first", 6.0), ("best", 3.0), ("median", 4.5)])
def test_a_loss_of_zero_is_not_a_reference(against, limit):
    assert found_by(detect([0, 0, 2, 0, 1, 0, 50], against=against)) == [(7, 50.0, limit)]


@pytest.mark.parametrize("against", ["first", "best", "median"])
def test_a_negative_reference_is_refused_with_the_remedy(against):
    with raises(ValueError):
        detect([-2, 9, 9, 9], against=against)


def test_negative_losses_are_accepted_if_the_reference_is_not_negative():
    assert found_by(detect([1, -5, -100, 3, 4])) == [(5, 4.0, 3.0)]


class Blind(keras.Model):
    """Has a step of its own that hides the loss."""

    def __init__(self):
        super().__init__()
        self.dense = keras.layers.Dense(1)
        self.dense.build((None, 3))
        self.built = True

    def call(self, inputs):
        return self.dense(inputs)

    if keras.backend.backend() == "jax":

        def train_step(self, state, data):
            return {"loss": keras.ops.mean(data[1])}, state

    else:

        def train_step(self, data):
            return {"loss": keras.ops.mean(data[1])}


@pytest.mark.parametrize("how", ["rollback", "raise"])
def test_a_step_that_hides_its_loss_is_refused(how):
    model = Blind()
    model.compile("sgd", fed)
    with raises(ValueError):
        detect([1, 1, 1], model=model, on_explosion=how)


class OwnStep(keras.Model):
    """Overrides what our callbacks wrap, and leaves the work to Keras."""

    def compute_loss(self, x=None, y=None, y_pred=None, sample_weight=None, training=True):
        return super().compute_loss(x, y, y_pred, sample_weight, training)

    def train_step(self, *arguments):
        return super().train_step(*arguments)


def test_a_model_with_steps_of_its_own_that_compute_the_loss_is_watched():
    inner = fed_net()
    model = OwnStep(inner.inputs, inner.outputs)
    model.compile("sgd", fed)
    assert found_by(detect([1, 1, 8], model=model)) == [(3, 8.0, 3.0)]


def test_penalties_belong_to_the_loss_that_is_judged():
    penalty = [keras.layers.Dense(4, kernel_initializer="ones", kernel_regularizer=keras.regularizers.L2(0.5))]
    detector = detect([2, 2, 2, 60], model=fed_net(keras.optimizers.SGD(0.0), lambda: penalty))
    # 16 weights of 1, each with the penalty 0.5.
    assert found_by(detector) == [(4, 68.0, 30.0)]


def test_weights_of_samples_belong_to_the_loss_that_is_judged():
    detector = ExplosionDetector(verbose=0)
    weights = np.array([1, 1, 8, 1], np.float32)
    fit(fed_net(), [detector], epochs=1, **told([1, 1, 1, 1]), sample_weight=weights)
    assert found_by(detector) == [(3, 8.0, 3.0)]


# stop


def reference_run(x, y, count=10, **arguments):
    """The good state after each step of a training without detector, before anything breaks."""
    model = deep(**arguments)
    recorder = Recorder(good_state)
    fit(model, [averaging(), recorder], epochs=1, x=x, y=y, batch_size=4)
    return [recorder.initial, *recorder.ends]


@pytest.fixture(scope="module")
def sound():
    """Each step's state of a training in which nothing breaks before the step 8."""
    return reference_run(*broken(at=7))


@pytest.mark.parametrize(("keep_every", "at_once", "good"), [(1, 1, 6), (2, 1, 6), (5, 1, 5), (100, 1, 0), (1, 4, 4)])
def test_stop_gives_back_the_last_good_step_to_the_bit(sound, keep_every, at_once, good):
    x, y = broken(at=7)
    model = deep(steps_per_execution=at_once)
    averager = averaging()
    detector = ExplosionDetector(factor=None, keep_every=keep_every, verbose=0)
    seen = []
    look = keras.callbacks.LambdaCallback(on_train_end=lambda logs: seen.append(model.stop_training))
    recorder = Recorder(good_state)
    history = fit(model, [averager, detector, recorder, look], epochs=3, x=x, y=y, batch_size=4)
    assert [(e["step"], e["good_step"], e["action"], e["threshold"]) for e in detector.events] == [
        (8, good, "stopped", None)
    ]
    assert seen == [True]
    assert detector.gave_up
    assert detector.rollbacks == 0
    assert same(recorder.ends[-1], sound[good])
    # After the training the model has the averages, and its raw weights are there too.
    trained = len(model.trainable_variables) + 2
    assert same(averaged_weights(model), sound[good][-trained:])
    averager.use_raw()
    assert same(arrays(model.weights), sound[good][: len(model.weights)])
    assert len(history.history["loss"]) == 1
    assert math.isnan(history.history["loss"][0])


def averaged_weights(model):
    statistics = [v for layer in model.layers for v in layer.non_trainable_variables if "moving" in v.name]
    return arrays([*model.trainable_variables, *statistics])


@pytest.mark.parametrize("at", [0, 5])
def test_the_loss_of_a_stopped_epoch_is_not_a_false_zero(at):
    losses = [2.0] * 6
    losses[at] = 50.0 if at else NAN
    history = fit(fed_net(), [ExplosionDetector(verbose=0)], epochs=2, **told(losses)).history["loss"]
    assert len(history) == 1
    # The metrics of a stopped epoch report the explosion.
    assert history[0] != 0
    assert math.isnan(history[0]) if not at else history[0] > 0


def test_no_more_batches_come_after_a_stop():
    begun = []
    look = keras.callbacks.LambdaCallback(on_train_batch_begin=lambda batch, logs: begun.append(batch))
    detect([1, 1, 9, 1, 1], epochs=4, callbacks=[look])
    assert begun == [0, 1, 2]


# rollback


class Rewind(keras.callbacks.Callback):
    """The same by hand: after some steps the state of an earlier one is put back."""

    def __init__(self, jumps):
        super().__init__()
        self.jumps, self.count, self.states = jumps, 0, []

    def on_train_batch_end(self, batch, logs=None):
        self.count += 1
        variables = good_state(self.model)
        if self.count in self.jumps:
            for variable, value in zip(variables, self.states[self.jumps[self.count]], strict=True):
                variable.assign(value)
        self.states.append(arrays(variables))

    def on_epoch_begin(self, epoch, logs=None):
        if not self.states:
            self.states.append(arrays(good_state(self.model)))


@pytest.mark.parametrize("keep_every", [1, 3])
def test_rollback_continues_from_the_good_state_with_the_next_data_as_by_hand(keep_every):
    x, y = broken(count=12, at=6)
    good = {1: 5, 3: 3}[keep_every]
    schedule = lambda: CosineSchedule(learning_rate=0.02, warmup_steps=3)  # noqa: E731
    by_hand, expected = Rewind({7: good, 19: 17 if keep_every == 1 else 16}), deep()
    fit(expected, [schedule(), averaging(), by_hand], epochs=2, x=x, y=y, batch_size=4)
    model, recorder = deep(), Recorder(good_state)
    arguments = {"on_explosion": "rollback", "lr_factor": 1, "keep_every": keep_every, "verbose": 0}
    detector = ExplosionDetector(factor=None, **arguments)
    fit(model, [schedule(), averaging(), detector, recorder], epochs=2, x=x, y=y, batch_size=4)
    assert [(event["step"], event["good_step"]) for event in detector.events] == [
        (7, good),
        (19, by_hand.jumps[19]),
    ]
    assert [event["action"] for event in detector.events] == ["rolled back"] * 2
    assert (detector.rollbacks, detector.gave_up, model.stop_training) == (2, False, False)
    assert [same(got, wanted) for got, wanted in zip(recorder.ends, by_hand.states[1:], strict=True)] == [True] * 24
    # The random numbers of the dropout and the steps of the optimizer have continued.
    assert same(arrays(model.variables), arrays(expected.variables))
    assert same(arrays(model.optimizer.variables), arrays(expected.optimizer.variables))
    assert int(keras.ops.convert_to_numpy(model.optimizer.iterations)) == 24


@pytest.mark.parametrize("at_once", [1, 4])
def test_the_rates_of_a_schedule_are_multiplied_from_the_next_step_on(at_once):
    losses = [1, 1, 1, 9, 1, 1, 1, 1, 1, 1, 9, 1, 1, 1, 1, 1]
    schedule, rates, model = CosineSchedule(), Rates(), fed_net(steps_per_execution=at_once)
    detector = ExplosionDetector(on_explosion="rollback", lr_factor=0.25, verbose=0)
    fit(model, [schedule, detector, rates], epochs=1, **told(losses))
    after = {1: [4, 11], 4: [4, 12]}[at_once]
    factors = [0.25 ** sum(step >= border for border in after) for step in range(16)]
    expected = (schedule.curve(1, 16, learning_rate=0.1) * factors)[at_once - 1 :: at_once]
    np.testing.assert_allclose(rates.seen, expected, rtol=1e-5)
    assert steps(detector) == [4, 11]
    # After the training the optimizer has the rate of its beginning.
    assert float(keras.ops.convert_to_numpy(model.optimizer.learning_rate)) == pytest.approx(0.1)


def test_without_a_schedule_the_rate_of_the_optimizer_is_multiplied_once():
    rates, model = Rates(), fed_net()
    detector = ExplosionDetector(on_explosion="rollback", lr_factor=0.5, verbose=0)
    fit(model, [rates, detector], epochs=2, **told([1, 9, 1, 1]))
    np.testing.assert_allclose(rates.seen, [0.1, 0.1, 0.05, 0.05, 0.05, 0.05, 0.025, 0.025])


def test_a_factor_of_one_leaves_the_rate_alone():
    rates = Rates()
    detector = detect([1, 9, 9, 1], callbacks=[rates], on_explosion="rollback", lr_factor=1)
    assert rates.seen == pytest.approx([0.1] * 4)
    assert steps(detector) == [2, 3]


def test_after_the_last_rollback_it_stops():
    model = fed_net()
    recorder = Recorder(good_state)
    arguments = {"on_explosion": "rollback", "max_rollbacks": 2, "keep_every": 1, "lr_factor": 1}
    detector = detect([1, 1, 1, 9, 1, 9, 1, 9, 1, 1], model=model, callbacks=[recorder], epochs=2, **arguments)
    assert [event["action"] for event in detector.events] == ["rolled back", "rolled back", "stopped"]
    assert steps(detector) == [4, 6, 8]
    assert (detector.rollbacks, detector.gave_up, model.stop_training) == (2, True, True)
    # After each rollback there is one good step before the next explosion, whose weights nobody has judged yet.
    assert [event["good_step"] for event in detector.events] == [2, 2, 2]
    assert same(arrays(good_state(model)), recorder.ends[1])


def test_metrics_of_the_epoch_are_those_of_the_steps_that_count():
    losses = [2, 4, 6, 90, 8, 10]
    model = fed_net(metrics=[keras.metrics.MeanMetricWrapper(lambda y, p: y, name="label")])
    detector = ExplosionDetector(factor=10, on_explosion="rollback", keep_every=1, lr_factor=1, verbose=0)
    history = fit(model, [detector], epochs=1, **told(losses)).history
    assert detector.events[0]["good_step"] == 2
    assert history["loss"] == pytest.approx([(2 + 4 + 8 + 10) / 4])
    assert history["label"] == pytest.approx([(2 + 4 + 8 + 10) / 4])


def test_an_epoch_in_which_no_step_counts_has_no_metrics():
    x, y = samples(8)
    y[:] = 1
    y[5] = 9
    model, schedule = fed_net(metrics=["mae"]), CosineSchedule()
    detector = ExplosionDetector(on_explosion="rollback", keep_every=4, lr_factor=1, verbose=0)
    given = {"x": endless(x, y, 1), "steps_per_epoch": 2, "validation_data": (x[:4], y[:4])}
    history = fit(model, [schedule, detector], epochs=5, **given).history
    assert [(event["step"], event["good_step"]) for event in detector.events] == [(6, 4)]
    figures = np.array(history["loss"])
    assert np.isnan(figures).tolist() == [False, False, True, False, False]
    assert np.isnan(history["mae"]).tolist() == [False, False, True, False, False]
    assert figures[[0, 1, 3, 4]] == pytest.approx(1)
    # The rate is known, and the validation was with weights that count.
    assert np.isfinite(history["learning_rate"]).all()
    assert np.isfinite(history["val_loss"]).all()


@pytest.mark.parametrize(("how", "value"), [("stop", NAN), ("rollback", INF)])
def test_the_very_first_step_can_explode(how, value):
    x, y = broken(count=4, at=0, value=value)
    model, recorder = deep(), Recorder(good_state)
    start = arrays(model.weights)
    arguments = {"keep_every": 1, "max_rollbacks": 1, "lr_factor": 1, "verbose": 0}
    detector = ExplosionDetector(factor=None, on_explosion=how, **arguments)
    fit(model, [detector, recorder], epochs=1, x=x, y=y, batch_size=4)
    event = detector.events[0]
    assert (event["step"], event["good_step"], event["threshold"]) == (1, 0, None)
    assert same(recorder.ends[0][: len(start)], start)
    assert same(recorder.ends[0], recorder.initial)
    assert len(recorder.ends) == (1 if how == "stop" else 4)
    assert all(np.isfinite(value).all() for value in arrays(model.weights))


def test_the_update_that_made_the_loss_explode_is_undone():
    # Step 5 has a loss as small as the others, and inputs so large that its update throws the weight far away.
    x = np.ones((8, 1), np.float32)
    x[4] = 100
    weight, y, weights = 0.0, np.ones((8, 1), np.float32), [0.0]
    for step in range(5):
        y[step] = 100 * weight + 0.5 if step == 4 else 1
        weight += 0.2 * (y[step, 0] - weight * x[step, 0]) * x[step, 0]
        weights.append(weight)
    assert abs(weights[5]) > 5
    dense = keras.layers.Dense(1, use_bias=False, kernel_initializer="zeros")
    model = keras.Sequential([keras.Input((1,)), dense])
    model.compile(keras.optimizers.SGD(0.1), "mse")
    detector = ExplosionDetector(keep_every=1, verbose=0)
    fit(model, [detector], epochs=1, x=x, y=y, batch_size=1)
    assert [(event["step"], event["good_step"]) for event in detector.events] == [(6, 4)]
    assert float(arrays(model.weights)[0].item()) == pytest.approx(weights[4], rel=1e-5)


def test_one_explosion_after_another_goes_back_to_the_same_good_point():
    detector = detect([1, 1, 1, 1, 9, 9, 9], on_explosion="rollback", keep_every=1, lr_factor=1)
    assert [(event["step"], event["good_step"]) for event in detector.events] == [(5, 3), (6, 3), (7, 3)]


def test_averages_that_began_after_the_good_point_begin_again():
    # The weights go down in equal steps, so what was averaged with those before `start` lies above the others.
    dense = keras.layers.Dense(1, use_bias=False, kernel_initializer="zeros")
    model = keras.Sequential([keras.Input((1,)), dense])
    model.compile(keras.optimizers.SGD(0.5), fed)
    averager, recorder = PolyakAveraging(decay=0.5, start=4), Recorder()
    detector = ExplosionDetector(on_explosion="rollback", lr_factor=1, keep_every=100, verbose=0)
    labels = np.array([1] * 5 + [9] + [1] * 6, np.float32).reshape(-1, 1)
    given = {"x": np.ones((12, 1), np.float32), "y": labels, "batch_size": 1}
    fit(model, [averager, detector, recorder], epochs=1, **given)
    assert detector.events[0]["good_step"] == 0
    raw = [float(values[0].item()) for values in recorder.ends]
    assert raw[5:] == [0, -0.5, -1, -1.5, -2, -2.5, -3]
    average = float(arrays(model.weights)[0].item())
    # Either it begins with the next update that counts, or 4 updates later, as in the beginning.
    expected = []
    for place in (6, 9):
        value = raw[place]
        for weight in raw[place + 1 :]:
            value = (value + weight) / 2
        expected.append(value)
    assert average in expected


def test_equal_averages_are_the_mean_of_the_weights_that_count():
    dense = keras.layers.Dense(1, use_bias=False, kernel_initializer="zeros")
    model = keras.Sequential([keras.Input((1,)), dense])
    model.compile(keras.optimizers.SGD(1.0), fed)
    detector, recorder = ExplosionDetector(on_explosion="rollback", lr_factor=1, keep_every=1, verbose=0), Recorder()
    labels = np.array([1, 1, 1, 1, 9, 1, 1, 1], np.float32).reshape(-1, 1)
    given = {"x": np.ones((8, 1), np.float32), "y": labels, "batch_size": 1}
    fit(model, [PolyakAveraging("equal"), detector, recorder], epochs=1, **given)
    # The fourth and the fifth weight were taken back.
    assert [float(values[0].item()) for values in recorder.ends] == [-1, -2, -3, -4, -3, -4, -5, -6]
    assert float(arrays(model.weights)[0].item()) == pytest.approx(np.mean([-1, -2, -3, -4, -5, -6]))


# raise


@pytest.mark.parametrize("at_once", [1, 4])
def test_raise_raises_and_leaves_everything_as_it_is(at_once):
    detector = ExplosionDetector(on_explosion="raise", verbose=0)
    model, recorder = fed_net(steps_per_execution=at_once), Recorder(good_state)
    with raises(ExplosionError):
        fit(model, [recorder, detector], epochs=2, **told([1, 1, 9, 1]))
    assert issubclass(ExplosionError, ValueError)
    event = {"step": 3, "epoch": 1, "loss": 9.0, "threshold": 3.0, "action": "raised", "good_step": None}
    assert detector.events == [event]
    assert detector.gave_up
    assert same(arrays(good_state(model)), recorder.ends[-1])


# The state.


def plain(value):
    if isinstance(value, dict):
        return all(isinstance(key, str) and plain(entry) for key, entry in value.items())
    if isinstance(value, list | tuple):
        return all(plain(entry) for entry in value)
    if isinstance(value, np.ndarray):
        return type(value) is np.ndarray and value.dtype != object
    return value is None or type(value) in (bool, int, float, str)


@pytest.mark.parametrize("against", ["best", "median"])
def test_a_state_given_to_another_object_continues_as_if_uninterrupted(against):
    x, y = samples(12)
    y = np.abs(y) + 1
    y[[1, 8, 11], 0] = [40, NAN, 50]
    arguments = {"against": against, "window": 3, "on_explosion": "rollback", "keep_every": 3, "verbose": 0}
    given = {"steps_per_epoch": 6, "x": endless(x, y, 1)}

    def callbacks():
        return [CosineSchedule(total_steps=12), averaging(), ExplosionDetector(**arguments)]

    def fresh():
        return fed_net(keras.optimizers.Adam(0.01), lambda: [keras.layers.BatchNormalization()])

    whole, all_along = fresh(), callbacks()
    rates = Rates()
    fit(whole, [*all_along, rates], epochs=2, **given)

    kept = {}

    def keep(model):
        raw = [entry.get_state() for entry in first]
        first[1].use_raw()
        kept.update(states=raw, weights=arrays(model.weights), optimizer=arrays(model.optimizer.variables))

    first, begun = callbacks(), fresh()
    given["x"] = endless(x, y, 1)
    fit(begun, [*first, Act(keep, epoch=0)], epochs=1, **given)
    assert plain(kept["states"][2])
    assert 0 < len(first[2].events) < len(all_along[2].events)

    second, resumed, later = callbacks(), fresh(), Rates()
    resumed.optimizer.build(resumed.trainable_variables)
    for variables, values in ((resumed.weights, "weights"), (resumed.optimizer.variables, "optimizer")):
        for variable, value in zip(variables, kept[values], strict=True):
            variable.assign(value)
    for entry, state in zip(second, kept["states"], strict=True):
        entry.set_state(state)
    given["x"] = endless(x, y, 1, first=6)
    fit(resumed, [*second, later], epochs=2, initial_epoch=1, **given)
    np.testing.assert_equal(second[2].events, all_along[2].events)
    assert second[2].rollbacks == all_along[2].rollbacks
    assert later.seen == rates.seen[6:]
    assert same(arrays(resumed.weights), arrays(whole.weights))
    assert same(arrays(resumed.optimizer.variables), arrays(whole.optimizer.variables))
    np.testing.assert_equal(second[2].get_state(), all_along[2].get_state())


def test_the_good_points_of_a_state_are_used():
    model = fed_net()
    detector, recorder = ExplosionDetector(keep_every=2, verbose=0), Recorder(good_state)
    fit(model, [detector, recorder], epochs=1, **told([1, 1, 1, 1, 1]))
    another, other_model = ExplosionDetector(keep_every=2, verbose=0), fed_net()
    another.set_state(detector.get_state())
    fit(other_model, [another], epochs=1, **told([NAN]))
    assert [(event["step"], event["good_step"]) for event in another.events] == [(6, 4)]
    assert same(arrays(good_state(other_model)), recorder.ends[3])


def test_a_state_can_be_taken_in_the_middle_of_an_epoch():
    detector, states = ExplosionDetector(keep_every=2, verbose=0), []
    take = keras.callbacks.LambdaCallback(on_train_batch_end=lambda batch, logs: states.append(detector.get_state()))
    fit(fed_net(), [detector, take], epochs=1, **told([1, 2, 1]))
    assert [int(state["counters"]["step"]) for state in states] == [1, 2, 3]
    assert plain(states)


def test_the_state_of_a_stopped_training_does_not_explode_again():
    known = detect([1, 2, 9])
    detector = ExplosionDetector(verbose=0)
    detector.set_state(known.get_state())
    fit(fed_net(), [detector], epochs=1, **told([1, 1, 4, 1]))
    assert found_by(detector) == [(3, 9.0, 3.0), (6, 4.0, 3.0)]


def test_a_state_given_after_a_failed_training_counts_for_the_next_one():
    known = detect([1, 2, 1, 1])
    detector, model = ExplosionDetector(verbose=0), fed_net()
    with pytest.raises(RuntimeError, match="broke"):
        fit(model, [detector, Act(lambda model: exec("raise RuntimeError('broke')"), batch=1)], **told([9, 9]))
    detector.set_state(known.get_state())
    fit(model, [detector], epochs=1, **told([1, 4]))
    assert found_by(detector) == [(6, 4.0, 3.0)]


def test_what_is_done_with_the_state_later_does_not_change_it():
    detector = ExplosionDetector(on_explosion="rollback", verbose=0)
    model = fed_net()
    fit(model, [detector], epochs=1, **told([1, 9, 1]))
    state = detector.get_state()
    values = [np.array(value[0]) for point in state["points"] for value in point["values"]]
    fit(model, [detector], epochs=1, **told([1, 9, NAN]))
    assert len(state["events"]) == 1
    assert same(values, [value[0] for point in state["points"] for value in point["values"]])


def test_a_second_training_starts_from_scratch():
    detector, model = ExplosionDetector(on_explosion="rollback", verbose=0), fed_net()
    fit(model, [detector], epochs=1, **told([1, 1, 9]))
    fit(model, [detector], epochs=1, **told([10, 25, 29, 40]))
    assert found_by(detector) == [(4, 40.0, 30.0)]
    assert detector.events[0]["good_step"] == 0
    assert (detector.rollbacks, detector.gave_up) == (1, False)
    detector = ExplosionDetector(verbose=0)
    fit(model, [detector], epochs=1, **told([1, 9]))
    assert detector.gave_up
    fit(model, [detector], epochs=1, **told([1, 1]))
    assert (detector.events, detector.gave_up) == ([], False)


# What is refused.


class Lower(ExplosionDetector):
    """A custom callback."""


def test_two_detectors_are_refused():
    for other in (ExplosionDetector, Lower):
        with raises(ValueError):
            fit(fed_net(), [ExplosionDetector(), other()], **told([1, 1]))


def test_a_schedule_of_keras_cannot_be_lowered():
    def model():
        return fed_net(keras.optimizers.SGD(keras.optimizers.schedules.CosineDecay(0.1, 100)))

    with raises(ValueError):
        detect([1, 9, 1], model=model(), on_explosion="rollback")
    detector = detect([1, 9, 1], model=model(), on_explosion="rollback", lr_factor=1)
    assert steps(detector) == [2]
    assert steps(detect([1, 9, 1], model=model())) == [2]


@pytest.mark.parametrize(
    "arguments",
    [
        {"factor": 1},
        {"factor": 0.5},
        {"factor": -3},
        {"factor": NAN},
        {"factor": INF},
        {"factor": "3"},
        {"factor": True},
        {"against": "last"},
        {"on_explosion": "go"},
        {"lr_factor": 0},
        {"lr_factor": 1.5},
        {"lr_factor": NAN},
        {"window": 0},
        {"window": 2.0},
        {"max_rollbacks": 0},
        {"max_rollbacks": True},
        {"keep_every": 0},
        {"keep_every": -1},
    ],
)
def test_arguments_out_of_range_are_refused(arguments):
    with raises(ValueError):
        ExplosionDetector(**arguments)


# What it says.


def test_it_reports_in_one_line_what_happened(capsys):
    detect([1, 1, 9, 1], verbose=1)
    text = "is 9, above 3 times the first loss; stopped and restored the state after step 0\n"
    assert capsys.readouterr().out == f"ExplosionDetector: the loss of step 3 (epoch 1) {text}"
    detect([1, NAN, 1], verbose=1, on_explosion="rollback", lr_factor=0.1)
    text = "is nan; restored the state after step 0 and continues with the learning rate times 0.1\n"
    assert capsys.readouterr().out == f"ExplosionDetector: the loss of step 2 (epoch 1) {text}"
    detect([2, 4, 1, 4.5], verbose=1, on_explosion="rollback", lr_factor=1, against="best", factor=2.5, keep_every=1)
    text = "is 4.5, above 2.5 times the best loss; restored the state after step 2 and continues\n"
    assert capsys.readouterr().out == f"ExplosionDetector: the loss of step 4 (epoch 1) {text}"


def test_printing_can_be_disabled(capsys):
    detect([1, NAN, 9], verbose=0, on_explosion="rollback")
    assert capsys.readouterr().out == ""


def test_without_interactive_logging_it_tells_the_logger(quiet_interaction, capsys, caplog):
    with caplog.at_level(logging.INFO, logger="kpipe_callbacks"):
        detect([1, 1, 9], verbose=1)
    assert capsys.readouterr().out == ""
    assert [record.getMessage().split(":")[0] for record in caplog.records] == ["ExplosionDetector"]


# What it costs.


def test_weights_are_copied_only_every_so_many_steps(monkeypatch):
    read, to_arrays, step, at = _values.read, _values.to_arrays, [0], []

    def counted(variables):
        at.append(step[0])
        return read(variables)

    def transferred(values):
        at.append("transferred")
        return to_arrays(values)

    monkeypatch.setattr(_values, "read", counted)
    monkeypatch.setattr(_values, "to_arrays", transferred)
    count = keras.callbacks.LambdaCallback(
        on_train_batch_end=lambda batch, logs: step.__setitem__(0, batch + 1),
    )
    detector = ExplosionDetector(keep_every=10, verbose=0)
    fit(fed_net(), [count, detector], epochs=1, **told([1] * 50))
    assert sorted(set(at)) == [0, 10, 20, 30, 40, 50]
    # Each time the good values and the running metrics.
    assert len(at) == 12


# Updates that are not one for each batch.


@pytest.mark.parametrize("keep_every", [1, 3])
def test_with_accumulated_gradients_a_step_is_a_batch(keep_every):
    def model():
        return fed_net(keras.optimizers.Adam(0.01, gradient_accumulation_steps=2))

    losses = [1] * 7 + [9, 1]
    recorder = Recorder(good_state)
    fit(model(), [PolyakAveraging(0.5), recorder], epochs=1, **told(losses))
    stopped, last = model(), Recorder(good_state)
    detector = ExplosionDetector(keep_every=keep_every, verbose=0)
    fit(stopped, [PolyakAveraging(0.5), detector, last], epochs=1, **told(losses))
    good = detector.events[0]["good_step"]
    assert (detector.events[0]["step"], good) == (8, 6)
    assert same(last.ends[-1], recorder.ends[good - 1])


def test_after_a_rollback_an_update_has_as_many_gradients_as_before():
    model = fed_net(keras.optimizers.SGD(1.0, gradient_accumulation_steps=2))
    recorder = Recorder(lambda model: [model.trainable_variables[-1]])
    detector = ExplosionDetector(on_explosion="rollback", lr_factor=1, keep_every=5, verbose=0)
    fit(model, [detector, recorder], epochs=1, **told([1] * 7 + [9] + [1] * 5))
    assert detector.events[0]["step"] == 8
    biases = [float(values[0].item()) for values in recorder.ends[7:]]
    # The gradient of the last bias is 1 for each batch, so that the mean of any two is 1.
    moves = {round(value, 5) for value in np.abs(np.diff(biases))}
    assert moves == {0.0, 1.0}


@pytest.fixture
def half_precision():
    keras.config.set_dtype_policy("mixed_float16")
    yield
    keras.config.set_dtype_policy("float32")


@pytest.mark.parametrize("how", ["stop", "rollback"])
def test_with_half_precision_the_loss_is_judged_without_its_scale(half_precision, how):
    x, y = broken(count=8, at=5)

    def model():
        return net(keras.optimizers.Adam(0.01), policy="mixed_float16")

    by_hand, expected = Rewind({6: 4}), model()
    fit(expected, [PolyakAveraging(0.9), by_hand], epochs=1, x=x, y=y, batch_size=4)
    assert type(expected.optimizer).__name__ == "LossScaleOptimizer"
    recorder, tested = Recorder(good_state), model()
    detector = ExplosionDetector(factor=None, on_explosion=how, keep_every=2, lr_factor=1, verbose=0)
    fit(tested, [PolyakAveraging(0.9), detector, recorder], epochs=1, x=x, y=y, batch_size=4)
    assert [(event["step"], event["good_step"]) for event in detector.events] == [(6, 4)]
    assert len(recorder.ends) == (6 if how == "stop" else 8)
    assert same(recorder.ends[5], by_hand.states[4])
    wanted = by_hand.states[len(recorder.ends)]
    assert same(recorder.ends[-1], wanted)
    assert len(averages(tested)) == 0


def test_with_half_precision_the_rate_inside_is_lowered(half_precision):
    model = net(keras.optimizers.SGD(0.1), policy="mixed_float16", loss=fed)
    detect([1, 9, 1], model=model, on_explosion="rollback", lr_factor=0.5)
    inner = model.optimizer.inner_optimizer
    assert float(keras.ops.convert_to_numpy(inner.learning_rate)) == pytest.approx(0.05)
