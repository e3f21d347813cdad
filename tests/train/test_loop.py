import keras
import numpy as np
import pytest
import tensorflow as tf
from golden import raises
from kpipe_callbacks import LayerStatistics

from kpipe.errors import DataError
from kpipe.messages.training_position import TrainingPosition
from kpipe.train.best_weights import BestWeights
from kpipe.train.callbacks.evaluation_weights import evaluation_weights
from kpipe.train.devices.replica_step import ReplicaStep
from kpipe.train.loop import Loop
from kpipe.train.objective.metric_values import build_metrics
from kpipe.train.validator import Validator

from .stand_in import ArrayData, blobs, classifier, numbers


def arguments():
    return {
        "loss": keras.losses.SparseCategoricalCrossentropy(from_logits=True),
        "metrics": [keras.metrics.SparseCategoricalAccuracy(name="accuracy")],
    }


def compiled(optimizer=None, width: int = 1, **options) -> keras.Model:
    model = classifier(**options)
    model.compile(optimizer or keras.optimizers.Adam(0.01), **arguments(), steps_per_execution=width)
    model.optimizer.build(model.trainable_variables)
    return model


def loop(model: keras.Model, data: ArrayData, epochs: int = 3, monitor: str = "val_loss", **options) -> Loop:
    build_metrics(model, data.batches("train", epoch=0))
    width = model.steps_per_execution
    validator = Validator(
        model, data.batches("validation"), data.steps("validation"), **arguments(), steps_per_execution=width
    )
    return Loop(
        model=model,
        batches=lambda epoch, first: data.batches("train", epoch=epoch, first_step=first),
        steps=data.steps("train"),
        epochs=epochs,
        best_weights=BestWeights(monitor),
        validator=validator,
        **options,
    )


def fit(model: keras.Model, data: ArrayData, epochs: int = 3, **options) -> dict[str, list[float]]:
    """Keras' own `fit` over the same batches: all epochs as one data set, cut into epochs by the steps."""
    batches = data.batches("train", epoch=0)
    for epoch in range(1, epochs):
        batches = batches.concatenate(data.batches("train", epoch=epoch))
    steps = data.steps("train")
    validation = data.batches("validation")
    return model.fit(
        batches,
        epochs=epochs,
        steps_per_epoch=steps,
        validation_data=validation,
        verbose=0,
        shuffle=False,
        **options,
    ).history


class Recorder:
    def __init__(self) -> None:
        self.rows: list[dict[str, float]] = []
        self.within: list[tuple[int, dict[str, float]]] = []
        self.moments: list[TrainingPosition] = []

    def epoch_begins(self, epoch):
        pass

    def step_ends(self, step, logs):
        pass

    def validated(self, moment, figures):
        self.within.append((moment.step, figures))

    def epoch_ends(self, moment, figures, seconds):
        self.rows.append(figures)
        self.moments.append(moment)


def same(left: keras.Model, right: keras.Model) -> None:
    for one, other in zip(left.weights, right.weights, strict=True):
        np.testing.assert_array_equal(numbers(one), numbers(other))


def test_weights_and_metrics_are_those_of_fit_bit_identically():
    data = blobs()
    recorder = Recorder()
    by_loop = compiled(dropout=0.3)
    assert loop(by_loop, data, observers=[recorder]).run() == "completed"
    by_fit = compiled(dropout=0.3)
    history = fit(by_fit, data)
    same(by_loop, by_fit)
    assert [row["loss"] for row in recorder.rows] == history["loss"]
    assert [row["accuracy"] for row in recorder.rows] == history["accuracy"]
    assert [row["val_loss"] for row in recorder.rows] == history["val_loss"]
    assert [row["val_accuracy"] for row in recorder.rows] == history["val_accuracy"]


def test_several_steps_an_execution_that_do_not_divide_the_epoch():
    data = blobs()  # 5 steps an epoch
    one, three = compiled(), compiled(width=3)
    loop(one, data).run()
    loop(three, data).run()
    for left, right in zip(one.weights, three.weights, strict=True):
        np.testing.assert_allclose(numbers(left), numbers(right), atol=1e-6)


