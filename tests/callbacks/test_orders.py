"""Callbacks together: what comes out does not depend on their order in the list."""

import functools
import itertools
import math

import keras
import numpy as np
import pytest
from kpipe_callbacks import CosineSchedule, EarlyStopping, ExplosionDetector, PolyakAveraging
from random_seed import set_random_seed

from tests.callbacks.training import arrays, endless, fit, net, same, samples

STEPS, EPOCHS = 4, 4
EXPLODES = STEPS + 2

OURS = {
    "schedule": lambda: CosineSchedule(warmup_steps=2),
    "averaging": lambda: PolyakAveraging(0.9),
    "detector": lambda: ExplosionDetector(on_explosion="rollback", keep_every=2, factor=None, verbose=0),
    "stopping": lambda: EarlyStopping(restore_best_weights=True, patience=2, verbose=0),
}


def new():
    return net(keras.optimizers.SGD(0.05, momentum=0.9))


@functools.cache
def workshop():
    """One model for all, as most of the time goes into the compiling of its validation."""
    model = new()
    model.optimizer.build(model.trainable_variables)
    return model, arrays([*model.weights, *model.optimizer.variables])


def as_new():
    model, start = workshop()
    set_random_seed(3)
    for variable, value in zip([*model.weights, *model.optimizer.variables], start, strict=True):
        variable.assign(value)
    return model


def data(epochs=EPOCHS):
    """One step of the second epoch explodes; the more is learned, the worse the validation gets."""
    x, y = samples(4 * STEPS * EPOCHS)
    y = 1 + 0.1 * y
    y[4 * (EXPLODES - 1)] = math.nan
    validation = samples(8, seed=9)[0]
    return {
        "x": endless(x, y, 4),
        "steps_per_epoch": STEPS,
        "validation_data": (validation, -np.ones((8, 1), np.float32)),
        "epochs": epochs,
    }


def train(callbacks, epochs=EPOCHS):
    """All that a training leaves behind."""
    model = as_new()
    history = fit(model, callbacks.values(), **data(epochs)).history
    events = callbacks["detector"].events if "detector" in callbacks else None
    state = {name: entry.get_state() for name, entry in callbacks.items() if name in OURS}
    return {
        "weights": arrays(model.weights),
        "optimizer": arrays(model.optimizer.variables),
        "history": history,
        "events": events,
        "state": state,
    }


def equal(first, second):
    # NaN is equal to itself here, and numbers are equal to the bit.
    np.testing.assert_equal(first["history"], second["history"])
    np.testing.assert_equal(first["events"], second["events"])
    np.testing.assert_equal(first["state"], second["state"])
    assert same(first["weights"], second["weights"])
    assert same(first["optimizer"], second["optimizer"])


def of(names):
    return {name: OURS[name]() for name in names}


@pytest.mark.parametrize("pair", list(itertools.combinations(OURS, 2)), ids="-".join)
def test_the_order_of_two_does_not_matter(pair):
    first, second = train(of(pair)), train(of(reversed(pair)))
    equal(first, second)
    if "detector" in pair:
        assert [event["step"] for event in first["events"]] == [EXPLODES]
    # Without detector there are no numbers after the first epoch, and so no improvement either.
    assert len(first["history"]["loss"]) == (3 if "stopping" in pair else EPOCHS)


@pytest.fixture(scope="module")
def expected():
    return train(of(OURS))


def test_all_four_do_their_work_together(expected):
    assert [(event["step"], event["good_step"]) for event in expected["events"]] == [(EXPLODES, EXPLODES - 2)]
    history = expected["history"]
    # Stopped after the third epoch, with the averages of the first one.
    assert len(history["val_loss"]) == 3
    assert np.isfinite(history["val_loss"]).all()
    assert expected["state"]["stopping"]["best_epoch"] == 0
    # Two updates were taken back.
    assert expected["state"]["averaging"]["updates"] == 3 * STEPS - 2
    # The rate of the last step of each epoch, halved from the explosion on.
    curve = OURS["schedule"]().curve(EPOCHS, STEPS, learning_rate=0.05)[STEPS - 1 :: STEPS][:3]
    np.testing.assert_allclose(history["learning_rate"], curve * [1, 0.5, 0.5], rtol=1e-5)
    model = new()
    for variable, value in zip(model.weights, expected["weights"], strict=True):
        variable.assign(value)
    x, y = data()["validation_data"]
    assert model.evaluate(x, y, verbose=0) == pytest.approx(history["val_loss"][0], rel=1e-6)


@pytest.mark.parametrize("order", list(itertools.permutations(OURS))[1:], ids="-".join)
def test_the_order_of_all_four_does_not_matter(expected, order):
    equal(train(of(order)), expected)


# Keras' own.


