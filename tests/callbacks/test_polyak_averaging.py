"""The averages are those of an independent replay, and the model holds what the table of the class says."""

import keras
import numpy as np
import pytest
from golden import raises
from kpipe_callbacks import EarlyStopping, PolyakAveraging
from random_seed import set_random_seed

from .training import (
    BATCH,
    Act,
    Batches,
    Figures,
    Recorder,
    Watcher,
    arrays,
    distance,
    fit,
    generator,
    net,
    raising,
    same,
    samples,
)

CLOSE = 1e-6


def replay(initial, weights, decay=0.995, every=1, start=0, warmup=False):
    """The average in float64, as the sum that the formulas stand for and not step by step."""
    first = weights[start - 1] if start else initial
    decay = decay if decay == "equal" else float(decay)
    picked = weights[start + every - 1 :: every]
    if not picked:
        return [np.asarray(value, np.float64) for value in first]
    count = len(picked)
    if decay == "equal":
        shares = np.full(count, 1 / count)
    else:
        shares = np.array([(1 - decay) * decay ** (count - 1 - index) for index in range(count)])
        if warmup:
            shares /= shares.sum()
    found = [np.tensordot(shares, np.array(values, np.float64), 1) for values in zip(*picked, strict=True)]
    return [
        (1 - shares.sum()) * np.asarray(value, np.float64) + total for value, total in zip(first, found, strict=True)
    ]


def trained(averaging, optimizer=None, layers=tuple, others=(), seed=3, policy="float32", compiled=(), **arguments):
    """A model that was trained, and what a recorder saw of it."""
    recorder = Recorder()
    model = net(optimizer, layers, policy, seed, **dict(compiled))
    fit(model, [recorder, averaging, *others], **arguments)
    return model, recorder


WAYS = {
    "decay 0.9": {"decay": 0.9},
    "decay 0": {"decay": 0},
    "equal": {"decay": "equal"},
    "warmup": {"decay": 0.9, "warmup": True},
    "warmup with decay 0.9999": {"decay": 0.9999, "warmup": True},
    "every 3": {"decay": 0.9, "every": 3},
    "start 4": {"decay": 0.9, "start": 4},
    "every 3 and start 4": {"decay": 0.9, "every": 3, "start": 4},
    "equal, every 3 and start 4": {"decay": "equal", "every": 3, "start": 4},
    "warmup, every 3 and start 4": {"decay": 0.9, "every": 3, "start": 4, "warmup": True},
}


@pytest.fixture(scope="module")
def plain():
    """A training without any of our callbacks: what a recorder saw, and the model."""
    recorder = Recorder()
    model = net()
    fit(model, [recorder])
    recorder.last = arrays(model.trainable_variables)
    return recorder