def test_validation_within_epochs_leaves_the_training_alone():
    data = blobs()
    plain, looking = Recorder(), Recorder()
    left, right = compiled(dropout=0.3), compiled(dropout=0.3)
    loop(left, data, observers=[plain]).run()
    loop(right, data, observers=[looking], every_steps=3).run()
    same(left, right)
    assert plain.rows == looking.rows
    assert [step for step, _ in looking.within] == [3, 6, 9, 12]  # 15 is the end of an epoch


def test_validation_within_epochs_happens_after_the_call_that_passes_the_step():
    recorder = Recorder()
    loop(compiled(width=2), blobs(), observers=[recorder], every_steps=3).run()
    # The calls end at 2, 4, 5 | 7, 9, 10 | 12, 14, 15; each multiple of 3 is passed by the first call at or after it.
    assert [step for step, _ in recorder.within] == [4, 7, 9, 12]


def test_a_state_within_an_epoch_may_be_the_best():
    data = blobs()
    recorder = Recorder()
    model = compiled(keras.optimizers.SGD(keras.optimizers.schedules.PiecewiseConstantDecay([1], [0.05, 30.0])))
    training = loop(model, data, epochs=1, every_steps=2, observers=[recorder])
    training.run()
    assert training.best_weights.moment == TrainingPosition(1, 2, ends_epoch=False)
    training.best_weights.restore(model)
    assert training.validator.run(_hooks(training))["loss"] == recorder.within[0][1]["val_loss"]


def _hooks(training: Loop):
    return training._hooks


def test_the_kept_weights_give_the_kept_metric_again():
    data = blobs()
    model = compiled(keras.optimizers.SGD(2.0))
    recorder = Recorder()
    training = loop(model, data, epochs=6, observers=[recorder])
    training.run()
    values = [row["val_loss"] for row in recorder.rows]
    assert training.best_weights.moment.epoch == int(np.argmin(values)) + 1
    training.best_weights.restore(model)
    assert training.validator.run(_hooks(training))["loss"] == min(values)


def test_the_last_epoch_is_validated_in_any_case():
    recorder = Recorder()
    loop(compiled(), blobs(), epochs=5, every_epochs=2, observers=[recorder]).run()
    assert ["val_loss" in row for row in recorder.rows] == [False, True, False, True, True]


class StopAfter(keras.callbacks.Callback):
    def __init__(self, epoch: int) -> None:
        super().__init__()
        self.epoch = epoch

    def on_epoch_end(self, epoch, logs=None):
        self.model.stop_training = epoch == self.epoch


def test_a_callback_stops_the_training():
    recorder = Recorder()
    assert loop(compiled(), blobs(), epochs=5, callbacks=[StopAfter(1)], observers=[recorder]).run() == "stopped_early"
    assert len(recorder.rows) == 2
    assert loop(compiled(), blobs(), epochs=2, callbacks=[StopAfter(1)]).run() == "completed"


class Calls(keras.callbacks.Callback):
    def __init__(self) -> None:
        super().__init__()
        self.calls: list[tuple] = []

    def on_train_begin(self, logs=None):
        self.calls.append(("train begins", self.params["epochs"], self.params["steps"]))

    def on_epoch_begin(self, epoch, logs=None):
        self.calls.append(("epoch begins", epoch))

    def on_train_batch_end(self, batch, logs=None):
        self.calls.append(("batch ends", batch, sorted(logs), round(logs["loss"], 5)))

    def on_test_begin(self, logs=None):
        self.calls.append(("test begins",))

    def on_test_batch_end(self, batch, logs=None):
        self.calls.append(("test batch ends", batch))

    def on_test_end(self, logs=None):
        self.calls.append(("test ends", sorted(logs)))

    def on_epoch_end(self, epoch, logs=None):
        self.calls.append(("epoch ends", epoch, sorted(logs)))

    def on_train_end(self, logs=None):
        self.calls.append(("train ends",))


@pytest.mark.parametrize("width", [1, 2])
def test_callbacks_are_called_as_by_fit(width):
    data, by_loop, by_fit = blobs(samples=104), Calls(), Calls()  # 4 steps an epoch
    loop(compiled(width=width), data, epochs=2, callbacks=[by_loop]).run()
    fit(compiled(width=width), data, epochs=2, callbacks=[by_fit])
    assert by_loop.calls == by_fit.calls


