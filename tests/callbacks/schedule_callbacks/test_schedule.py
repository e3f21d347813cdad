"""What all schedules have in common; their curves are in their own files."""

import json
import logging
import sys

import keras
import numpy as np
import pytest
from golden import expect_message, expect_messages, raises
from kpipe_callbacks import (
    ComposedSchedule,
    ConstantSchedule,
    CosineRestartsSchedule,
    CosineSchedule,
    CyclicSchedule,
    ExponentialSchedule,
    InverseTimeSchedule,
    LinearSchedule,
    OneCycleSchedule,
    PolynomialSchedule,
    Schedule,
    StepSchedule,
)
from kpipe_callbacks.schedules import cosine, exponential

from ..training import Act, generator, net, raising, samples
from .rates import Logs, assert_rates, half_cosine, linear, rate_of, replay, run


class Cut(Exception):  # noqa: N818
    """A training is cut off; that is no error."""


def cut_after(batches):
    """Raises at the end of the last of so many batches."""
    return Act(raising(Cut()), batch=batches - 1)


def own(model):
    """The attributes of a model and of its parts, and the number of its metrics' variables."""
    metric = model.metrics[0]
    parts = [set(vars(part)) for part in (model, model.optimizer, metric)]
    return *parts, len(model.metrics_variables), len(model.variables)


# The optimizer's rate


def test_it_starts_from_the_optimizers_rate():
    assert_rates(run(linear(keras.optimizers.SGD(0.3)), CosineSchedule()).rates, half_cosine(np.arange(5), 0.3, 5))


def test_it_starts_from_its_own_rate_where_one_is_given():
    model = linear(keras.optimizers.SGD(0.3))
    assert_rates(run(model, CosineSchedule(learning_rate=0.2)).rates, half_cosine(np.arange(5), 0.2, 5))
    assert rate_of(model) == np.float32(0.3)


def test_after_the_training_the_optimizer_has_its_first_rate_and_a_second_one_repeats_the_rates():
    model, callback = linear(), CosineSchedule()
    for _ in range(2):
        assert_rates(run(model, callback, epochs=2).rates, half_cosine(np.arange(10), 0.1, 10))
        assert rate_of(model) == np.float32(0.1)
    assert int(keras.ops.convert_to_numpy(model.optimizer.iterations)) == 20


def test_a_rate_that_is_changed_between_two_trainings_is_the_next_ones_first():
    model, callback = linear(), CosineSchedule()
    run(model, callback)
    model.optimizer.learning_rate = 0.4
    assert_rates(run(model, callback).rates, half_cosine(np.arange(5), 0.4, 5))


def test_a_training_that_is_stopped_early_gives_the_rate_back():
    model = linear()
    stopping = Act(lambda trained: setattr(trained, "stop_training", True), batch=6)
    run(model, CosineSchedule(), stopping, epochs=4)
    assert rate_of(model) == np.float32(0.1)


def test_a_training_from_a_later_epoch_continues_in_the_middle():
    model, expected = linear(), half_cosine(np.arange(20), 0.1, 20)
    assert_rates(run(model, CosineSchedule(), epochs=4, initial_epoch=2).rates, expected[10:])
    # The updates of earlier trainings do not count.
    assert_rates(run(model, CosineSchedule(), epochs=4, initial_epoch=3).rates, expected[15:])


# Steps


def test_each_step_of_an_execution_has_its_own_rate():
    rates, found = half_cosine(np.arange(20), 0.1, 20), {}
    first = linear().get_weights()[0]
    expected = replay(first, lambda weights, gradient, t: weights - rates[t] * gradient, epochs=2, batches=10, size=2)
    # The last execution of an epoch has two steps only.
    for several in (1, 4):
        model = linear(steps_per_execution=several)
        assert run(model, CosineSchedule(), epochs=2, batches=10).updates[-1] == 20
        found[several] = model.get_weights()[0].ravel()
        np.testing.assert_allclose(found[several], expected[-1], rtol=0, atol=1e-6)
    np.testing.assert_allclose(found[1], found[4], rtol=0, atol=1e-6)