class TestFormula:
    @pytest.mark.parametrize("way", WAYS)
    def test_the_averages_are_those_of_a_replay(self, way, plain):
        averaging = PolyakAveraging(**WAYS[way])
        model, recorder = trained(averaging)
        assert len(recorder.ends) == 20
        assert distance(arrays(model.trainable_variables), replay(plain.initial, recorder.ends, **WAYS[way])) <= CLOSE
        assert averaging.get_state()["updates"] == 20
        averaging.use_raw()
        assert same(arrays(model.trainable_variables), plain.last)

    # 10 batches, of which the last execution gets two, and 9.
    @pytest.mark.parametrize(("way", "samples_of"), [("decay 0.9", 40), ("warmup, every 3 and start 4", 36)])
    def test_several_steps_in_one_execution_count_one_by_one(self, way, samples_of):
        x, y = samples(samples_of)
        given = {"x": x, "y": y, "batch_size": BATCH}
        single = Recorder()
        fit(net(), [single], **given)
        averaging = PolyakAveraging(**WAYS[way])
        model = net(steps_per_execution=4)
        fit(model, [averaging], **given)
        assert distance(arrays(model.trainable_variables), replay(single.initial, single.ends, **WAYS[way])) <= CLOSE

    @pytest.mark.parametrize("way", ["decay 0.9", "every 3 and start 4"])
    def test_an_update_is_what_counts_where_gradients_are_accumulated(self, way):
        averaging = PolyakAveraging(**WAYS[way])
        model, recorder = trained(averaging, keras.optimizers.SGD(0.1, gradient_accumulation_steps=2), epochs=3)
        weights = recorder.after_updates()
        assert len(weights) == 15
        assert distance(arrays(model.trainable_variables), replay(recorder.initial, weights, **WAYS[way])) <= CLOSE
        assert averaging.get_state()["updates"] == 15

    def test_accumulation_that_does_not_fit_into_an_epoch_continues_in_the_next(self):
        averaging = PolyakAveraging(0.9)
        model, recorder = trained(averaging, keras.optimizers.SGD(0.1, gradient_accumulation_steps=3))
        weights = recorder.after_updates()
        assert len(weights) == 6
        assert distance(arrays(model.trainable_variables), replay(recorder.initial, weights, 0.9)) <= CLOSE

    def test_accumulation_within_one_execution(self):
        made = lambda: keras.optimizers.SGD(0.1, gradient_accumulation_steps=2)  # noqa: E731
        single = Recorder()
        fit(net(made()), [single])
        averaging = PolyakAveraging(0.9, every=2)
        model = net(made(), steps_per_execution=4)
        fit(model, [averaging])
        expected = replay(single.initial, single.after_updates(), 0.9, every=2)
        assert distance(arrays(model.trainable_variables), expected) <= CLOSE

    @pytest.mark.parametrize("way", ["decay 0.9", "every 3 and start 4"])
    def test_a_step_whose_gradients_overflow_is_not_an_update(self, way):
        x, y = samples()
        y = y.copy()
        y[8:12], y[20:24] = 1e6, 1e6
        averaging = PolyakAveraging(**WAYS[way])
        optimizer = keras.optimizers.LossScaleOptimizer(keras.optimizers.SGD(0.05), initial_scale=2.0**10)
        model, recorder = trained(averaging, optimizer, policy="mixed_float16", x=x, y=y, batch_size=BATCH)
        weights = recorder.after_updates()
        assert len(weights) == 16
        assert distance(arrays(model.trainable_variables), replay(recorder.initial, weights, **WAYS[way])) <= CLOSE

    def test_overflow_with_accumulation(self):
        x, y = samples()
        y = y.copy()
        y[8:12] = 1e6
        averaging = PolyakAveraging(0.9)
        inner = keras.optimizers.SGD(0.05, gradient_accumulation_steps=2)
        optimizer = keras.optimizers.LossScaleOptimizer(inner, initial_scale=2.0**10)
        model, recorder = trained(averaging, optimizer, policy="mixed_float16", x=x, y=y, batch_size=BATCH)
        weights = recorder.after_updates()
        assert len(weights) == 9
        assert distance(arrays(model.trainable_variables), replay(recorder.initial, weights, 0.9)) <= CLOSE

    @pytest.mark.tensorflow
    @pytest.mark.filterwarnings("ignore:Your input ran out of data:UserWarning")
    @pytest.mark.parametrize("executed", [1, 4])
    def test_the_end_of_data_of_unknown_length_is_not_an_update(self, executed, plain):
        # TensorFlow runs what needs no data of a step that finds none: also Keras' own counter goes on then.
        way = {"decay": "equal", "every": 3}
        averaging, model = PolyakAveraging(**way), net(steps_per_execution=executed)
        given, _ = feeding("a tf.data pipeline of unknown length")
        fit(model, [averaging], epochs=2, **given)
        assert averaging.get_state()["updates"] == 20
        assert distance(arrays(model.trainable_variables), replay(plain.initial, plain.ends, **way)) <= CLOSE

    def test_weights_in_half_precision_are_averaged_in_single(self):
        averaging = PolyakAveraging("equal")
        model, recorder = trained(averaging, policy="bfloat16")
        weights = [[np.asarray(value, np.float32) for value in found] for found in recorder.ends]
        expected = replay(recorder.initial, weights, "equal")
        # XLA takes the weights before they are rounded, which JAX always compiles with.
        close = CLOSE if keras.backend.backend() == "tensorflow" else 2**-10
        assert distance([found[0] for found in averaging.get_state()["averages"]], expected) <= close
        assert distance(arrays(model.trainable_variables), expected) <= 2**-7
        averaging.use_raw()
        assert same(arrays(model.trainable_variables), recorder.ends[-1])

    def test_a_step_that_is_not_compiled(self):
        averaging = PolyakAveraging(**WAYS["every 3 and start 4"])
        x, y = samples(20)
        model, recorder = trained(averaging, compiled={"run_eagerly": True}, x=x, y=y, batch_size=BATCH)
        expected = replay(recorder.initial, recorder.ends, **WAYS["every 3 and start 4"])
        assert distance(arrays(model.trainable_variables), expected) <= CLOSE

    def test_a_step_compiled_with_xla(self):
        averaging = PolyakAveraging(**WAYS["every 3 and start 4"])
        model, recorder = trained(averaging, compiled={"jit_compile": True})
        expected = replay(recorder.initial, recorder.ends, **WAYS["every 3 and start 4"])
        assert distance(arrays(model.trainable_variables), expected) <= CLOSE

    def test_a_model_that_is_built_by_its_first_batch(self):
        model = keras.Sequential([keras.layers.Dense(2), keras.layers.Dense(1)])
        model.compile(keras.optimizers.SGD(0.1), "mse")
        recorder, averaging = Recorder(), PolyakAveraging(0.9, warmup=True)
        fit(model, [recorder, averaging], epochs=1)
        assert (
            distance(arrays(model.trainable_variables), replay(recorder.ends[0], recorder.ends, 0.9, warmup=True))
            <= CLOSE
        )

    def test_before_start_there_are_none_and_everything_sees_the_raw_weights(self, plain):
        watcher, averaging = Watcher(), PolyakAveraging(0.9, start=15)
        model, recorder = trained(averaging, others=[watcher], validation_data=samples(8))
        assert same(watcher.seen["validation begins"][0], recorder.ends[9])
        assert same(watcher.seen["epoch ends"][0], recorder.ends[9])
        expected = replay(plain.initial, recorder.ends, 0.9, start=15)
        assert distance(watcher.seen["epoch ends"][1], expected) <= CLOSE
        assert distance(arrays(model.trainable_variables), expected) <= CLOSE

    def test_a_training_that_ends_before_start_leaves_the_raw_weights(self, plain):
        averaging = PolyakAveraging(0.9, start=21)
        model, _ = trained(averaging)
        assert not averaging.in_use
        assert same(arrays(model.trainable_variables), plain.last)
        averaging.use_raw()
        assert same(arrays(model.trainable_variables), plain.last)

    def test_the_average_of_the_moment_of_start_is_the_weights_themselves(self, plain):
        averaging = PolyakAveraging(0.9, start=20)
        model, _ = trained(averaging)
        assert averaging.in_use
        assert distance(arrays(model.trainable_variables), plain.last) <= CLOSE


def normalized():
    return [keras.layers.BatchNormalization(momentum=0.8)]


def statistics(model):
    return [
        v for layer in model.layers if hasattr(layer, "moving_mean") for v in (layer.moving_mean, layer.moving_variance)
    ]


def both(model):
    return [*model.trainable_variables, *statistics(model)]


@pytest.fixture(scope="module")
def raw():
    """What a training with BatchNormalization does without any of our callbacks."""
    recorder = Recorder(both)
    fit(net(layers=normalized), [recorder])
    return recorder