def test_an_exploding_loss_ends_the_training_and_an_earlier_state_is_kept():
    data = blobs()
    schedule = keras.optimizers.schedules.PiecewiseConstantDecay([5], [0.01, 1e30])
    model = compiled(keras.optimizers.SGD(schedule))
    recorder = Recorder()
    training = loop(model, data, epochs=9, observers=[recorder])
    assert training.run() == "exploded"
    assert len(recorder.rows) == 2
    assert training.best_weights.moment.epoch == 1
    training.best_weights.restore(model)
    assert all(np.isfinite(numbers(variable)).all() for variable in model.variables)


def test_weights_that_break_in_the_very_last_step_count_as_exploded():
    data = blobs()
    schedule = keras.optimizers.schedules.PiecewiseConstantDecay([3], [0.01, float("inf")])
    model = compiled(keras.optimizers.SGD(schedule))
    build_metrics(model, data.batches("train", epoch=0))
    training = Loop(
        model=model,
        batches=lambda epoch, first: data.batches("train", epoch=epoch, first_step=first),
        steps=5,
        epochs=1,
        best_weights=BestWeights("last"),
    )
    assert training.run() == "exploded"
    assert training.best_weights.moment is None


def test_averages_are_validated_and_kept_and_the_training_continues_untouched():
    data = blobs()
    settings = {"use_ema": True, "ema_momentum": 0.9}
    model, by_fit = (compiled(keras.optimizers.SGD(0.3, **settings)) for _ in range(2))
    recorder = Recorder()
    training = loop(model, data, monitor="val_loss", observers=[recorder])
    training.run()
    fit(by_fit, data)
    same(model, by_fit)  # fit ends with the averages too
    measured = by_fit.evaluate(data.batches("validation"), verbose=0, return_dict=True)
    assert recorder.rows[-1]["val_loss"] == pytest.approx(measured["loss"], rel=1e-6)


def test_averaged_weights_come_back_bit_identically():
    data = blobs()
    model = compiled(keras.optimizers.SGD(0.3, use_ema=True))
    model.fit(data.batches("train"), verbose=0, epochs=1, shuffle=False)
    model.layers[1].kernel.assign_add(np.full(model.layers[1].kernel.shape, 0.1, np.float32))
    before = [numbers(variable) for variable in model.variables]
    with evaluation_weights(model):
        assert not np.array_equal(numbers(model.layers[1].kernel), before[0])
    for value, variable in zip(before, model.variables, strict=True):
        np.testing.assert_array_equal(value, numbers(variable))


def test_data_that_end_early_are_an_error():
    data = blobs()
    training = loop(compiled(), data)
    training.steps = 7
    with raises(DataError):
        training.run()


def test_an_interrupt_leaves_the_best_state_in_the_best_weights():
    class Interrupt(keras.callbacks.Callback):
        def on_epoch_begin(self, epoch, logs=None):
            if epoch == 2:
                raise KeyboardInterrupt

    training = loop(compiled(), blobs(), callbacks=[Interrupt()])
    with pytest.raises(KeyboardInterrupt):
        training.run()
    assert training.best_weights.moment.epoch in (1, 2)


def test_data_processes_are_checked_before_each_step_of_training_and_validation():
    data, checks = blobs(), []

    def check():
        checks.append(len(checks))
        if len(checks) == limit:
            raise DataError("a process has died")

    steps = data.steps("train") + data.steps("validation")
    limit = steps + 1
    training = loop(compiled(), data, epochs=2, check_data=check)
    with pytest.raises(DataError, match="has died"):
        training.run()
    assert int(training.model.optimizer.iterations) == data.steps("train")


def test_a_step_of_its_own_has_what_callbacks_do_around_calls():
    data, batch = blobs(), (np.zeros((4, 4), np.float32), np.zeros(4, np.int64))
    with tf.distribute.MirroredStrategy(["CPU:0"]).scope():
        model = compiled()
    step = ReplicaStep(model, model.distribute_strategy)
    statistics = LayerStatistics(batch, every_steps=4)
    loop(model, data, epochs=2, callbacks=[statistics], step=step).run()
    # 5 steps an epoch.
    assert list(dict.fromkeys(row["step"] for row in statistics.rows)) == [1, 4, 8]