def test_a_step_is_an_update_of_gradients_that_are_added_up():
    model = linear(keras.optimizers.SGD(0.1, gradient_accumulation_steps=2))
    first, callback = model.get_weights()[0], CosineSchedule()
    found = run(model, callback, epochs=2, batches=6)
    rates = half_cosine(np.arange(6), 0.1, 6)
    assert_rates(found.rates, np.repeat(rates, 2))
    np.testing.assert_allclose(callback.curve(2, 6, 0.1, accumulation=2), rates, rtol=1e-12)
    # The mean gradient of two batches is that of one batch of twice the size.
    expected = replay(first, lambda weights, gradient, t: weights - rates[t] * gradient, epochs=2, batches=3, size=4)
    np.testing.assert_allclose(found.weights[1::2], expected, rtol=0, atol=1e-6)


def test_epochs_may_have_half_an_update():
    model = linear(keras.optimizers.SGD(0.1, gradient_accumulation_steps=2))
    callback = StepSchedule(milestone_epochs=[1])
    # Five batches are two and a half updates: the third one, with a batch of each epoch, is still an early one.
    assert_rates(run(model, callback, epochs=2).rates, [0.1] * 6 + [0.01] * 4)
    np.testing.assert_allclose(callback.curve(2, 5, 0.1, accumulation=2), [0.1, 0.1, 0.1, 0.01, 0.01])


def test_with_mixed_precision_the_rate_is_the_one_of_the_updates_that_were_made():
    before = keras.config.dtype_policy()
    keras.config.set_dtype_policy("mixed_float16")
    try:
        model = linear()
        # So large that the first gradients overflow, whose updates are skipped.
        model.compile(keras.optimizers.LossScaleOptimizer(keras.optimizers.SGD(0.1), initial_scale=2.0**20), "mse")
        logs = Logs()
        found = run(model, CosineSchedule(), logs, epochs=4)
    finally:
        keras.config.set_dtype_policy(before)
    assert found.updates[0] == 0
    assert 10 < found.updates[-1] < 20
    assert_rates(found.rates, half_cosine(np.array([0, *found.updates[:-1]]), 0.1, 20))
    assert logs.epochs[-1]["learning_rate"] == pytest.approx(found.rates[-1], rel=1e-6)
    assert rate_of(model) == np.float32(0.1)


@pytest.mark.parametrize("compiling", [{"jit_compile": True}, {"jit_compile": False}, {"run_eagerly": True}])
def test_the_rates_are_the_same_however_the_step_is_run(compiling):
    model = net(**compiling)
    assert_rates(run(model, CosineSchedule(warmup_steps=2)).rates, [0, 0.05, *half_cosine(np.arange(3), 0.1, 3)])


@pytest.mark.parametrize(
    "optimizer",
    [lambda: keras.optimizers.Adam(0.1), lambda: keras.optimizers.Lion(0.1), lambda: keras.optimizers.Adafactor(0.1)],
)
def test_it_sets_the_rate_of_other_optimizers(optimizer):
    model = net(optimizer())
    assert_rates(run(model, CosineSchedule()).rates, half_cosine(np.arange(5), 0.1, 5))
    assert rate_of(model) == np.float32(0.1)


# Data of unknown length


def fit_generator(callback, epochs=1, **fitting):
    model, logs = linear(), Logs()
    model.fit(generator(*samples(20)), epochs=epochs, shuffle=False, verbose=0, callbacks=[callback, logs], **fitting)
    return logs.epochs[-1]["learning_rate"]


@pytest.mark.parametrize("make", [CosineSchedule, LinearSchedule, PolynomialSchedule, OneCycleSchedule])
def test_the_length_of_the_training_must_be_known_where_it_is_needed(make):
    with raises(ValueError):
        fit_generator(make())


