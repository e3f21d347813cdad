"""It stops, chooses and restores as Keras' own does, and better where metrics are not finite."""

import itertools
import logging
import math
import os
import pickle
import random
import warnings

import keras
import numpy as np
import pytest
from golden import expect_message, raises, warns
from kpipe_callbacks import EarlyStopping, PolyakAveraging

from .training import Figures, Recorder, Watcher, arrays, fit, net, same, samples

NAN, INF = math.nan, math.inf


def small():
    """A compiled model of one weight, with metrics whose direction Keras knows."""
    model = keras.Sequential([keras.Input((1,)), keras.layers.Dense(1, use_bias=False)])
    model.compile(keras.optimizers.SGD(0.1), "mse", metrics=["mae", keras.metrics.BinaryAccuracy(name="accuracy")])
    model.evaluate(np.zeros((1, 1)), np.zeros((1, 1)), verbose=0)
    return model


@pytest.fixture(scope="module")
def model():
    """One for all sequences that are driven by hand."""
    return small()


class Training:
    """What `fit` does around callbacks, with made-up metrics: the weight after epoch n is n + 1."""

    def __init__(self, model, stopping, others=()):
        self.model, self.stopping = model, stopping
        self.callbacks = keras.callbacks.CallbackList([*others, stopping], model=model, epochs=100, steps=1)

    def begin(self):
        self.model.stop_training = False
        self.callbacks.on_train_begin()
        return self

    def epoch(self, number, value=None, weight=None, **figures):
        self.callbacks.on_epoch_begin(number)
        self.model.set_weights([np.full((1, 1), number + 1 if weight is None else weight, np.float32)])
        name = self.stopping.monitor
        self.callbacks.on_epoch_end(number, {"loss": 0.5, **({} if value is None else {name: value}), **figures})
        return self.model.stop_training

    def end(self):
        self.callbacks.on_train_end({})
        return self.weight

    @property
    def weight(self):
        return float(self.model.get_weights()[0].item())


def drive(model, stopping, values, first=0, weights=None):
    """The number of epochs, and the weight at the end."""
    training = Training(model, stopping).begin()
    epochs = 0
    for number, value in enumerate(values, first):
        epochs += 1
        if training.epoch(number, value, None if weights is None else weights[number]):
            break
    return epochs, training.end()


def outcome(model, stopping, values):
    epochs, weight = drive(model, stopping, values)
    return {
        "epochs": epochs,
        "weight": weight,
        "best": None if stopping.best is None else float(stopping.best),
        **{name: getattr(stopping, name) for name in ("best_epoch", "stopped_epoch", "wait")},
    }


class TestLikeKeras:
    @pytest.mark.parametrize("monitor", ["val_loss", "val_mae", "val_accuracy"])
    @pytest.mark.parametrize("mode", ["auto", "min", "max"])
    @pytest.mark.parametrize("restores", [False, True])
    def test_it_stops_and_chooses_and_restores_at_the_same_epochs(self, model, monitor, mode, restores):
        chance = random.Random(f"{monitor} {mode} {restores}")
        stopped = 0
        for _ in range(40):
            arguments = {
                "monitor": monitor,
                "mode": mode,
                "patience": chance.randrange(4),
                # Eighths have no rounding, so that ties are ties for both.
                "min_delta": chance.choice([0, 0, 0.125, 0.25, -0.125]),
                "baseline": chance.choice([None, None, chance.randrange(9) / 8]),
                "start_from_epoch": chance.choice([0, 0, 1, 3]),
                "restore_best_weights": restores,
            }
            values = [chance.randrange(9) / 8 for _ in range(chance.randrange(1, 12))]
            ours = outcome(model, EarlyStopping(**arguments, verbose=0), values)
            theirs = outcome(model, keras.callbacks.EarlyStopping(**arguments), values)
            assert ours == theirs, (arguments, values)
            stopped += ours["epochs"] < len(values)
        assert stopped > 5

    def test_all_short_sequences(self, model):
        for patience, values in itertools.product(range(3), itertools.product([1.0, 2.0, 3.0], repeat=3)):
            arguments = {"monitor": "loss", "patience": patience, "restore_best_weights": True}
            ours = outcome(model, EarlyStopping(**arguments, verbose=0), values)
            assert ours == outcome(model, keras.callbacks.EarlyStopping(**arguments), values), (patience, values)

    def test_a_direction_that_keras_cannot_know_is_the_same_error_at_the_same_epoch(self, model):
        for kind in (keras.callbacks.EarlyStopping, EarlyStopping):
            training = Training(model, kind("figure")).begin()
            with pytest.raises(ValueError, match="isn't able to automatically determine"):
                training.epoch(0, 1.0)
            training.end()

    def test_it_is_a_subclass_of_the_keras_class(self):
        stopping = EarlyStopping()
        assert isinstance(stopping, keras.callbacks.EarlyStopping)
        theirs = keras.callbacks.EarlyStopping()
        names = ("monitor", "patience", "mode", "baseline", "restore_best_weights", "start_from_epoch")
        assert all(getattr(stopping, name) == getattr(theirs, name) for name in names)

    def test_fit_ends_and_has_the_best_weights(self):
        x, y = samples(12, seed=6)
        stopping = EarlyStopping(patience=2, restore_best_weights=True, verbose=0)
        trained, watcher = net(keras.optimizers.SGD(0.9)), Watcher()
        history = fit(trained, [watcher, stopping], epochs=12, validation_data=(x, y)).history["val_loss"]
        assert len(history) < 12
        best = int(np.argmin(history))
        assert stopping.best_epoch == best == len(history) - 3
        assert stopping.best == min(history)
        assert same(arrays(trained.trainable_variables), watcher.seen["epoch ends"][best])
        assert trained.evaluate(x, y, verbose=0) == pytest.approx(min(history), rel=1e-6)


