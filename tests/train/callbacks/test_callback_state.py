import collections
import csv
from typing import NamedTuple

import keras
import numpy as np
import pytest
from golden import expect_message

from kpipe.train.callbacks.callback_state import (
    before_training,
    callback_state,
    discard_files,
    lost_state,
    restore_callback,
    unknown_state,
)
from kpipe.train.objective.metric_values import build_metrics
from kpipe.train.resume.nested_arrays import packed, unpacked

from ..stand_in import blobs, classifier, numbers


def stored(callback):
    """The state as it comes back from a checkpoint."""
    arrays = {}
    return unpacked(packed(callback_state(callback), arrays, "state"), arrays)


def model() -> keras.Model:
    found = classifier()
    found.compile(keras.optimizers.SGD(0.1), "mse", metrics=[keras.metrics.SparseCategoricalAccuracy(name="accuracy")])
    return found


def measuring_model() -> keras.Model:
    """One whose metrics are there, as a callback needs them that is to tell the direction of a metric."""
    found = model()
    build_metrics(found, blobs().batches("train"))
    return found


def begun(callback, of: keras.Model | None = None, epochs: int = 10):
    callback.set_model(of or model())
    callback.set_params({"epochs": epochs, "steps": 5, "verbose": 0})
    callback.on_train_begin()
    return callback


def resumed(make, state, of: keras.Model | None = None):
    """A new callback as in a resumed training."""
    callback = make()
    callback.set_model(of or model())
    callback.set_params({"epochs": 10, "steps": 5, "verbose": 0})
    before_training(callback, state)
    callback.on_train_begin()
    restore_callback(callback, state)
    return callback


def epochs(callback, figures, start: int = 0) -> None:
    for epoch, value in enumerate(figures, start):
        callback.on_epoch_begin(epoch)
        callback.on_epoch_end(epoch, value)


def plain(callback) -> dict:
    left_out = ("_model", "model", "params", "csv_file", "writer", "append", "append_header")
    return {name: value for name, value in vars(callback).items() if name not in left_out}


LOSSES = [{"loss": v, "val_loss": v, "accuracy": 1 - v} for v in (0.9, 0.8, 0.79, 0.795, 0.5, 0.5, 0.5, 0.6)]


@pytest.mark.parametrize("done", [0, 1, 3, 4, 7])
@pytest.mark.parametrize(
    "make",
    [
        lambda: keras.callbacks.EarlyStopping("val_loss", min_delta=0.02, patience=9),
        lambda: keras.callbacks.EarlyStopping("accuracy", min_delta=0.02, patience=2, mode="max"),
        lambda: keras.callbacks.EarlyStopping("accuracy", min_delta=0.02, baseline=0.3, start_from_epoch=2, mode="max"),
        lambda: keras.callbacks.ReduceLROnPlateau("loss", min_delta=0.02, patience=1, cooldown=2),
        lambda: keras.callbacks.ReduceLROnPlateau("accuracy", min_delta=0.02, patience=1, factor=0.5, mode="max"),
    ],
)
def test_callbacks_that_monitor_a_metric_continue_as_if_uninterrupted(make, done):
    whole, first = begun(make()), begun(make())
    epochs(whole, LOSSES[:done])
    epochs(first, LOSSES[:done])
    second_model = model()
    second_model.optimizer.learning_rate = numbers(first.model.optimizer._learning_rate)
    second = resumed(make, stored(first), second_model)
    epochs(whole, LOSSES[done:], done)
    epochs(second, LOSSES[done:], done)
    assert plain(second) == plain(whole)
    assert getattr(second.model, "stop_training", False) == getattr(whole.model, "stop_training", False)
    assert numbers(second.model.optimizer._learning_rate) == numbers(whole.model.optimizer._learning_rate)


@pytest.mark.parametrize("kind", [keras.callbacks.EarlyStopping, keras.callbacks.ReduceLROnPlateau])
@pytest.mark.parametrize(("monitor", "sign"), [("loss", -1), ("accuracy", 1)])
def test_the_sign_of_min_delta_is_turned_once(kind, monitor, sign):
    def make():
        return kind(monitor, min_delta=0.1)

    measuring = measuring_model()
    callback = begun(make(), measuring)
    for _ in range(3):
        callback.on_epoch_end(0, dict(LOSSES[0]))
        assert callback.min_delta == sign * 0.1
        callback = resumed(make, stored(callback), measuring)
    assert callback.min_delta == sign * 0.1


def test_best_weights_are_arrays_of_their_own():
    def make():
        return keras.callbacks.EarlyStopping("loss", patience=1, restore_best_weights=True)

    callback = begun(make())
    callback.on_epoch_end(0, {"loss": 1.0})
    expected = [value.copy() for value in callback.best_weights]
    state = stored(callback)
    callback.model.set_weights([value + 1 for value in expected])
    again = resumed(make, state)
    again.on_epoch_end(1, {"loss": 2.0})
    assert again.model.stop_training
    again.on_train_end()
    for found, value in zip(again.model.get_weights(), expected, strict=True):
        np.testing.assert_array_equal(found, value)