@pytest.mark.parametrize(
    "make",
    [
        lambda: ConstantSchedule(warmup_epochs=1),
        lambda: CosineSchedule(total_epochs=1),
        lambda: StepSchedule(milestone_epochs=[1]),
        lambda: CosineRestartsSchedule(period_epochs=1),
        lambda: CyclicSchedule(period_epochs=1),
        lambda: ExponentialSchedule(decay_per_epoch=1),
        lambda: InverseTimeSchedule(decay_per_epoch=1),
    ],
)
def test_the_length_of_an_epoch_must_be_known_where_it_is_needed(make):
    with raises(ValueError):
        fit_generator(make())


# That is what ends an epoch of unknown length.
@pytest.mark.filterwarnings("ignore:Your input ran out of data:UserWarning")
def test_with_a_length_in_steps_that_of_the_data_need_not_be_known():
    assert fit_generator(CosineSchedule(total_steps=10)) == pytest.approx(half_cosine(4, 0.1, 10), rel=1e-6)


def test_with_steps_per_epoch_the_length_is_known():
    found = fit_generator(CosineSchedule(), epochs=2, steps_per_epoch=2)
    assert found == pytest.approx(half_cosine(3, 0.1, 4), rel=1e-6)


def test_a_later_epoch_of_unknown_length_is_refused():
    with raises(ValueError):
        fit_generator(ExponentialSchedule(decay_per_step=0.1), epochs=2, initial_epoch=1)


# What is refused


def test_an_optimizer_with_a_schedule_of_keras_is_refused():
    model = linear(keras.optimizers.Adam(keras.optimizers.schedules.CosineDecay(0.1, 10)))
    run(model)
    before = own(model)
    with raises(ValueError):
        run(model, LinearSchedule())
    assert own(model) == before


def test_two_schedules_are_refused():
    model = linear()
    with raises(ValueError):
        run(model, StepSchedule(milestone_steps=[1]), CosineSchedule())
    assert_rates(run(model).rates, [0.1] * 5)


@pytest.mark.parametrize(
    "arguments",
    [
        {"learning_rate": -0.1},
        {"learning_rate": "0.1"},
        {"warmup_epochs": 0},
        {"warmup_steps": -1},
        {"warmup_epochs": 1, "warmup_steps": 5},
        {"warmup_from": -1},
        {"scale_with_batch": 0},
        {"batch_size": 0},
    ],
)
def test_wrong_arguments_are_refused(arguments):
    with raises(ValueError):
        CosineSchedule(**arguments)


# The linear scaling rule


def test_all_learning_rates_are_scaled_with_the_batch_and_a_line_reports_it(capsys):
    callback = CosineSchedule(
        end_learning_rate=0.01, warmup_steps=2, warmup_from=0.02, scale_with_batch=4, batch_size=10
    )
    expected = 2.5 * np.array([0.02, 0.06, *half_cosine(np.arange(8), 0.1, 8, 0.01)])
    assert_rates(run(linear(), callback, epochs=2).rates, expected)
    assert capsys.readouterr().out == "CosineSchedule: learning rates times 10 / 4 = 2.5 (linear scaling rule)\n"
    np.testing.assert_allclose(callback.curve(2, 5, 0.1), expected, rtol=1e-12)


def test_without_a_warm_up_one_is_advised_where_rates_are_made_larger(capsys):
    run(linear(), ConstantSchedule(scale_with_batch=256, batch_size=512), epochs=1)
    expect_message(capsys.readouterr().out)
    found = run(linear(), ConstantSchedule(scale_with_batch=256, batch_size=64), epochs=1)
    assert_rates(found.rates, [0.025] * 5)
    expected = "ConstantSchedule: learning rates times 64 / 256 = 0.25 (linear scaling rule)\n"
    assert capsys.readouterr().out == expected


def test_batches_of_one_update_are_counted_together(capsys):
    model = linear(keras.optimizers.SGD(0.1, gradient_accumulation_steps=3))
    callback = ConstantSchedule(scale_with_batch=4, batch_size=2, warmup_steps=1, warmup_from=0.1)
    assert_rates(run(model, callback, batches=6).rates, [0.15] * 6)
    said = "ConstantSchedule: learning rates times 2 x 3 / 4 = 1.5 (linear scaling rule)\n"
    assert capsys.readouterr().out == said
    np.testing.assert_allclose(callback.curve(1, 6, 0.1, accumulation=3), [0.15, 0.15])