class TestFiniteFigures:
    @pytest.mark.parametrize("mode", ["min", "max"])
    @pytest.mark.parametrize("bad", [NAN, INF, -INF])
    @pytest.mark.parametrize(
        ("pattern", "best"),
        [("x21", 2), ("2x1", 2), ("21x", 1), ("xx2x1x", 4), ("2x", 0), ("x2", 1)],
    )
    @pytest.mark.parametrize("on_disk", [False, True])
    def test_what_is_not_finite_is_never_the_best(self, model, tmp_path, pattern, best, bad, mode, on_disk):
        sign = 1 if mode == "min" else -1
        values = [bad if letter == "x" else sign * float(letter) for letter in pattern]
        weights = [NAN if letter == "x" else float(index) for index, letter in enumerate(pattern)]
        path = {"best_weights_path": tmp_path / "best.npz"} if on_disk else {}
        stopping = EarlyStopping(
            "figure", mode=mode, patience=10, restore_best_weights=True, verbose=0, start_from_epoch=0, **path
        )
        assert drive(model, stopping, values, weights=weights) == (len(pattern), float(best))
        assert stopping.best_epoch == best
        assert stopping.best == values[best]
        assert stopping.has_best

    @pytest.mark.parametrize("bad", [NAN, INF, -INF])
    def test_epochs_that_are_not_finite_count_as_epochs_without_improvement(self, model, bad):
        stopping = EarlyStopping("figure", mode="min", patience=2, verbose=0)
        assert drive(model, stopping, [2.0, bad, bad, 1.0])[0] == 3

    @pytest.mark.parametrize("bad", [NAN, INF, -INF])
    @pytest.mark.parametrize("patience", [0, 1, 3])
    def test_where_no_metric_is_finite_it_stops_and_keeps_the_last_weights(self, model, patience, bad, capsys):
        stopping = EarlyStopping("figure", mode="min", patience=patience, restore_best_weights=True)
        epochs, weight = drive(model, stopping, [bad] * 8)
        # Like Keras' own it does not stop after the first epoch.
        assert epochs == max(patience, 2)
        assert weight == epochs
        assert stopping.best is None
        assert not stopping.has_best
        out = capsys.readouterr().out
        expect_message(out)

    def test_a_training_that_was_not_stopped_gets_its_best_weights_too(self, model):
        stopping = EarlyStopping("figure", mode="min", patience=9, restore_best_weights=True, verbose=0)
        assert drive(model, stopping, [3.0, 1.0, NAN, 2.0], weights=[0, 1, NAN, 3]) == (4, 1.0)