class TestBatchNormalization:
    def test_average_averages_the_moving_statistics_like_the_weights(self, raw):
        model, averaging = net(layers=normalized), PolyakAveraging(0.9, batch_norm="average")
        fit(model, [averaging])
        assert distance(arrays(both(model)), replay(raw.initial, raw.ends, 0.9)) <= CLOSE
        averaging.use_raw()
        assert same(arrays(both(model)), raw.ends[-1])

    @pytest.mark.parametrize("arguments", [{"batch_norm": "keep"}, {}])
    def test_keep_leaves_the_moving_statistics_as_the_raw_weights_made_them(self, arguments, raw):
        model, averaging = net(layers=normalized), PolyakAveraging(0.9, **arguments)
        seen = []
        look = Act(lambda model: seen.extend(arrays(statistics(model))), epoch=0)
        fit(model, [look, averaging])
        assert same(seen, raw.ends[9][-2:])
        assert same(arrays(statistics(model)), raw.ends[-1][-2:])
        expected = replay(raw.initial, raw.ends, 0.9)[:-2]
        assert distance(arrays(model.trainable_variables), expected) <= CLOSE

    def test_reestimate_takes_the_statistics_of_the_data_weighted_by_samples(self):
        x, y = samples(42)
        parts = [slice(0, 16), slice(16, 32), slice(32, 42)]
        means = [x[part].mean(0, dtype=np.float64) for part in parts]
        variances = [x[part].var(0, dtype=np.float64) for part in parts]
        expected = [np.average(found, 0, [16, 16, 10]) for found in (means, variances)]

        set_random_seed(3)
        model = keras.Sequential([keras.Input((3,)), *normalized(), keras.layers.Dropout(0.3), keras.layers.Dense(1)])
        model.compile(keras.optimizers.SGD(0.1), "mse")
        recorder, watcher = Recorder(both), Watcher()
        averaging = PolyakAveraging(0.9, batch_norm="reestimate", data=[(x[part], y[part]) for part in parts])
        fit(model, [recorder, averaging, watcher], x=x, y=y, batch_size=BATCH, validation_data=(x, y))
        assert distance(arrays(statistics(model)), expected) <= CLOSE
        averages = replay(recorder.initial, recorder.ends, 0.9)[:-2]
        assert distance(arrays(model.trainable_variables), averages) <= CLOSE
        assert distance(watcher.seen["validation begins"][-1], averages) <= CLOSE

    def test_use_raw_brings_the_statistics_of_the_raw_training_back_too(self, raw):
        averaging = PolyakAveraging(0.9, batch_norm="reestimate", data=[samples()[0]])
        model = net(layers=normalized)
        fit(model, [averaging])
        assert not same(arrays(statistics(model)), raw.ends[-1][-2:])
        averaging.use_raw()
        assert same(arrays(both(model)), raw.ends[-1])

    def test_reestimate_keeps_the_statistics_until_the_end(self, raw):
        model = net(layers=normalized)
        seen = []
        look = Act(lambda model: seen.append(arrays(both(model))), epoch=0)
        x, _ = samples()
        fit(model, [look, PolyakAveraging(0.9, batch_norm="reestimate", data=[x])])
        assert distance(seen[0][:-2], replay(raw.initial, raw.ends[:10], 0.9)[:-2]) <= CLOSE
        assert same(seen[0][-2:], raw.ends[9][-2:])

    def test_reestimate_comes_after_the_weights_of_the_best_epoch(self):
        x, _ = samples(16)
        set_random_seed(3)
        model = keras.Sequential([keras.Input((3,)), keras.layers.Dense(2), *normalized(), keras.layers.Dense(1)])
        model.compile(keras.optimizers.SGD(0.1), "mse")
        kernels = []
        look = Act(lambda model: kernels.append(arrays(model.layers[0].variables)), epoch=0)
        stopping = EarlyStopping("figure", mode="min", patience=1, restore_best_weights=True, verbose=0)
        averaging = PolyakAveraging(0.9, batch_norm="reestimate", data=[x])
        fit(model, [look, Figures(figure=[1, 2, 3]), averaging, stopping], epochs=3)
        assert same(arrays(model.layers[0].variables), kernels[0])
        inner = x.astype(np.float64) @ kernels[0][0] + kernels[0][1]
        assert distance(arrays(statistics(model)), [inner.mean(0), inner.var(0)]) <= CLOSE

    def test_statistics_are_not_reestimated_twice_after_the_training(self, raw):
        model, averaging = net(layers=normalized), PolyakAveraging(0.9, batch_norm="reestimate")
        averaging.reestimates_at_end = False
        fit(model, [averaging])
        assert same(arrays(statistics(model)), raw.ends[-1][-2:])
        x, _ = samples(16)
        averaging.reestimate([x])
        first = keras.Model(model.inputs, model.layers[0].output)
        inner = np.asarray(first.predict(x, verbose=0), np.float64)
        assert distance(arrays(statistics(model)), [inner.mean(0), inner.var(0)]) <= CLOSE

    def test_frozen_normalization_keeps_its_statistics(self):
        def frozen():
            layers = normalized()
            layers[0].trainable = False
            return layers

        x, _ = samples()
        model = net(layers=frozen)
        before = arrays(statistics(model))
        fit(model, [PolyakAveraging(0.9, batch_norm="reestimate", data=[x])], epochs=1)
        assert same(arrays(statistics(model)), before)