def test_nothing_is_reported_where_nothing_is_scaled_or_silence_is_wanted(capsys):
    run(linear(), ConstantSchedule(scale_with_batch=4, batch_size=4))
    run(linear(), ConstantSchedule(scale_with_batch=4, batch_size=8, verbose=0))
    assert capsys.readouterr().out == ""


def test_without_interactive_logging_the_line_goes_to_the_logger(capsys, caplog):
    keras.config.disable_interactive_logging()
    try:
        with caplog.at_level(logging.INFO, "kpipe_callbacks"):
            run(linear(), ConstantSchedule(scale_with_batch=4, batch_size=2))
    finally:
        keras.config.enable_interactive_logging()
    expect_messages(caplog.messages, 1)
    assert capsys.readouterr().out == ""


def test_without_the_size_of_the_batch_scaling_is_refused():
    with raises(ValueError):
        run(linear(), ConstantSchedule(scale_with_batch=256))
    with raises(ValueError):
        ConstantSchedule(scale_with_batch=256).curve(1, 5, 0.1)


# Logs


def test_the_rate_of_the_last_step_is_in_the_logs_that_every_callback_gets():
    model, before, after = linear(metrics=["mae"]), Logs(), Logs()
    x, y = samples(10)
    fitting = {"batch_size": 2, "epochs": 2, "verbose": 0, "validation_data": samples(4)}
    history = model.fit(x, y, callbacks=[before, CosineSchedule(), after], **fitting).history
    expected = half_cosine(np.array([4, 9]), 0.1, 10)
    for found in (
        history["learning_rate"],
        *([logs["learning_rate"] for logs in each.epochs] for each in (before, after)),
    ):
        assert_rates(found, expected)
        assert {type(rate) for rate in found} == {float}
    assert set(history) == {"loss", "mae", "val_loss", "val_mae", "learning_rate"}
    assert "learning_rate" not in model.evaluate(x, y, verbose=0, return_dict=True)


# State


def copy(model):
    """A new model with the same weights and the same state of the optimizer."""
    other = linear()
    other.set_weights(model.get_weights())
    other.optimizer.build(other.trainable_variables)
    for variable, value in zip(other.optimizer.variables, model.optimizer.variables, strict=True):
        variable.assign(keras.ops.convert_to_numpy(value))
    return other


def test_a_training_that_was_cut_off_continues_in_a_new_model_with_a_new_callback():
    expected = half_cosine(np.arange(24), 0.1, 20)
    model, callback = linear(), CosineSchedule(total_steps=20)
    with pytest.raises(Cut):
        run(model, callback, cut_after(8), epochs=4)
    state = json.loads(json.dumps(callback.get_state()))
    other = copy(model)
    assert rate_of(other) != np.float32(0.1)
    resumed = CosineSchedule(total_steps=20)
    resumed.set_state(state)
    # The second epoch is begun again, and the updates continue.
    assert_rates(run(other, resumed, epochs=4, initial_epoch=1).rates, expected[8:23])
    assert rate_of(other) == np.float32(0.1)
    # A state is for one training.
    assert_rates(run(other, resumed, epochs=1).rates, expected[:5])


def test_a_training_that_was_cut_off_continues_with_the_same_callback():
    model, callback = linear(), CosineSchedule(total_steps=20)
    with pytest.raises(Cut):
        run(model, callback, cut_after(8), epochs=4)
    callback.set_state(callback.get_state())
    found = run(model, callback, epochs=4, initial_epoch=1)
    assert_rates(found.rates, half_cosine(np.arange(8, 23), 0.1, 20))
    assert rate_of(model) == np.float32(0.1)