class TestSentences:
    def said(self, model, values, capsys, **arguments):
        capsys.readouterr()
        drive(model, EarlyStopping("figure", **{"mode": "min", "patience": 1, **arguments}), values)
        return capsys.readouterr().out

    def test_why_it_stopped(self, model, capsys):
        expect_message(self.said(model, [2.0, 1.5, 1.75, 1.5], capsys, patience=2))

    def test_one_epoch_is_one_epoch(self, model, capsys):
        expect_message(self.said(model, [2.0, 3.0], capsys))

    def test_the_least_change_is_named(self, model, capsys):
        out = self.said(model, [2.0, 1.9], capsys, min_delta=-0.25)
        expect_message(out)

    def test_the_baseline_is_named(self, model, capsys):
        out = self.said(model, [3.0, 2.0, 2.5], capsys, patience=3, baseline=1.0)
        expect_message(out)

    def test_a_baseline_that_was_passed_is_not_the_reason(self, model, capsys):
        out = self.said(model, [3.0, 0.5, 0.75], capsys, baseline=1.0)
        expect_message(out)

    def test_what_was_restored(self, model, capsys):
        out = self.said(model, [2.0, 1.0, 1.5], capsys, restore_best_weights=True)
        expect_message(out)

    def test_a_training_that_was_not_stopped_reports_only_what_was_restored(self, model, capsys):
        assert self.said(model, [2.0, 1.0], capsys) == ""
        out = self.said(model, [2.0, 1.0], capsys, restore_best_weights=True)
        expect_message(out)

    def test_where_no_epoch_was_judged_it_does_not_say_that_metrics_were_not_finite(self, model, capsys):
        out = self.said(model, [2.0, 1.0], capsys, restore_best_weights=True, start_from_epoch=5)
        assert "finite" not in out

    @pytest.mark.parametrize("values", [[2.0, 1.0, 1.5, 3.0], [NAN, NAN, NAN], [2.0, NAN, NAN]])
    def test_verbose_0_prints_nothing(self, model, values, capsys):
        assert self.said(model, values, capsys, restore_best_weights=True, verbose=0) == ""

    def test_it_goes_to_the_logger_where_keras_is_not_interactive(self, model, capsys, caplog):
        keras.config.disable_interactive_logging()
        try:
            with caplog.at_level(logging.INFO, "kpipe_callbacks"):
                assert self.said(model, [2.0, 3.0], capsys) == ""
        finally:
            keras.config.enable_interactive_logging()
        assert [record.message for record in caplog.records if "stopped after epoch 2" in record.message]


class TestMissingFigures:
    def test_a_misspelled_metric_is_an_error_that_lists_the_available_ones(self, model):
        training = Training(model, EarlyStopping("val_los")).begin()
        with raises(ValueError):
            training.epoch(0, val_loss=1.0)
        training.end()

    def test_so_is_one_of_the_training_itself(self, model):
        training = Training(model, EarlyStopping("acuracy")).begin()
        with raises(ValueError):
            training.epoch(0, accuracy=1.0)
        training.end()

    def test_a_validation_metric_without_validation_warns_once(self, model):
        training = Training(model, EarlyStopping("val_loss")).begin()
        with warns(UserWarning):
            training.epoch(0)
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            assert not any(training.epoch(number) for number in range(1, 5))
        training.end()

    def test_epochs_without_a_validation_do_not_count(self, model):
        stopping = EarlyStopping("val_loss", patience=1, restore_best_weights=True, verbose=0)
        training = Training(model, stopping).begin()
        values = [2.0, None, None, 1.0, None, None, 1.5]
        assert [training.epoch(number, value) for number, value in enumerate(values)] == [False] * 6 + [True]
        assert training.end() == 4.0


