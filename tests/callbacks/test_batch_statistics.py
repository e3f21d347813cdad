"""Evaluations use the statistics of a sample while the moving ones lag, and the training does not notice."""

import keras
import numpy as np
import pytest
from golden import raises
from kpipe_callbacks import BatchStatistics, EarlyStopping, ExplosionDetector, PolyakAveraging

from .training import BATCH, Recorder, arrays, distance, endless, fit, net, same, samples

CLOSE = 2e-6
STEPS = 10


def norms(momentum=0.99):
    return lambda: [keras.layers.BatchNormalization(momentum=momentum)]


def batches(count=STEPS):
    x, _ = samples()
    return [x[start : start + BATCH] for start in range(0, count * BATCH, BATCH)]


def layer_of(model):
    return next(entry for entry in model.layers if isinstance(entry, keras.layers.BatchNormalization))


def statistics(model):
    layer = layer_of(model)
    return arrays([layer.moving_mean, layer.moving_variance])


def expected(model, sample):
    """The means over the batches, in float64, of what the layer before the normalization outputs."""
    kernel, bias = (value.astype(np.float64) for value in arrays(model.layers[0].variables))
    hidden = [np.tanh(x.astype(np.float64) @ kernel + bias) for x in sample]
    return [np.mean([getattr(h, name)(0) for h in hidden], 0) for name in ("mean", "var")]


class Evaluated(keras.callbacks.Callback):
    """Keeps the statistics in the model at the end of each epoch, and those of the sample."""

    def __init__(self, sample):
        super().__init__()
        self.sample, self.found, self.expected = sample, [], []

    def on_epoch_end(self, epoch, logs=None):
        self.found.append(statistics(self.model))
        self.expected.append(expected(self.model, self.sample))


def state(model):
    """All that a training changes."""
    return arrays([*model.variables, *model.optimizer.variables])


def test_validations_see_the_statistics_of_the_first_batches():
    seen = Evaluated(batches(3))
    model = net(layers=norms())
    history = fit(model, [BatchStatistics(3, batches()), seen], validation_data=samples(seed=8)).history
    assert all(distance(*pair) <= CLOSE for pair in zip(seen.found, seen.expected, strict=True))
    # After `fit` the model is the one that was validated last.
    assert same(statistics(model), seen.found[-1])
    assert model.evaluate(*samples(seed=8), verbose=0) == pytest.approx(history["val_loss"][-1], rel=1e-6)
    # Those of other batches differ, so the test sees the number of batches.
    assert distance(seen.found[-1], expected(model, batches())) > 0.01


def test_the_training_is_the_same_to_the_bit():
    layers = lambda: [*norms()(), keras.layers.Dropout(0.3, seed=2)]  # noqa: E731
    plain, recorded = net(keras.optimizers.Adam(0.1), layers), Recorder()
    losses = fit(plain, [recorded], epochs=3).history["loss"]
    model, again = net(keras.optimizers.Adam(0.1), layers), Recorder()
    averages = BatchStatistics(data=batches())
    assert fit(model, [again, averages], epochs=3).history["loss"] == losses
    assert all(same(*pair) for pair in zip(again.ends, recorded.ends, strict=True))
    assert not same(statistics(model), statistics(plain))
    averages.use_training_weights()
    assert same(state(model), state(plain))


# 5 / (1 - 0.9) = 50 and 5 / (1 - 0.75) = 20 steps; a momentum of 1 keeps its statistics on purpose.
@pytest.mark.parametrize(("momentum", "lagging"), [(0.9, 4), (0.75, 1), (1.0, 0)])
def test_moving_statistics_are_used_as_soon_as_they_do_not_lag(momentum, lagging):
    seen = Evaluated(batches())
    model = net(layers=norms(momentum))
    fit(model, [BatchStatistics(data=batches()), seen], epochs=5)
    distances = [distance(*pair) for pair in zip(seen.found, seen.expected, strict=True)]
    assert [value <= CLOSE for value in distances] == [True] * lagging + [False] * (5 - lagging)


def test_each_layer_has_its_own_number_of_steps():
    first, second = keras.layers.BatchNormalization(momentum=0.5), keras.layers.BatchNormalization()
    model, plain = net(layers=lambda: [first, second]), net(layers=lambda: [*norms(0.5)(), *norms()()])
    fit(plain)
    fit(model, [BatchStatistics(data=batches())])
    assert same(statistics(model), statistics(plain))
    assert not same(arrays([second.moving_mean]), arrays([plain.layers[2].moving_mean]))


def test_another_training_continues_with_the_moving_statistics():
    plain, model = net(layers=norms()), net(layers=norms())
    fit(plain, epochs=2)
    callback = BatchStatistics(data=batches())
    fit(model, [callback], epochs=1)
    fit(model, [callback], epochs=1)
    callback.use_training_weights()
    assert same(statistics(model), statistics(plain))


def test_the_best_weights_have_the_statistics_that_were_validated():
    callbacks = [EarlyStopping(restore_best_weights=True, verbose=0), BatchStatistics(data=batches())]
    # The more is learned, the worse the validation gets, so the first epoch is the best.
    x, y = samples(seed=8)
    for order in (callbacks, callbacks[::-1]):
        model = net(layers=norms())
        found = fit(model, order, epochs=2, validation_data=(x, -1 - y)).history["val_loss"]
        assert found[0] < found[1]
        assert model.evaluate(x, -1 - y, verbose=0) == pytest.approx(found[0], rel=1e-6)


def test_averages_of_the_optimizer_have_the_statistics_of_their_own():
    model = net(keras.optimizers.SGD(0.1, use_ema=True, ema_momentum=0.9), norms())
    fit(model, [BatchStatistics(data=batches())])
    assert distance(statistics(model), expected(model, batches())) <= CLOSE


def test_a_rollback_does_not_meet_it():
    x, y = samples(4 * STEPS * 3)
    y[BATCH * (STEPS + 3)] = np.nan
    arguments = {"x": endless(x, y, BATCH), "steps_per_epoch": STEPS, "epochs": 3}
    found = []
    for others in ([], [BatchStatistics(data=batches())]):
        model = net(keras.optimizers.SGD(0.05), norms())
        detector = ExplosionDetector(on_explosion="rollback", factor=None, keep_every=2, lr_factor=1, verbose=0)
        fit(model, [*others, detector], **{**arguments, "x": endless(x, y, BATCH)})
        assert len(detector.events) == 1
        for callback in others:
            callback.use_training_weights()
        found.append(state(model))
    assert same(*found)


def test_a_model_without_batch_normalization_needs_no_data():
    plain, model = net(), net()
    fit(plain)
    fit(model, [BatchStatistics()])
    assert same(state(model), state(plain))


@pytest.mark.parametrize("arguments", [{"batches": 0}, {"batches": 1.5}, {"data": 5}], ids=str)
def test_arguments(arguments):
    with raises(ValueError):
        BatchStatistics(**arguments)


@pytest.mark.parametrize("is_last", [True, False])
@pytest.mark.parametrize("kind", [BatchStatistics, PolyakAveraging])
def test_another_callback_that_sets_the_statistics_is_refused(kind, is_last):
    other = kind(data=batches()) if kind is BatchStatistics else kind()
    found = [BatchStatistics(data=batches()), other]
    with raises(ValueError):
        fit(net(layers=norms()), found if is_last else found[::-1])


def test_data_are_required():
    with raises(ValueError):
        fit(net(layers=norms()), [BatchStatistics()])