def test_a_state_that_is_given_within_a_training_counts_at_once():
    callback = CosineSchedule(total_steps=20)
    giving = Act(lambda model: callback.set_state({**callback.get_state(), "rate": 0.4, "step": 10}), batch=2)
    expected = [*half_cosine(np.arange(3), 0.1, 20), *half_cosine(np.array([10, 11]), 0.4, 20)]
    model = linear()
    assert_rates(run(model, callback, giving).rates, expected)
    assert rate_of(model) == np.float32(0.4)


def test_a_line_reports_that_a_resumed_training_has_another_length(capsys):
    model, callback = linear(), CosineSchedule()
    with pytest.raises(Cut):
        run(model, callback, cut_after(7), epochs=2)
    other, resumed = copy(model), CosineSchedule()
    resumed.set_state(callback.get_state())
    assert_rates(run(other, resumed, epochs=4, initial_epoch=1).rates, half_cosine(np.arange(7, 22), 0.1, 20))
    said = (
        "CosineSchedule: the training had 10 steps and now has 20; from here on, the learning rates "
        "follow the new length\n"
    )
    assert capsys.readouterr().out == said


@pytest.mark.parametrize("arguments", [{"total_steps": 10}, {"total_epochs": 2}, {"verbose": 0}])
def test_of_another_length_nothing_is_reported_where_it_does_not_matter_or_silence_is_wanted(capsys, arguments):
    callback = CosineSchedule(**arguments)
    callback.set_state({"rate": 0.1, "step": 0, "length": [5.0, 2]})
    run(linear(), callback, epochs=1)
    assert capsys.readouterr().out == ""


def test_the_state_of_a_callback_that_saw_no_training_is_none():
    callback = CosineSchedule()
    callback.set_state(callback.get_state())
    assert callback.get_state()["step"] is None


# Leaving no trace


def test_after_a_training_the_model_is_as_it_was():
    model = net()
    run(model)
    before = own(model)
    run(model, CosineSchedule())
    assert own(model) == before
    # The next one, without a schedule, has a constant rate.
    assert_rates(run(model).rates, [0.1] * 5)


def test_after_a_training_that_was_cut_off_the_next_one_has_a_constant_rate():
    model = net()
    run(model)
    before = own(model)
    with pytest.raises(Cut):
        run(model, CosineSchedule(), cut_after(3))
    found = run(model)
    assert len(set(found.rates)) == 1
    assert own(model) == before


def test_after_an_interrupted_training_a_schedule_starts_again():
    model, callback = linear(), CosineSchedule(learning_rate=0.2)
    with pytest.raises(Cut):
        run(model, callback, cut_after(3))
    assert_rates(run(model, callback).rates, half_cosine(np.arange(5), 0.2, 5))


def test_a_model_that_is_saved_within_a_training_can_be_loaded(tmp_path):
    path = tmp_path / "model.keras"
    model = net()
    run(model, CosineSchedule(), Act(lambda trained: trained.save(path), epoch=1), epochs=3)
    loaded = keras.models.load_model(path)
    assert_rates([rate_of(loaded)], [half_cosine(9, 0.1, 15)])
    assert_rates(run(loaded).rates, [half_cosine(9, 0.1, 15)] * 5)


# A custom class


class Halving(Schedule):
    """Falls to a half in each epoch."""

    def _schedule(self, rate, clock):
        return exponential(rate, np.log(2) / clock.epoch("an epoch", "nothing"))


def test_a_custom_schedule_class_has_all_features():
    expected = [0, 0.05, *(0.1 * 0.5 ** (np.arange(8) / 5))]
    assert_rates(run(linear(), Halving(warmup_steps=2), epochs=2).rates, expected)


# Before the training


def test_the_curve_needs_a_rate():
    with raises(ValueError):
        CosineSchedule().curve(1, 5)
    assert CosineSchedule(learning_rate=0.3).curve(1, 5)[0] == 0.3


def test_the_curve_is_an_array_of_all_updates():
    curve = CosineSchedule(learning_rate=0.1).curve(3, 7)
    assert curve.dtype == np.float64
    np.testing.assert_allclose(curve, half_cosine(np.arange(21), 0.1, 21), rtol=1e-12)
    np.testing.assert_array_equal(ComposedSchedule(cosine(0.1, 21)).curve(3, 7), curve)