class TestBestWeights:
    def test_memory_and_disk_give_the_same(self, tmp_path):
        layers = lambda: [keras.layers.BatchNormalization(), keras.layers.Dropout(0.2)]  # noqa: E731
        found = []
        for path in (None, tmp_path / "folder" / "best.npz"):
            stopping = EarlyStopping(
                "figure", mode="min", patience=1, restore_best_weights=True, verbose=0, best_weights_path=path
            )
            trained = net(layers=layers)
            fit(trained, [Figures(figure=[2, 1, 3, 3]), stopping], epochs=4)
            assert stopping.best_epoch == 1
            found.append(arrays(trained.weights))
        assert same(*found)
        assert (tmp_path / "folder" / "best.npz").is_file()
        assert stopping.best_weights is None

    def test_more_than_ten_variables_come_back_in_their_order(self, tmp_path):
        layers = lambda: [keras.layers.Dense(4) for _ in range(6)]  # noqa: E731
        stopping = EarlyStopping(
            "figure", mode="min", restore_best_weights=True, verbose=0, best_weights_path=tmp_path / "best.npz"
        )
        trained, watcher = net(layers=layers), Watcher()
        fit(trained, [Figures(figure=[1, 2]), watcher, stopping])
        assert len(trained.weights) > 12
        assert same(arrays(trained.trainable_variables), watcher.seen["epoch ends"][0])

    @pytest.mark.parametrize("policy", ["bfloat16", "float16", "mixed_float16"])
    @pytest.mark.parametrize("on_disk", [False, True])
    def test_weights_in_half_precision(self, policy, on_disk, tmp_path):
        trained = net(policy=policy)
        kept = trained.get_weights()
        path = {"best_weights_path": tmp_path / "best.npz"} if on_disk else {}
        stopping = EarlyStopping("figure", mode="min", restore_best_weights=True, verbose=0, **path)
        callbacks = keras.callbacks.CallbackList([stopping], model=trained, epochs=2, steps=1)
        callbacks.on_train_begin()
        callbacks.on_epoch_end(0, {"figure": 1.0})
        trained.set_weights([np.zeros_like(value) for value in kept])
        callbacks.on_epoch_end(1, {"figure": 2.0})
        callbacks.on_train_end()
        assert same(arrays(trained.weights), kept)

    def test_it_keeps_a_copy_that_the_training_does_not_change(self):
        stopping = EarlyStopping("figure", mode="min", patience=9, restore_best_weights=True, verbose=0)
        trained, recorder = net(keras.optimizers.Adam(0.05)), Recorder()
        fit(trained, [recorder, Figures(figure=[1, 2, 3]), stopping], epochs=3)
        assert same(arrays(trained.trainable_variables), recorder.ends[9])
        assert not same(arrays(trained.trainable_variables), recorder.ends[-1])

    def test_a_file_is_the_old_or_the_new_one_whenever_it_is_killed(self, model, tmp_path, monkeypatch):
        path = tmp_path / "best.npz"
        arguments = {"mode": "min", "restore_best_weights": True, "verbose": 0, "best_weights_path": path}
        training = Training(model, EarlyStopping("figure", **arguments)).begin()
        training.epoch(0, 2.0, weight=7.0)
        old = path.read_bytes()

        def killed(number):
            raise OSError("killed")

        with monkeypatch.context() as patched:
            patched.setattr(os, "fsync", killed)
            with pytest.raises(OSError, match="killed"):
                training.epoch(1, 1.0, weight=8.0)
        assert path.read_bytes() == old
        assert [entry.name for entry in tmp_path.iterdir()] == ["best.npz"]
        with np.load(path) as file:
            assert [file[name].item() for name in file.files] == [7.0]
        training.end()

    def test_with_averages_it_is_the_averages_that_are_kept(self, tmp_path):
        averaging, watcher, trained = PolyakAveraging(0.9), Watcher(), net()
        stopping = EarlyStopping(
            "figure", mode="min", restore_best_weights=True, verbose=0, best_weights_path=tmp_path / "best.npz"
        )
        fit(trained, [Figures(figure=[1]), stopping, averaging, watcher], epochs=1)
        with np.load(tmp_path / "best.npz") as file:
            assert same([file[f"{index}_0"] for index in range(4)], watcher.seen["epoch ends"][0])


class TestState:
    @pytest.mark.parametrize("on_disk", [False, True])
    @pytest.mark.parametrize("cut", [1, 2, 3, 4])
    def test_a_training_continues_with_a_new_callback_and_a_new_model(self, model, cut, on_disk, tmp_path):
        def made():
            path = {"best_weights_path": tmp_path / "best.npz"} if on_disk else {}
            return EarlyStopping("figure", mode="min", patience=3, restore_best_weights=True, verbose=0, **path)

        values = [3.0, 1.0, NAN, 2.0, 2.5, 0.5]
        whole = made()
        assert drive(model, whole, values) == (5, 2.0)

        first = made()
        training = Training(model, first).begin()
        for number in range(cut):
            assert not training.epoch(number, values[number])
        state = pickle.loads(pickle.dumps(first.get_state()))
        assert state["best_weights"] is None or not on_disk

        second = made()
        second.set_state(state)
        assert drive(small(), second, values[cut:], first=cut) == (5 - cut, 2.0)
        names = ("best", "best_epoch", "stopped_epoch", "wait", "has_best")
        assert all(getattr(second, name) == getattr(whole, name) for name in names)

    def test_within_a_training_it_is_taken_at_once(self, model):
        first, second = (EarlyStopping("figure", mode="min", patience=2, verbose=0) for _ in range(2))
        drive(model, first, [1.0, 2.0])
        state = first.get_state()
        training = Training(model, second).begin()
        second.set_state(state)
        assert (second.best, second.wait) == (1.0, 1)
        assert training.epoch(2, 1.5)
        training.end()

    def test_it_is_used_for_one_training_only(self, model):
        first, second = (EarlyStopping("figure", mode="min", patience=2, verbose=0) for _ in range(2))
        drive(model, first, [1.0, 2.0])
        second.set_state(first.get_state())
        assert drive(model, second, [3.0, 3.0], first=2)[0] == 1
        assert drive(model, second, [3.0, 3.0, 3.0, 3.0], first=2)[0] == 3