def test_model_checkpoint_does_not_save_over_its_best(tmp_path):
    def make():
        return keras.callbacks.ModelCheckpoint(str(tmp_path / "best.keras"), monitor="loss", save_best_only=True)

    callback = begun(make())
    epochs(callback, [{"loss": 0.5}])
    before = (tmp_path / "best.keras").read_bytes()
    again = resumed(make, stored(callback))
    assert again.best == 0.5
    epochs(again, [{"loss": 0.6}], 1)
    assert (tmp_path / "best.keras").read_bytes() == before
    epochs(again, [{"loss": 0.4}], 2)
    assert (tmp_path / "best.keras").read_bytes() != before


def test_model_checkpoint_counts_batches_on(tmp_path):
    def make():
        return keras.callbacks.ModelCheckpoint(str(tmp_path / "{epoch}.keras"), save_freq=5)

    callback = begun(make())
    callback.on_epoch_begin(0)
    for batch in range(3):
        callback.on_train_batch_end(batch, {})
    again = make()
    again.set_model(model())
    again.on_train_begin()
    again.on_epoch_begin(0)
    restore_callback(again, stored(callback))
    again.on_train_batch_end(3, {})
    assert list(tmp_path.iterdir()) == []
    again.on_train_batch_end(4, {})
    assert [entry.name for entry in tmp_path.iterdir()] == ["1.keras"]


@pytest.mark.parametrize("options", [{}, {"append": True}, {"separator": ";"}])
@pytest.mark.parametrize("done", [0, 1, 3])
def test_a_log_is_cut_back_to_what_it_was(tmp_path, done, options):
    def make(name):
        return keras.callbacks.CSVLogger(str(tmp_path / name), **options)

    whole = begun(make("whole"))
    epochs(whole, LOSSES[:5])
    whole.on_train_end()
    callback = begun(make("broken"))
    epochs(callback, LOSSES[:done])
    state = stored(callback)
    epochs(callback, LOSSES[done : done + 2], done)  # written, and then killed before the state was
    callback.csv_file.close()
    again = resumed(lambda: make("broken"), state)
    epochs(again, LOSSES[done:5], done)
    again.on_train_end()
    assert (tmp_path / "broken").read_bytes() == (tmp_path / "whole").read_bytes()
    with (tmp_path / "broken").open(newline="") as file:
        rows = list(csv.reader(file, delimiter=options.get("separator", ",")))
    assert [row[0] for row in rows] == ["epoch", "0", "1", "2", "3", "4"]


def test_a_missing_log_is_created_again(tmp_path):
    def make():
        return keras.callbacks.CSVLogger(str(tmp_path / "log.csv"))

    callback = begun(make())
    epochs(callback, LOSSES[:2])
    callback.csv_file.close()
    state = stored(callback)
    (tmp_path / "log.csv").unlink()
    again = resumed(make, state)
    epochs(again, LOSSES[2:3], 2)
    again.on_train_end()
    assert [line.partition(",")[0] for line in (tmp_path / "log.csv").read_text().splitlines()] == ["epoch", "2"]


def test_where_a_callback_writes_is_what_the_resumed_one_was_given(tmp_path):
    """A run folder may be moved, and the paths of its callbacks with it."""
    old, new = tmp_path / "old", tmp_path / "new"
    old.mkdir()
    kinds = [
        (keras.callbacks.CSVLogger, "filename", "log.csv"),
        (keras.callbacks.ModelCheckpoint, "filepath", "best.keras"),
        (keras.callbacks.TensorBoard, "log_dir", "logs"),
    ]
    states = []
    for kind, argument, name in kinds:
        callback = begun(kind(**{argument: str(old / name)}))
        epochs(callback, LOSSES[:1])
        callback.on_train_end()
        states.append(stored(callback))
    old.rename(new)
    for (kind, argument, name), state in zip(kinds, states, strict=True):
        again = resumed(lambda kind=kind, argument=argument, name=name: kind(**{argument: str(new / name)}), state)
        assert getattr(again, argument) == str(new / name)
        epochs(again, LOSSES[1:2], 1)
        again.on_train_end()
    assert not old.exists()


class Own(keras.callbacks.Callback):
    def __init__(self) -> None:
        super().__init__()
        self.seen = {1, 2}

    def get_state(self):
        return {"seen": sorted(self.seen), "mean": np.float32(0.5), "curve": np.arange(3)}

    def set_state(self, state):
        assert isinstance(state["mean"], np.float32)
        self.seen = set(state["seen"])
        self.curve = state["curve"]


def test_a_custom_callback_defines_its_state():
    callback = Own()
    callback.seen.add(7)
    again = resumed(Own, stored(callback))
    assert again.seen == {1, 2, 7}
    np.testing.assert_array_equal(again.curve, [0, 1, 2])
    assert unknown_state(callback) == []