def test_the_curve_is_drawn():
    plt = pytest.importorskip("matplotlib.pyplot")
    plt.switch_backend("Agg")
    try:
        axes = CosineSchedule().plot(2, 5, learning_rate=0.1)
        assert axes.get_title() == "CosineSchedule"
        assert (axes.get_xlabel(), axes.get_ylabel()) == ("epoch", "learning rate")
        (line,) = axes.get_lines()
        np.testing.assert_allclose(line.get_xdata(), np.arange(10) / 5)
        np.testing.assert_allclose(line.get_ydata(), half_cosine(np.arange(10), 0.1, 10))
        assert LinearSchedule(learning_rate=0.1).plot(2, 5, ax=axes) is axes
        assert len(axes.get_lines()) == 2
    finally:
        plt.close("all")


def test_without_matplotlib_the_drawing_says_what_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, "matplotlib.pyplot", None)
    with raises(ImportError):
        CosineSchedule(learning_rate=0.1).plot(1, 5)


def interrupting(at):
    return keras.callbacks.LambdaCallback(on_train_batch_end=lambda batch, logs: _interrupt() if batch == at else None)


def _interrupt():
    raise KeyboardInterrupt


def test_a_rate_that_is_set_after_an_interrupt_is_the_one_of_the_next_training():
    model = linear()
    with pytest.raises(KeyboardInterrupt):
        run(model, CosineSchedule(), interrupting(2))
    model.optimizer.learning_rate = 0.001
    assert_rates(run(model).rates, np.full(5, 0.001))


def test_a_step_by_hand_after_an_interrupt_is_none_of_the_schedule():
    model = linear()
    with pytest.raises(KeyboardInterrupt):
        run(model, CosineSchedule(), interrupting(2))
    x, y = np.ones((4, model.input_shape[-1]), "float32"), np.ones((4, *model.output_shape[1:]), "float32")
    for _ in range(3):
        model.train_on_batch(x, y)
    assert rate_of(model) == np.float32(0.1)
    assert "train_step" not in vars(model)


def test_what_sets_the_rate_between_two_epochs_is_refused():
    plateau = keras.callbacks.ReduceLROnPlateau("loss", factor=0.1, patience=0, min_delta=100)
    for callbacks in ((ConstantSchedule(), plateau), (plateau, ConstantSchedule())):
        with raises(ValueError):
            run(linear(), *callbacks, epochs=4)


@pytest.mark.tensorflow
def test_an_optimizer_that_does_not_move_is_refused():
    class Other(keras.Model):
        """Updates its weights with an optimizer that Keras does not know of."""

        def __init__(self):
            super().__init__()
            self.dense = keras.layers.Dense(1)
            self.other = keras.optimizers.SGD(0.1)

        def call(self, inputs):
            return self.dense(inputs)

        def train_step(self, data):
            import tensorflow as tf

            x, y = data
            with tf.GradientTape() as tape:
                loss = self.compute_loss(x, y, self(x, training=True))
            gradients = tape.gradient(loss, self.trainable_variables)
            self.other.apply_gradients(zip(gradients, self.trainable_variables, strict=True))
            return {"loss": loss}

    model = Other()
    model(np.ones((1, 3), "float32"))
    model.other.build(model.trainable_variables)
    model.compile("sgd", "mse")
    with raises(ValueError):
        model.fit(np.ones((8, 3)), np.ones((8, 1)), verbose=0, callbacks=[ConstantSchedule()])


def test_a_model_without_trainable_weights_is_refused_for_that_reason():
    model = net()
    model.trainable = False
    model.compile("sgd", "mse")
    with raises(ValueError):
        model.fit(*samples(), verbose=0, callbacks=[CosineSchedule()])
    model.trainable = True
    model.compile("sgd", "mse")
    model.fit(*samples(), verbose=0, callbacks=[CosineSchedule()])