def kerases(folder):
    return {
        "checkpoint": lambda: keras.callbacks.ModelCheckpoint(folder / "{epoch}.weights.h5", save_weights_only=True),
        "log": lambda: keras.callbacks.CSVLogger(folder / "log.csv"),
        "nan": keras.callbacks.TerminateOnNaN,
        "keras stopping": lambda: keras.callbacks.EarlyStopping("val_loss", patience=1, restore_best_weights=True),
        "plateau": lambda: keras.callbacks.ReduceLROnPlateau("val_loss", patience=1, factor=0.5),
    }


def left_in(folder):
    """The contents of the files, as weights or as text."""
    found = {}
    for path in sorted(folder.iterdir()):
        if path.suffix == ".csv":
            found[path.name] = path.read_text()
        else:
            model = new()
            model.optimizer.build(model.trainable_variables)
            model.load_weights(path)
            found[path.name] = arrays([*model.weights, *model.optimizer.variables])
        path.unlink()
    return found


#: Of Keras' own those together that leave each other alone; two that set the learning rate are no pair.
GROUPS = {"keepers": ["checkpoint", "log", "keras stopping"], "nan": ["nan"], "plateau": ["plateau"]}


@pytest.mark.parametrize(
    ("ours", "group"),
    [(ours, group) for ours in OURS for group in GROUPS if (ours, group) != ("schedule", "plateau")],
)
def test_the_order_of_one_of_ours_and_those_of_keras_does_not_matter(tmp_path, ours, group):
    results, files, makers = [], [], {**OURS, **kerases(tmp_path)}
    for names in ([ours, *GROUPS[group]], [*GROUPS[group], ours]):
        results.append(train({name: makers[name]() for name in names}, epochs=3))
        files.append(left_in(tmp_path))
    equal(*results)
    np.testing.assert_equal(*files)
    done = len(results[0]["history"]["loss"])
    if group == "keepers":
        assert sorted(files[0]) == [f"{epoch}.weights.h5" for epoch in range(1, done + 1)] + ["log.csv"]
        columns = files[0]["log.csv"].splitlines()[0].split(",")
        rate = ["learning_rate"] if ours == "schedule" else []
        assert sorted(columns) == sorted(["epoch", "loss", "val_loss", *rate])
    # The explosion is in the second epoch, and the validation is worse then than in the first one.
    assert done == (3 if group == "plateau" else 2)


# What is saved while they are at work.


def test_a_checkpoint_of_the_whole_model_is_one_of_any_model(tmp_path):
    path = tmp_path / "model.keras"
    plain = new()
    fit(plain, **data(1))
    averager = PolyakAveraging(0.9)
    seen = {}

    def look(epoch, logs):
        seen.update(weights=arrays(model.weights), optimizer=arrays(model.optimizer.variables))

    callbacks = [*of(["schedule", "detector", "stopping"]).values(), averager]
    checkpoint = keras.callbacks.ModelCheckpoint(path)
    model = new()
    fit(model, [checkpoint, *callbacks, keras.callbacks.LambdaCallback(on_epoch_end=look)], **data(1))
    loaded = keras.models.load_model(path, compile=True)
    assert len(loaded.optimizer.variables) == len(plain.optimizer.variables)
    assert same(arrays(loaded.weights), seen["weights"])
    assert same(arrays(loaded.optimizer.variables), seen["optimizer"])
    assert [metric.name for metric in loaded.metrics] == [metric.name for metric in plain.metrics]
    # It can be trained on with the same callbacks.
    fit(loaded, callbacks, **data(1))


class Busy(keras.callbacks.Callback):
    """Saves and copies the model in the middle of everything."""

    def __init__(self, folder):
        super().__init__()
        self.folder, self.weights, self.count = folder, {}, 0

    def _work(self, name):
        model = self.model
        self.weights[name] = arrays(model.weights)
        model.save(self.folder / f"{name}.keras")
        copy = keras.models.clone_model(model)
        assert len(copy.weights) == len(model.weights)
        assert keras.Sequential.from_config(model.get_config()).count_params() == model.count_params()
        keras.models.model_from_json(model.to_json())

    def on_train_batch_end(self, batch, logs=None):
        if batch == 1 and "batch" not in self.weights:
            self._work("batch")

    def on_epoch_end(self, epoch, logs=None):
        if epoch == 1:
            self._work("epoch")

    def on_train_end(self, logs=None):
        self._work("end")


@pytest.mark.parametrize("is_first", [True, False])
def test_a_callback_that_saves_and_copies_the_model_changes_nothing(tmp_path, expected, is_first):
    busy = Busy(tmp_path)
    ours = of(OURS)
    equal(train({"busy": busy, **ours} if is_first else {**ours, "busy": busy}), expected)
    for name, weights in busy.weights.items():
        loaded = keras.models.load_model(tmp_path / f"{name}.keras")
        assert same(arrays(loaded.weights), weights)
        assert len(loaded.optimizer.variables) == len(expected["optimizer"])