class TestRawTraining:
    @staticmethod
    def trained(*callbacks):
        layers = lambda: [keras.layers.Dropout(0.4), keras.layers.BatchNormalization()]  # noqa: E731
        model, steps = net(keras.optimizers.Adam(0.02), layers, metrics=["mae"]), Recorder()
        return model, steps, fit(model, [*callbacks, steps], validation_data=samples(12, seed=6)).history

    @pytest.fixture(scope="class")
    @classmethod
    def plain(cls):
        """The training without the callback."""
        return cls.trained()

    @pytest.mark.parametrize("arguments", [{"decay": 0.9}, {"decay": "equal", "every": 3, "start": 4}])
    def test_it_is_the_training_without_the_callback_to_the_bit(self, plain, arguments):
        averaging = PolyakAveraging(**arguments)
        without, steps, figures = plain
        with_it, steps_with, found = self.trained(averaging)
        assert averaging.in_use
        assert not same(arrays(without.trainable_variables), arrays(with_it.trainable_variables))
        averaging.use_raw()
        assert same(arrays(without.variables), arrays(with_it.variables))
        assert same(arrays(without.optimizer.variables), arrays(with_it.optimizer.variables))
        assert all(same(a, b) for a, b in zip(steps.ends, steps_with.ends, strict=True))
        # What is validated are the averages, so only those metrics differ.
        assert figures["loss"] == found["loss"]
        assert figures["mae"] == found["mae"]
        assert figures["val_loss"] != found["val_loss"]

    def test_averages_and_raw_weights_can_be_exchanged_again_and_again(self):
        averaging = PolyakAveraging(0.9)
        model, recorder = trained(averaging)
        averages = arrays(model.trainable_variables)
        for _ in range(2):
            averaging.use_raw()
            averaging.use_raw()
            assert not averaging.in_use
            assert same(arrays(model.trainable_variables), recorder.ends[-1])
            averaging.use_averages()
            averaging.use_averages()
            assert averaging.in_use
            assert same(arrays(model.trainable_variables), averages)

    def test_the_model_is_again_as_it_was_after_the_training(self):
        model = net(metrics=["mae"])
        fit(model, epochs=1)
        before = set(vars(model)), [len(metric.variables) for metric in model.metrics], len(model.variables)
        fit(model, [PolyakAveraging(0.9)], epochs=1)
        assert (set(vars(model)), [len(metric.variables) for metric in model.metrics], len(model.variables)) == before
        assert all("reset_state" not in vars(metric) for metric in model.metrics)


def feeding(name):
    """Arguments of fit for 40 samples, and the number of epochs."""
    x, y = samples()
    if name.startswith("a PyDataset"):
        return {"x": Batches(x, y)}, 2
    if name == "a generator of unknown length":
        # It is gone through once.
        return {"x": generator(x, y)}, 1
    if name == "a tf.data pipeline of unknown length":
        import tensorflow as tf

        kinds = (tf.TensorSpec((None, 3)), tf.TensorSpec((None, 1)))
        return {"x": tf.data.Dataset.from_generator(lambda: generator(x, y), output_signature=kinds)}, 2
    return {"x": x, "y": y, "batch_size": BATCH, "keeps_arrays": True}, 2