class Attributes(keras.callbacks.Callback):
    def __init__(self) -> None:
        super().__init__()
        self.count, self.rate, self.name, self.nothing, self.flag = 0, 0.5, "a", None, False
        self.rows, self.pair, self.table = [], (), {}
        self.array, self.scalar = np.zeros(2), np.int32(0)
        self.weight = keras.Variable(np.zeros(2, np.float32))
        self.function = len

    def change(self):
        self.count, self.rate, self.name, self.nothing, self.flag = 3, float("inf"), "ü", 4, True
        self.rows, self.pair, self.table = [1, [2.5, None]], (1, "b"), {"a": {2: [3]}}
        self.array, self.scalar = np.array([1.5, np.nan]), np.int32(7)
        self.later = "new"


def test_plain_attributes_are_kept_without_it():
    callback = Attributes()
    callback.change()
    again = resumed(Attributes, stored(callback))
    for name in ("count", "rate", "name", "nothing", "flag", "rows", "pair", "table", "scalar"):
        assert getattr(again, name) == getattr(callback, name)
        assert type(getattr(again, name)) is type(getattr(callback, name))
    np.testing.assert_array_equal(again.array, callback.array)
    assert again.function is len


def test_attributes_that_were_added_later_are_kept():
    callback = Attributes()
    callback.change()
    assert resumed(Attributes, stored(callback)).later == "new"


def test_a_variable_of_a_callback_stays_a_variable():
    callback = Attributes()
    callback.weight.assign([1.0, 2.0])
    again = resumed(Attributes, stored(callback))
    assert isinstance(again.weight, keras.Variable)
    np.testing.assert_array_equal(numbers(again.weight), [1.0, 2.0])


def test_the_state_does_not_change_with_the_callback():
    callback = Attributes()
    callback.change()
    state = callback_state(callback)
    callback.array[0] = 9
    callback.rows[1].append(3)
    callback.table["a"][2].append(3)
    assert state["array"][0] == 1.5
    assert state["rows"] == [1, [2.5, None]]
    assert state["table"] == {"a": {2: [3]}}


class Phased(keras.callbacks.Callback):
    def __init__(self, phase: str = "warm-up") -> None:
        super().__init__()
        self.phase = phase


def test_a_string_that_was_given_and_has_changed_since_is_kept():
    callback = Phased()
    callback.phase = "main"
    assert resumed(Phased, stored(callback)).phase == "main"


class Best(NamedTuple):
    epoch: int
    loss: float


class Containers(keras.callbacks.Callback):
    def __init__(self) -> None:
        super().__init__()
        self.best = Best(0, 1.0)
        self.counts = collections.defaultdict(int)
        self.counter = collections.Counter()
        self.ordered = collections.OrderedDict()


def test_kinds_of_tuples_and_dicts_stay_what_they_are():
    callback = Containers()
    callback.best = Best(3, 0.5)
    callback.counts["a"] += 2
    callback.counter["b"] += 1
    callback.ordered["c"] = 1
    again = resumed(Containers, stored(callback))
    assert again.best == Best(3, 0.5)
    again.counts["new"] += 1
    assert again.counts["a"] == 2
    assert again.counter.most_common(1) == [("b", 1)]
    assert list(again.ordered) == ["c"]
    for name in ("best", "counts", "counter", "ordered"):
        assert type(getattr(again, name)) is type(getattr(callback, name))


def test_what_cannot_be_kept_is_known():
    callback = Attributes()
    callback.seen, callback.file, callback.loss = {1}, object(), keras.losses.MeanSquaredError()
    assert unknown_state(callback) == ["seen", "file"]
    assert unknown_state(keras.callbacks.CSVLogger("a.csv")) == []


def test_what_is_given_at_each_start_is_not_kept():
    assert {"_model", "model", "params", "csv_file", "writer", "append"}.isdisjoint(
        callback_state(begun(keras.callbacks.History()))
    )


def test_callbacks_that_only_act_have_nothing_to_lose():
    calls = []
    callback = keras.callbacks.LambdaCallback(on_epoch_end=lambda epoch, logs: calls.append(epoch))
    again = resumed(lambda: callback, stored(callback))
    again.on_epoch_end(3, {})
    assert calls == [3]
    for make in (keras.callbacks.TerminateOnNaN, lambda: keras.callbacks.LearningRateScheduler(lambda epoch: 0.1)):
        resumed(make, stored(begun(make())))


def test_what_cannot_be_kept_is_a_line_for_the_user():
    callback = Attributes()
    assert lost_state(callback) == []
    callback.seen = {1}
    (line,) = lost_state(callback)
    expect_message(line)


def test_a_start_without_a_state_resets_only_logs_in_the_run_folder(tmp_path):
    inside, outside = tmp_path / "run" / "log.csv", tmp_path / "log.csv"
    inside.parent.mkdir()
    for path in (inside, outside):
        path.write_text("epoch\n0\n")
        discard_files(keras.callbacks.CSVLogger(str(path), append=True), inside.parent)
    assert (inside.exists(), outside.exists()) == (False, True)