class TestAnotherFit:
    @pytest.mark.parametrize("on_disk", [False, True])
    def test_it_starts_from_scratch(self, model, on_disk, tmp_path):
        path = {"best_weights_path": tmp_path / "best.npz"} if on_disk else {}
        stopping = EarlyStopping("figure", mode="min", patience=2, restore_best_weights=True, verbose=0, **path)
        assert drive(model, stopping, [1.0, 2.0, 3.0, 4.0]) == (3, 1.0)
        assert drive(model, stopping, [9.0, 8.0, 8.5, 8.5]) == (4, 2.0)
        assert (stopping.best, stopping.best_epoch, stopping.stopped_epoch) == (8.0, 1, 3)

    @pytest.mark.parametrize("on_disk", [False, True])
    def test_nothing_of_an_earlier_training_is_restored(self, model, on_disk, tmp_path):
        path = {"best_weights_path": tmp_path / "best.npz"} if on_disk else {}
        stopping = EarlyStopping("figure", mode="min", patience=9, restore_best_weights=True, verbose=0, **path)
        drive(model, stopping, [1.0, 2.0])
        assert drive(model, stopping, [NAN, NAN, NAN]) == (3, 3.0)

    def test_the_model_is_again_as_it_was(self):
        trained = small()
        before = set(vars(trained))
        drive(trained, EarlyStopping("figure", mode="min", restore_best_weights=True, verbose=0), [1.0, 2.0])
        assert set(vars(trained)) == before


class TestRefusals:
    @pytest.mark.parametrize(
        "arguments",
        [
            {"mode": "least"},
            {"patience": -1},
            {"patience": 1.5},
            {"patience": True},
            {"start_from_epoch": -1},
            {"min_delta": NAN},
            {"min_delta": INF},
            {"baseline": NAN},
            {"baseline": -INF},
            {"best_weights_path": "a.npz"},
            {"best_weights_path": "a.h5", "restore_best_weights": True},
        ],
    )
    def test_arguments(self, arguments):
        with raises(ValueError):
            EarlyStopping(**arguments)

    def test_two_that_restore(self):
        trained = small()
        pair = [EarlyStopping("loss", restore_best_weights=True), EarlyStopping("mae", restore_best_weights=True)]
        callbacks = keras.callbacks.CallbackList(pair, model=trained, epochs=1, steps=1)
        with raises(ValueError):
            callbacks.on_train_begin()
        assert drive(trained, pair[0], [2.0, 1.0])[0] == 2

    def test_two_of_which_one_restores_work_together(self, model):
        restoring = EarlyStopping("figure", mode="min", patience=9, restore_best_weights=True, verbose=0)
        other = EarlyStopping("loss", patience=1, verbose=0)
        training = Training(model, restoring, [other]).begin()
        assert [training.epoch(number, value) for number, value in enumerate([1.0, 2.0])] == [False, True]
        assert training.end() == 1.0


def classifier(units, **metric):
    model = keras.Sequential([keras.Input((3,)), keras.layers.Dense(units, activation="sigmoid")])
    model.compile("sgd", "mse", metrics=[keras.metrics.F1Score(**metric)])
    return model


def test_a_metric_of_several_numbers_is_refused_with_its_shape_and_a_remedy():
    x, y = samples()[0], np.eye(3, dtype="float32")[np.arange(40) % 3]
    with raises(ValueError):
        classifier(3).fit(x, y, verbose=0, callbacks=[EarlyStopping("f1_score", mode="max")])
    stopping = EarlyStopping("f1_score", mode="max")
    classifier(3, average="macro").fit(x, y, verbose=0, callbacks=[stopping])
    assert stopping.has_best


def test_a_metric_of_one_number_in_an_array_is_that_number():
    x, y = samples()[0], np.ones((40, 1), "float32")
    stopping = EarlyStopping("f1_score", mode="max")
    history = classifier(1).fit(x, y, verbose=0, callbacks=[stopping])
    assert stopping.best == float(np.asarray(history.history["f1_score"][0])[0])