class TestTable:
    """Each row of the table in the docstring of the class."""

    def test_within_an_epoch_the_weights_are_raw(self, plain):
        recorder, watcher = Recorder(), Watcher()
        fit(net(), [recorder, PolyakAveraging(0.9), watcher], validation_data=samples(8))
        assert all(same(a, b) for a, b in zip(recorder.ends, plain.ends, strict=True))
        assert all(same(a, b) for a, b in zip(recorder.begins, plain.begins, strict=True))
        # A callback that comes after ours sees the same at the beginning of an epoch.
        assert same(watcher.seen["epoch begins"][1], plain.ends[9])

    # Keras says so of all data whose length it does not know.
    @pytest.mark.filterwarnings("ignore:Your input ran out of data:UserWarning")
    @pytest.mark.parametrize(
        "feed",
        [
            "arrays",
            "a PyDataset, without validation",
            "a generator of unknown length",
            pytest.param("a tf.data pipeline of unknown length", marks=pytest.mark.tensorflow),
        ],
    )
    def test_from_the_end_of_an_epoch_all_callbacks_see_the_averages(self, feed, tmp_path):
        given, epochs = feeding(feed)
        if "without" not in feed:
            given["validation_data"] = samples(8, seed=6)
        optimizer = lambda: keras.optimizers.SGD(0.1, momentum=0.9)  # noqa: E731
        raw, states = Recorder(), []
        look = keras.callbacks.LambdaCallback(
            on_epoch_end=lambda epoch, logs: states.append(arrays(model.optimizer.variables))
        )
        watchers = {"before": Watcher(), "after": Watcher()}
        others = {
            place: [
                watcher,
                keras.callbacks.ModelCheckpoint(tmp_path / f"{place} {{epoch}}.weights.h5", save_weights_only=True),
                keras.callbacks.ModelCheckpoint(tmp_path / f"{place} {{epoch}}.keras"),
            ]
            for place, watcher in watchers.items()
        }
        model = net(optimizer())
        fit(model, [raw, look, *others["before"], PolyakAveraging(0.9), *others["after"]], epochs=epochs, **given)
        moments = ["epoch ends"] if "without" in feed else ["epoch ends", "validation begins", "validation ends"]
        for epoch in range(epochs):
            averages = watchers["before"].seen["epoch ends"][epoch]
            assert distance(averages, replay(raw.initial, raw.ends[: 10 * (epoch + 1)], 0.9)) <= CLOSE
            assert not same(averages, raw.ends[10 * epoch + 9])
            for place, watcher in watchers.items():
                assert all(same(watcher.seen[moment][epoch], averages) for moment in moments)
                fresh = net(optimizer(), seed=8)
                fresh.optimizer.build(fresh.trainable_variables)
                fresh.load_weights(tmp_path / f"{place} {epoch + 1}.weights.h5")
                assert same(arrays(fresh.trainable_variables), averages)
                loaded = keras.models.load_model(tmp_path / f"{place} {epoch + 1}.keras")
                assert same(arrays(loaded.trainable_variables), averages)
                assert same(arrays(loaded.optimizer.variables), states[epoch])
        assert same(arrays(model.trainable_variables), averages)
        done = int(loaded.optimizer.iterations)
        assert done >= 10 * epochs
        fit(loaded, epochs=1)
        assert int(loaded.optimizer.iterations) == done + 10

    def test_a_batch_checkpoint_within_an_epoch_has_the_raw_weights(self, plain, tmp_path):
        checkpoint = keras.callbacks.ModelCheckpoint(
            tmp_path / "{batch}.weights.h5", save_weights_only=True, save_freq=4
        )
        fit(net(), [PolyakAveraging(0.9), checkpoint], epochs=1)
        fresh = net(seed=8)
        fresh.optimizer.build(fresh.trainable_variables)
        fresh.load_weights(tmp_path / "8.weights.h5")
        assert same(arrays(fresh.trainable_variables), plain.ends[7])

    def test_after_fit_evaluate_predict_and_save_see_the_averages(self, tmp_path):
        averaging = PolyakAveraging(0.9)
        model, recorder = trained(averaging)
        x, y = samples(12, seed=6)
        reference = net(seed=8)
        for variable, value in zip(
            reference.trainable_variables, replay(recorder.initial, recorder.ends, 0.9), strict=True
        ):
            variable.assign(value.astype(np.float32))
        assert model.evaluate(x, y, verbose=0) == pytest.approx(reference.evaluate(x, y, verbose=0), abs=CLOSE)
        predicted = model.predict(x, verbose=0)
        assert distance([predicted], [reference.predict(x, verbose=0)]) <= 2 * CLOSE
        assert distance([model(x)], [predicted]) <= CLOSE
        model.save(tmp_path / "whole.keras")
        loaded = keras.models.load_model(tmp_path / "whole.keras")
        assert same(arrays(loaded.trainable_variables), arrays(model.trainable_variables))
        assert same(arrays(loaded.optimizer.variables), arrays(model.optimizer.variables))

    @pytest.mark.parametrize(
        ("kind", "place", "restores"),
        [
            (EarlyStopping, "before", True),
            (EarlyStopping, "after", True),
            (keras.callbacks.EarlyStopping, "before", True),
            (keras.callbacks.EarlyStopping, "after", True),
            (EarlyStopping, "before", False),
        ],
    )
    def test_after_an_early_stop_it_has_averages(self, kind, place, restores):
        stopping = kind("figure", mode="min", patience=2, restore_best_weights=restores, verbose=0)
        averaging, watcher = PolyakAveraging(0.9), Watcher()
        pair = [averaging, stopping] if place == "before" else [stopping, averaging]
        recorder, model = Recorder(), net()
        fit(model, [recorder, watcher, Figures(figure=[3, 1, 2, 2, 0]), *pair], epochs=5)
        assert len(watcher.seen["epoch ends"]) == 4
        averages = watcher.seen["epoch ends"][1 if restores else 3]
        assert distance(averages, replay(recorder.initial, recorder.ends[: 20 if restores else 40], 0.9)) <= CLOSE
        assert same(arrays(model.trainable_variables), averages)
        averaging.use_raw()
        assert same(arrays(model.trainable_variables), recorder.ends[-1])

    @pytest.mark.parametrize("place", ["before", "after"])
    def test_after_a_stop_within_an_epoch_it_has_the_averages_of_that_moment(self, place):
        def stop(model):
            model.stop_training = True

        averaging = PolyakAveraging(0.9)
        pair = [averaging, Act(stop, batch=13)] if place == "before" else [Act(stop, batch=13), averaging]
        recorder, model = Recorder(), net()
        fit(model, [recorder, *pair])
        assert len(recorder.ends) == 14
        assert distance(arrays(model.trainable_variables), replay(recorder.initial, recorder.ends, 0.9)) <= CLOSE

    @pytest.mark.parametrize(("error", "batch"), [(RuntimeError("it broke"), 3), (KeyboardInterrupt("it broke"), 13)])
    def test_after_an_exception_within_an_epoch_it_has_the_raw_weights(self, error, batch, plain):
        model, averaging = net(), PolyakAveraging(0.9)
        with pytest.raises(type(error), match="it broke"):
            fit(model, [averaging, Act(raising(error), batch=batch)], validation_data=samples(8))
        assert not averaging.in_use
        assert same(arrays(model.trainable_variables), plain.ends[batch])
        averaging.use_averages()
        assert distance(arrays(model.trainable_variables), replay(plain.initial, plain.ends[: batch + 1], 0.9)) <= CLOSE
        averaging.use_raw()
        assert same(arrays(model.trainable_variables), plain.ends[batch])
        # The end of the training was not announced, and the model is as good as any other.
        x, y = samples(8)
        reference = net()
        reference.set_weights(plain.ends[batch])
        assert model.evaluate(x, y, verbose=0) == reference.evaluate(x, y, verbose=0)
        assert same([model.predict(x, verbose=0)], [reference.predict(x, verbose=0)])

    def test_after_an_exception_of_the_data_it_has_the_raw_weights(self, plain):
        model, averaging = net(), PolyakAveraging(0.9)
        x, y = samples()
        with pytest.raises(Exception, match="the data broke"):
            fit(model, [averaging], x=Batches(x, y, fails_at=7))
        ends = [values for values in plain.ends if same(values, arrays(model.trainable_variables))]
        assert len(ends) == 1

    # Keras looks at the first batches before it calls `evaluate`: then the averages are in the model still.
    @pytest.mark.parametrize("fails_at", [0, 1, 2])
    @pytest.mark.parametrize("form", ["PyDataset", "generator"])
    def test_after_an_exception_of_the_validation_data_the_raw_weights_are_there(self, form, fails_at, plain):
        def broken():
            for index, batch in enumerate(generator(*samples(12))):
                if index == fails_at:
                    raise RuntimeError("the data broke")
                yield batch

        model, averaging = net(), PolyakAveraging(0.9)
        data = broken() if form == "generator" else Batches(*samples(12), fails_at=fails_at)
        with pytest.raises(Exception, match="the data broke"):
            fit(model, [averaging], validation_data=data)
        assert not (averaging.in_use and fails_at == 2)
        averaging.use_raw()
        assert same(arrays(model.trainable_variables), plain.ends[9])

    @pytest.mark.parametrize("moment", ["on_test_begin", "on_test_end"])
    def test_after_an_exception_of_a_callback_in_the_validation_it_has_the_raw_weights(self, moment, plain):
        model, averaging, breaking = net(), PolyakAveraging(0.9), keras.callbacks.Callback()
        setattr(breaking, moment, lambda *arguments, **named: raising(RuntimeError("it broke"))(None))
        with pytest.raises(RuntimeError, match="it broke"):
            fit(model, [averaging, breaking], validation_data=samples(8))
        assert same(arrays(model.trainable_variables), plain.ends[9])

    @pytest.mark.parametrize("place", ["before", "after"])
    def test_after_an_exception_at_the_end_of_an_epoch_it_has_averages_and_use_raw_brings_the_raw_ones(
        self, place, plain
    ):
        model, averaging = net(), PolyakAveraging(0.9)
        breaking = Act(raising(RuntimeError("it broke")), epoch=0)
        with pytest.raises(RuntimeError, match="it broke"):
            fit(model, [averaging, breaking] if place == "before" else [breaking, averaging])
        assert averaging.in_use
        assert distance(arrays(model.trainable_variables), replay(plain.initial, plain.ends[:10], 0.9)) <= CLOSE
        averaging.use_raw()
        assert same(arrays(model.trainable_variables), plain.ends[9])

    def test_an_evaluation_that_fails_at_the_end_of_an_epoch_is_an_exception_there(self, plain):
        x, y = samples(12)
        model, averaging = net(), PolyakAveraging(0.9)
        check = Act(lambda model: model.evaluate(Batches(x, y, fails_at=2), verbose=0), epoch=0)
        with pytest.raises(Exception, match="the data broke"):
            fit(model, [averaging, check])
        assert averaging.in_use
        assert distance(arrays(model.trainable_variables), replay(plain.initial, plain.ends[:10], 0.9)) <= CLOSE


AGAIN = {
    "plain": {"decay": 0.9},
    "start within the second": {"decay": 0.9, "start": 13},
    "every, start, warmup": {"decay": 0.9, "every": 3, "start": 4, "warmup": True},
    "average": {"decay": 0.9, "batch_norm": "average"},
    "reestimate": {"decay": 0.9, "batch_norm": "reestimate", "data": [samples()[0]]},
}


class TestAnotherFit:
    @pytest.mark.parametrize("way", AGAIN)
    def test_two_with_the_same_callback_are_one_long_one(self, way):
        def made():
            layers = lambda: [keras.layers.Dropout(0.3), keras.layers.BatchNormalization()]  # noqa: E731
            return net(keras.optimizers.Adam(0.02), layers if "batch_norm" in AGAIN[way] else tuple)

        long, short = made(), made()
        one, two = PolyakAveraging(**AGAIN[way]), PolyakAveraging(**AGAIN[way])
        fit(long, [one], epochs=2)
        fit(short, [two], epochs=1)
        fit(short, [two], epochs=1)
        assert one.get_state()["updates"] == two.get_state()["updates"] == 20
        assert same(arrays(short.variables), arrays(long.variables))
        assert same(arrays(short.optimizer.variables), arrays(long.optimizer.variables))
        one.use_raw()
        two.use_raw()
        assert same(arrays(short.variables), arrays(long.variables))

    def test_it_starts_with_the_raw_weights(self, plain):
        model, averaging, watcher, recorder = net(), PolyakAveraging(0.9), Watcher(), Recorder()
        fit(model, [averaging], epochs=1)
        assert averaging.in_use
        fit(model, [watcher, averaging, recorder], epochs=1)
        assert same(recorder.begins[0], plain.ends[9])
        assert same(recorder.ends[-1], plain.ends[19])

    def test_it_continues_after_the_raw_weights_were_asked_for(self, plain):
        model, averaging = net(), PolyakAveraging(0.9)
        fit(model, [averaging], epochs=1)
        averaging.use_raw()
        fit(model, [averaging], epochs=1)
        assert distance(arrays(model.trainable_variables), replay(plain.initial, plain.ends, 0.9)) <= CLOSE

    def test_it_continues_after_an_interruption_within_an_epoch(self, plain):
        model, averaging, recorder = net(), PolyakAveraging(0.9), Recorder()
        with pytest.raises(KeyboardInterrupt):
            fit(model, [recorder, averaging, Act(raising(KeyboardInterrupt()), batch=6)])
        again = Recorder()
        fit(model, [again, averaging], epochs=1)
        assert same(again.begins[0], recorder.ends[-1])
        weights = [*recorder.ends, *again.ends]
        assert distance(arrays(model.trainable_variables), replay(plain.initial, weights, 0.9)) <= CLOSE

    @pytest.mark.parametrize("moment", ["validation", "the end of an epoch"])
    def test_it_continues_after_an_exception_in(self, moment, plain):
        model, averaging = net(), PolyakAveraging(0.9)
        breaking = keras.callbacks.Callback()
        name = "on_test_begin" if moment == "validation" else "on_epoch_end"
        setattr(breaking, name, lambda *arguments, **named: raising(RuntimeError("it broke"))(None))
        with pytest.raises(RuntimeError, match="it broke"):
            fit(model, [averaging, breaking], validation_data=samples(8))
        recorder = Recorder()
        fit(model, [averaging, recorder], epochs=1)
        assert same(recorder.begins[0], plain.ends[9])
        assert distance(arrays(model.trainable_variables), replay(plain.initial, plain.ends, 0.9)) <= CLOSE

    def test_weights_that_were_set_by_hand_are_where_both_start(self):
        model, averaging = net(), PolyakAveraging(0.9, warmup=True)
        fit(model, [averaging], epochs=1)
        other = net(seed=8).get_weights()
        model.set_weights(other)
        recorder = Recorder()
        fit(model, [averaging, recorder], epochs=1)
        assert same(recorder.begins[0], other)
        expected = replay(other, recorder.ends, 0.9, warmup=True)
        assert distance(arrays(model.trainable_variables), expected) <= CLOSE
        averaging.use_raw()
        assert same(arrays(model.trainable_variables), recorder.ends[-1])

    @pytest.mark.parametrize("kind", [EarlyStopping, keras.callbacks.EarlyStopping])
    def test_after_the_best_epoch_was_restored_both_start_from_it(self, kind):
        model, averaging = net(), PolyakAveraging(0.9)
        stopping = kind("figure", mode="min", patience=1, restore_best_weights=True, verbose=0)
        fit(model, [Figures(figure=[1, 2, 3]), averaging, stopping], epochs=3)
        best = arrays(model.trainable_variables)
        recorder = Recorder()
        fit(model, [averaging, recorder], epochs=1)
        assert same(recorder.begins[0], best)
        assert distance(arrays(model.trainable_variables), replay(best, recorder.ends, 0.9)) <= CLOSE

    def test_with_a_new_callback_it_trains_on_from_the_averages(self):
        model, new, recorder = net(), PolyakAveraging(0.9), Recorder()
        fit(model, [PolyakAveraging(0.9)], epochs=1)
        averages = arrays(model.trainable_variables)
        fit(model, [new, recorder], epochs=1)
        assert same(recorder.begins[0], averages)
        assert distance(arrays(model.trainable_variables), replay(averages, recorder.ends, 0.9)) <= CLOSE
        new.use_raw()
        assert same(arrays(model.trainable_variables), recorder.ends[-1])

    def test_without_a_callback_it_trains_on_from_the_averages(self):
        model, recorder = net(), Recorder()
        fit(model, [PolyakAveraging(0.9)], epochs=1)
        averages = arrays(model.trainable_variables)
        fit(model, [recorder], epochs=1)
        assert same(recorder.begins[0], averages)
        assert same(arrays(model.trainable_variables), recorder.ends[-1])

    def test_a_callback_can_go_to_another_model(self):
        averaging = PolyakAveraging(0.9)
        fit(net(), [averaging], epochs=1)
        other, recorder = net(seed=8), Recorder()
        fit(other, [averaging, recorder], epochs=1)
        assert distance(arrays(other.trainable_variables), replay(recorder.initial, recorder.ends, 0.9)) <= CLOSE

    def test_a_layer_that_is_frozen_in_between_is_where_both_start(self):
        model, averaging = net(), PolyakAveraging(0.9)
        fit(model, [averaging], epochs=1)
        model.layers[0].trainable = False
        model.compile(keras.optimizers.SGD(0.1), "mse")
        frozen, recorder = arrays(model.layers[0].variables), Recorder()
        fit(model, [averaging, recorder], epochs=1)
        assert same(arrays(model.layers[0].variables), frozen)
        assert distance(arrays(model.trainable_variables), replay(recorder.initial, recorder.ends, 0.9)) <= CLOSE


class TestState:
    @pytest.mark.parametrize("way", ["decay 0.9", "warmup, every 3 and start 4"])
    def test_a_training_continues_exactly_with_a_new_model_and_a_new_callback(self, way):
        made = lambda: net(keras.optimizers.Adam(0.02))  # noqa: E731
        long, whole = made(), PolyakAveraging(**WAYS[way])
        fit(long, [whole], epochs=2)

        first, before = made(), PolyakAveraging(**WAYS[way])
        fit(first, [before], epochs=1)
        state = before.get_state()
        before.use_raw()
        second, after = net(keras.optimizers.Adam(0.02), seed=8), PolyakAveraging(**WAYS[way])
        second.set_weights(first.get_weights())
        second.optimizer.build(second.trainable_variables)
        for variable, value in zip(second.optimizer.variables, arrays(first.optimizer.variables), strict=True):
            variable.assign(value)
        after.set_state(state)
        fit(second, [after], epochs=2, initial_epoch=1)
        assert same(arrays(second.trainable_variables), arrays(long.trainable_variables))
        whole.use_raw()
        after.use_raw()
        assert same(arrays(second.trainable_variables), arrays(long.trainable_variables))

    def test_it_is_plain_values_that_no_later_step_changes(self):
        model, averaging, states = net(), PolyakAveraging(0.9), []
        take = Act(lambda model: states.append(averaging.get_state()), batch=4)
        fit(model, [averaging, take], epochs=1)
        assert states[0]["updates"] == 5
        assert all(isinstance(value, np.ndarray) for found in states[0]["averages"] for value in found)
        recorder = Recorder()
        fit(net(), [recorder], epochs=1)
        averages = [found[0] for found in states[0]["averages"]]
        assert distance(averages, replay(recorder.initial, recorder.ends[:5], 0.9)) <= CLOSE

    def test_a_callback_that_has_not_trained_has_no_state(self):
        state = PolyakAveraging().get_state()
        assert state == {"updates": None, "averages": []}
        model, averaging = net(), PolyakAveraging(0.9)
        averaging.set_state(state)
        recorder = Recorder()
        fit(model, [averaging, recorder], epochs=1)
        assert distance(arrays(model.trainable_variables), replay(recorder.initial, recorder.ends, 0.9)) <= CLOSE

    def test_that_of_another_model_is_refused(self):
        averaging = PolyakAveraging(0.9)
        averaging.set_state({"updates": 3, "averages": [[np.zeros(3)]]})
        with raises(ValueError):
            fit(net(), [averaging], epochs=1)


class TestRefusals:
    @pytest.mark.parametrize("wraps", [False, True])
    def test_an_optimizer_that_averages_too(self, wraps):
        optimizer = keras.optimizers.SGD(0.1, use_ema=True)
        model = net(keras.optimizers.LossScaleOptimizer(optimizer) if wraps else optimizer)
        with raises(ValueError):
            fit(model, [PolyakAveraging()])

    def test_two_of_them(self):
        with raises(ValueError):
            fit(net(), [PolyakAveraging(0.9), PolyakAveraging(0.99)])

    def test_reestimate_without_data(self):
        with raises(ValueError):
            fit(net(), [PolyakAveraging(batch_norm="reestimate")])

    def test_an_array_as_data(self):
        x, _ = samples()
        with raises(ValueError):
            fit(net(layers=normalized), [PolyakAveraging(batch_norm="reestimate", data=x)], epochs=1)

    def test_a_refused_training_leaves_a_model_that_can_be_trained(self, plain):
        model = net()
        with raises(ValueError):
            fit(model, [PolyakAveraging(0.9), PolyakAveraging(0.99)])
        recorder = Recorder()
        fit(model, [recorder], epochs=1)
        assert same(recorder.ends[-1], plain.ends[9])

    @pytest.mark.parametrize(
        "arguments",
        [
            {"decay": 1},
            {"decay": -0.1},
            {"decay": float("nan")},
            {"decay": True},
            {"decay": "same"},
            {"decay": None},
            {"every": 0},
            {"every": 1.5},
            {"every": True},
            {"start": -1},
            {"decay": "equal", "warmup": True},
            {"batch_norm": "drop"},
            {"data": [1]},
        ],
    )
    def test_arguments(self, arguments):
        with raises(ValueError):
            PolyakAveraging(**arguments)


class TestWhatKerasOwnWayGetsWrong:
    """Defects of the optimizer's `use_ema` and of SwapEMAWeights, which ours must not have."""

    def test_use_ema_moves_the_average_also_where_gradients_are_only_accumulated(self):
        averaging = PolyakAveraging(0.5)
        model, recorder = trained(averaging, keras.optimizers.SGD(0.1, gradient_accumulation_steps=5), epochs=1)
        weights = recorder.after_updates()
        assert len(weights) == 2
        expected = [
            0.25 * zero + 0.25 * one + 0.5 * two
            for zero, one, two in zip(recorder.initial, weights[0], weights[1], strict=True)
        ]
        assert distance(arrays(model.trainable_variables), expected) <= CLOSE

    def test_swap_ema_weights_left_the_raw_weights_after_an_early_stop(self):
        averaging, recorder, model = PolyakAveraging(0.9), Recorder(), net()
        stopping = keras.callbacks.EarlyStopping("figure", mode="min", patience=1)
        fit(model, [Figures(figure=[1, 2, 3, 4]), stopping, averaging, recorder], epochs=4)
        assert len(recorder.ends) == 20
        assert distance(arrays(model.trainable_variables), replay(recorder.initial, recorder.ends, 0.9)) <= CLOSE

    def test_swap_ema_weights_in_predict_and_evaluate_leaves_other_weights(self):
        averaging = PolyakAveraging(0.9)
        model, _ = trained(averaging, epochs=1)
        averages = arrays(model.trainable_variables)
        x, y = samples(8)
        expected = model.predict(x, verbose=0)
        assert same([model.predict(x, verbose=0, callbacks=[averaging])], [expected])
        assert model.evaluate(x, y, verbose=0, callbacks=[averaging]) == model.evaluate(x, y, verbose=0)
        assert same(arrays(model.trainable_variables), averages)
        averaging.use_raw()
        raw = arrays(model.trainable_variables)
        model.predict(x, verbose=0, callbacks=[averaging])
        model.evaluate(x, y, verbose=0, callbacks=[averaging])
        assert same(arrays(model.trainable_variables), raw)

    def test_swap_ema_weights_cannot_be_used_in_a_second_fit(self, plain):
        model, averaging = net(), PolyakAveraging(0.9)
        for _ in range(2):
            fit(model, [averaging], epochs=1)
        assert distance(arrays(model.trainable_variables), replay(plain.initial, plain.ends, 0.9)) <= CLOSE
        averaging.use_raw()
        assert same(arrays(model.trainable_variables), plain.last)

    @pytest.mark.parametrize("place", ["before", "after"])
    def test_ema_with_an_early_stopping_that_restores_ends_with_raw_weights(self, place):
        averaging, recorder, model = PolyakAveraging(0.9), Recorder(), net()
        stopping = keras.callbacks.EarlyStopping("figure", mode="min", patience=5, restore_best_weights=True)
        pair = [averaging, stopping] if place == "before" else [stopping, averaging]
        fit(model, [Figures(figure=[2, 1, 3]), recorder, *pair], epochs=3)
        assert distance(arrays(model.trainable_variables), replay(recorder.initial, recorder.ends[:20], 0.9)) <= CLOSE


def test_before_the_first_average_the_model_keeps_its_raw_weights():
    model, averaging = net(), PolyakAveraging(0.5, every=1000)
    fit(model, [recorder := Recorder(), averaging], epochs=1)
    assert not averaging.in_use
    assert same(arrays(model.trainable_variables), recorder.ends[-1])


@pytest.mark.parametrize(
    "data",
    [
        (np.ones((4, 3)), np.ones((4, 1))),
        [np.ones((4, 3)), np.ones((4, 1))],
        5,
    ],
)
def test_data_without_batches_is_refused_immediately(data):
    with raises(ValueError):
        PolyakAveraging(batch_norm="reestimate", data=data)


@pytest.mark.tensorflow
def test_infinite_data_is_refused_immediately():
    import tensorflow as tf

    with raises(ValueError):
        PolyakAveraging(batch_norm="reestimate", data=tf.data.Dataset.range(3).repeat())


def test_numbers_of_numpy_are_numbers():
    averaging = PolyakAveraging(decay=np.float32(0.5), every=np.int64(2))
    assert (float(averaging.decay), averaging.every) == (0.5, 2)
