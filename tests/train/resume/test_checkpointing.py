"""A training that is interrupted anywhere and continues in a new model equals one that was not interrupted."""

import csv

import keras
import numpy as np
import pytest
from golden import expect_messages, raises
from random_seed import set_random_seed

from kpipe.errors import TrainingError
from kpipe.messages.training_position import TrainingPosition
from kpipe.train.best_weights import BestWeights
from kpipe.train.devices.precision import dtype_policy
from kpipe.train.devices.training_variables import training_variables
from kpipe.train.interruption import Interrupted, Interruption
from kpipe.train.loop import Loop
from kpipe.train.objective.metric_values import build_metrics
from kpipe.train.resume import checkpointing as module
from kpipe.train.resume.checkpointing import Checkpointing
from kpipe.train.resume.checkpoints import Checkpoints, Position
from kpipe.train.resume.training_state import Captured
from kpipe.train.run_folder.history import History
from kpipe.train.run_folder.run_folder import RunFolder
from kpipe.train.validator import Validator

from ..stand_in import blobs, numbers

# Keras' own saver calls NumPy in a way that NumPy 2 will refuse one day.
pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation doesn't accept a copy:DeprecationWarning")

STEPS = 5
#: Where an interrupt comes: after a step of an epoch, both from 1; within its validation; after its metrics.
Place = tuple[int, int | str]


class Press:
    """Asks a training to end at one place."""

    def __init__(self, place: Place | None) -> None:
        self.interruption, self.place, self.epoch = Interruption(lambda text: None), place, 0

    def epoch_begins(self, epoch):
        self.epoch = epoch

    def step_ends(self, step, logs):
        if self.place == (self.epoch, step):
            self.interruption.requested = True

    def validated(self, moment, figures):
        pass

    def epoch_ends(self, moment, figures, seconds):
        if self.place == (self.epoch, "end"):
            self.interruption.requested = True


class PressInValidation(keras.callbacks.Callback):
    def __init__(self, press: Press) -> None:
        super().__init__()
        self.press, self.validations = press, 0

    def on_test_batch_end(self, batch, logs=None):
        if self.press.place == (self.press.epoch, "validation"):
            self.press.interruption.requested = True

    def on_test_end(self, logs=None):
        self.validations += 1


class Counts(keras.callbacks.Callback):
    """A custom callback whose state is plain attributes."""

    def __init__(self) -> None:
        super().__init__()
        self.batches, self.sums, self.losses = 0, np.zeros(2), []

    def on_train_batch_end(self, batch, logs=None):
        self.batches += 1
        self.sums = self.sums * 0.5 + logs["loss"]

    def on_epoch_end(self, epoch, logs=None):
        self.losses.append(logs["loss"])


def no_callbacks(folder):
    return []


def several_callbacks(folder):
    return [
        keras.callbacks.ReduceLROnPlateau("loss", patience=1, factor=0.5, min_delta=1.0),
        keras.callbacks.EarlyStopping("val_loss", patience=1, min_delta=0.05),
        keras.callbacks.ModelCheckpoint(
            str(folder / "best.weights.h5"), "val_loss", save_best_only=True, save_weights_only=True
        ),
        keras.callbacks.CSVLogger(str(folder / "log.csv")),
        Counts(),
    ]


def sgd(**options):
    return lambda: keras.optimizers.SGD(0.1, momentum=0.9, **options)


def everything(model):
    """All variables, independently of those that a checkpoint contains."""
    metrics = [variable for metric in model.metrics for variable in metric.variables]
    return [*model.variables, *metrics, *model.optimizer.variables]


class Training:
    """A training in a folder; `run` begins or continues in a new model, as a new process would.

    Args:
        compiled: keeps the compiled model for the next training with the same list and arguments. That begins with all
            variables of a new model, but is not traced again, which takes most of the time of a run.
    """

    def __init__(
        self,
        folder,
        optimizer=None,
        callbacks=no_callbacks,
        *,
        width: int = 1,
        policy: str = "float32",
        every_steps: int | None = None,
        every_epochs: int = 1,
        checkpoint_steps: int | None = None,
        compiled: list | None = None,
    ) -> None:
        folder.mkdir()
        self.compiled = [] if compiled is None else compiled
        self.is_kept = compiled is not None
        self.folder, self.data = RunFolder(folder), blobs()
        assert self.data.steps("train") == STEPS
        self.optimizer, self.callbacks, self.width, self.policy = optimizer or sgd(), callbacks, width, policy
        self.every_steps, self.every_epochs, self.checkpoint_steps = every_steps, every_epochs, checkpoint_steps
        self.said: list[str] = []

    def model(self) -> keras.Model:
        set_random_seed(3)
        with dtype_policy(self.policy):
            inputs = keras.Input((4,), name="x")
            x = keras.layers.Dense(8, activation="relu", name="first")(inputs)
            x = keras.layers.Dropout(0.3, name="dropout")(x)
            x = keras.layers.BatchNormalization(name="norm")(x)
            model = keras.Model(inputs, keras.layers.Dense(3, name="out", dtype="float32")(x), name="model")
        model.compile(self.optimizer(), **self._arguments())
        model.optimizer.build(model.trainable_variables)
        return model

    def _arguments(self):
        return {
            "loss": keras.losses.SparseCategoricalCrossentropy(from_logits=True),
            "metrics": [keras.metrics.SparseCategoricalAccuracy(name="accuracy")],
            "steps_per_execution": self.width,
        }

    def forget_model(self) -> None:
        """Let the next run make and compile a model."""
        self.compiled = []

    def _made(self) -> tuple[keras.Model, list[str], Validator]:
        if self.compiled:
            model, names, validator, first = self.compiled
            set_random_seed(3)
            for variable, value in zip(everything(model), first, strict=True):
                variable.assign(value)
            return model, names, validator
        model, data = self.model(), self.data
        names = build_metrics(model, data.batches("train", epoch=0))
        validator = Validator(model, data.batches("validation"), data.steps("validation"), **self._arguments())
        names = [*names, *(f"val_{name}" for name in validator.names)]
        if self.is_kept:
            self.compiled += [model, names, validator, [numbers(variable) for variable in everything(model)]]
        return model, names, validator

    def run(self, epochs: int = 3, place: Place | None = None) -> str:
        (self.net, names, validator), press, data = self._made(), Press(place), self.data
        self.best_weights = BestWeights("val_loss")
        self.history = History(self.folder, names, lambda: float(self.net.optimizer.learning_rate))
        self.pressing = PressInValidation(press)
        self.made = self.callbacks(self.folder.path)
        checkpoints = Checkpoints(self.folder / "checkpoint")
        found = checkpoints.latest(self.said.append)
        loop = Loop(
            model=self.net,
            batches=lambda epoch, first: data.batches("train", epoch=epoch, first_step=first),
            steps=STEPS,
            epochs=epochs,
            best_weights=self.best_weights,
            callbacks=[*self.made, self.pressing],
            validator=validator,
            every_epochs=self.every_epochs,
            every_steps=self.every_steps,
            observers=[self.history, press],
            checkpointing=Checkpointing(
                checkpoints=checkpoints,
                best_weights=self.best_weights,
                history=self.history,
                every_steps=self.checkpoint_steps,
                saved=Captured(*found) if found else None,
            ),
            interruption=press.interruption,
        )
        self.ending = loop.run()
        (lists,) = (entry for entry in loop._list.callbacks if type(entry) is keras.callbacks.History)
        self.lists = [lists.epoch, lists.history]
        return self.ending

    def interrupted(self, *places: Place, epochs: int = 3) -> None:
        for place in places:
            with pytest.raises(Interrupted):
                self.run(epochs, place)
            for callback in self.made:
                if isinstance(callback, keras.callbacks.CSVLogger):
                    callback.csv_file.close()  # as the end of a process does

    def outcome(self) -> dict:
        kept = self.best_weights.state()
        files = {}
        for name in ("history.csv", "validations.csv", "log.csv"):
            if (self.folder / name).exists():
                with (self.folder / name).open(newline="") as file:
                    files[name] = [{k: v for k, v in row.items() if k != "seconds"} for row in csv.DictReader(file)]
        return {
            "variables": [numbers(variable).tobytes() for variable in training_variables(self.net)],
            "kept": [kept["moment"], kept["figures"], [value.tobytes() for value in kept["weights"] or []]],
            "files": files,
            "counts": [
                (entry.batches, entry.sums.tobytes(), entry.losses) for entry in self.made if isinstance(entry, Counts)
            ],
            "validations": self.pressing.validations,
            "lists": self.lists,
        }


def same(broken: Training, whole: Training) -> None:
    found, expected = broken.outcome(), whole.outcome()
    for name in expected:
        assert found[name] == expected[name], name


VARIANTS = {
    "plain": {},
    "schedule and weight decay": {
        "optimizer": lambda: keras.optimizers.AdamW(keras.optimizers.schedules.CosineDecay(0.1, 15), weight_decay=0.01)
    },
    "accumulation over epochs": {"optimizer": sgd(gradient_accumulation_steps=3)},
    "averages": {"optimizer": sgd(use_ema=True, ema_momentum=0.8), "every_steps": 2},
    "averages that are swapped in": {
        "optimizer": sgd(use_ema=True, ema_momentum=0.8),
        "callbacks": lambda folder: [keras.callbacks.SwapEMAWeights()],
    },
    "averages that are swapped in for each epoch's end": {
        "optimizer": sgd(use_ema=True, ema_momentum=0.8),
        "callbacks": lambda folder: [keras.callbacks.SwapEMAWeights(swap_on_epoch=True)],
    },
    "mixed precision": {
        "optimizer": lambda: keras.optimizers.LossScaleOptimizer(
            keras.optimizers.Adam(0.02), initial_scale=64.0, dynamic_growth_steps=3
        ),
        "policy": "mixed_float16",
    },
    "two steps a call": {
        "optimizer": sgd(use_ema=True, ema_momentum=0.8, ema_overwrite_frequency=3),
        "width": 2,
        "every_steps": 3,
    },
    "callbacks": {"callbacks": several_callbacks, "every_steps": 3},
    "validated seldom": {"every_epochs": 2},
}
#: For the tests of where a training is interrupted, all of the same variant.
COMPILED: list = []
PLACES = {
    "plain": [(1, 2), (1, "validation"), (2, 4), (2, "end"), (3, STEPS), (3, "end")],
    "validated seldom": [(1, "end"), (2, "validation"), (3, 2)],
}


@pytest.mark.parametrize("step", range(1, STEPS))
def test_a_training_continues_after_any_step(tmp_path, wholes, step):
    broken = Training(tmp_path / "broken", compiled=COMPILED)
    broken.interrupted((2, step))
    assert (broken.folder / "checkpoint" / f"000001-{step:09d}.checkpoint").exists()
    assert broken.run() == "completed"
    same(broken, wholes("plain"))


@pytest.fixture(scope="module")
def wholes(tmp_path_factory):
    found = {}

    def whole(name: str) -> Training:
        if name not in found:
            found[name] = Training(tmp_path_factory.mktemp("whole") / "run", **VARIANTS[name])
            found[name].run()
        return found[name]

    return whole


@pytest.mark.parametrize("name", VARIANTS)
def test_a_training_interrupted_many_times_matches_an_uninterrupted_one(tmp_path, wholes, name):
    broken, whole = Training(tmp_path / "broken", **VARIANTS[name], compiled=[]), wholes(name)
    broken.interrupted(*PLACES.get(name, [(1, "validation"), (1, "end"), (2, 4)]))
    # The last one in a model that is new in all respects.
    broken.forget_model()
    assert broken.run() == whole.ending
    same(broken, whole)


def test_the_callbacks_of_these_tests_do_something(wholes):
    rows = wholes("callbacks").history.rows
    assert len({row["learning_rate"] for row in rows}) > 1


def test_within_the_last_step_of_an_epoch_the_validation_alone_is_repeated(tmp_path, wholes):
    broken = Training(tmp_path / "broken", compiled=COMPILED)
    broken.interrupted((2, STEPS))
    # The validation gives up before its first batch.
    assert [entry.name for entry in sorted((broken.folder / "checkpoint").iterdir())] == [
        "000001-000000000.checkpoint",
        f"000001-{STEPS:09d}.checkpoint",
    ]
    assert len(broken.history.rows) == 1
    broken.interrupted((2, "validation"))
    broken.run()
    same(broken, wholes("plain"))


@pytest.mark.parametrize("name", ["averages", "accumulation over epochs"])
def test_a_finished_training_may_continue_for_more_epochs(tmp_path, wholes, name):
    broken = Training(tmp_path / "broken", **VARIANTS[name], compiled=[])
    assert broken.run(epochs=1) == "completed"
    assert broken.run(epochs=2) == "completed"
    broken.interrupted((3, 4))
    broken.forget_model()
    assert broken.run() == "completed"
    same(broken, wholes(name))


def test_a_training_that_was_stopped_stays_stopped(tmp_path):
    def stopping(folder):
        return [keras.callbacks.EarlyStopping("loss", patience=1, min_delta=10.0)]

    compiled = []
    whole = Training(tmp_path / "whole", callbacks=stopping)
    broken, ended = (Training(tmp_path / name, callbacks=stopping, compiled=compiled) for name in ("broken", "ended"))
    assert whole.run(epochs=6) == "stopped_early"
    broken.interrupted((2, "end"), epochs=6)
    assert broken.run(epochs=6) == "stopped_early"
    assert len(broken.history.rows) == 2
    same(broken, whole)
    # Also where it ended with its last epoch, and was to be longer afterwards.
    assert ended.run(epochs=2) == "completed"
    assert ended.run(epochs=6) == "stopped_early"
    same(ended, whole)


def test_a_training_that_exploded_has_exploded_when_it_continues(tmp_path):
    schedule = keras.optimizers.schedules.PiecewiseConstantDecay([6], [0.01, 1e30])
    broken = Training(tmp_path / "broken", optimizer=lambda: keras.optimizers.SGD(schedule))
    broken.interrupted((2, "end"))
    assert broken.run() == "exploded"
    assert len(broken.history.rows) == 2


def test_states_within_epochs_change_nothing_and_the_last_two_stay(tmp_path, wholes):
    often = Training(tmp_path / "often", checkpoint_steps=2, compiled=COMPILED)
    written = []
    write = Checkpoints.write

    def noted(self, position, *arguments):
        written.append((position.epoch, position.step))
        return write(self, position, *arguments)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Checkpoints, "write", noted)
        often.run()
    # Every second step of the whole training, and each epoch's end.
    assert written == [(0, 2), (0, 4), (1, 0), (1, 1), (1, 3), (2, 0), (2, 2), (2, 4), (3, 0)]
    assert len(list((often.folder / "checkpoint").iterdir())) == 2
    same(often, wholes("plain"))


@pytest.mark.parametrize("number", [1, 2, 9])
def test_where_a_state_cannot_be_written_the_one_before_continues(tmp_path, monkeypatch, wholes, number):
    broken = Training(tmp_path / "broken", checkpoint_steps=2, compiled=COMPILED)
    write, done = module.Checkpoints.write, []

    def full(self, *arguments):
        done.append(1)
        if len(done) == number:
            monkeypatch.setattr("kpipe.train.resume.checkpoint_file._HashingFile.write", no_space)
        return write(self, *arguments)

    def no_space(self, content):
        raise OSError(28, "No space left on device")

    with monkeypatch.context():
        monkeypatch.setattr(Checkpoints, "write", full)
        with raises(TrainingError):
            broken.run()
    monkeypatch.undo()
    assert len(list((broken.folder / "checkpoint").iterdir())) == min(number - 1, 2)
    assert broken.run() == "completed"
    same(broken, wholes("plain"))


def test_a_truncated_state_is_reported_and_the_one_before_continues(tmp_path, wholes):
    broken = Training(tmp_path / "broken", checkpoint_steps=1, compiled=COMPILED)
    broken.interrupted((2, 3))
    newest = max((broken.folder / "checkpoint").iterdir())
    newest.write_bytes(newest.read_bytes()[:-1000])
    assert broken.run() == "completed"
    expect_messages(broken.said, 1)
    same(broken, wholes("plain"))


def states(tmp_path, **options) -> Checkpointing:
    history = History(RunFolder(tmp_path), ["loss"], lambda: None)
    checkpoints = Checkpoints(tmp_path / "checkpoint")
    return Checkpointing(checkpoints=checkpoints, best_weights=BestWeights("last"), history=history, **options)


def test_a_state_is_due_when_a_multiple_is_passed(tmp_path):
    def due(every, width):
        found = states(tmp_path, every_steps=every)
        return [done for done in range(width, 13, width) if found.is_due(done - width, done)]

    assert due(None, 1) == []
    assert due(1, 1) == list(range(1, 13))
    assert due(5, 1) == [5, 10]
    assert due(5, 2) == [6, 10]
    assert due(1, 4) == [4, 8, 12]
    assert due(13, 1) == []


def test_a_state_is_due_when_minutes_have_passed_since_the_last_one(tmp_path, monkeypatch):
    found = states(tmp_path, every_minutes=0.5)
    now = [found._written]
    monkeypatch.setattr(module.time, "monotonic", lambda: now[0])
    never = states(tmp_path)
    model = Training(tmp_path / "run").model()
    build_metrics(model, blobs().batches("train"))
    assert not found.is_due(0, 1)
    now[0] += 29
    assert not found.is_due(1, 2)
    now[0] += 1
    assert found.is_due(2, 3)
    assert found.is_due(3, 4)
    assert not never.is_due(3, 4)
    found.write(model, [], Position(0, 4), {})
    assert not found.is_due(4, 5)
    now[0] += 31
    assert found.is_due(5, 6)


def test_what_the_loop_and_the_environment_remember_comes_back(tmp_path, monkeypatch):
    monkeypatch.setattr(module.time, "perf_counter", lambda: 130.0)
    model = Training(tmp_path / "run").model()
    build_metrics(model, blobs().batches("train"))
    found = states(tmp_path, environment={"cores": 2}, began=100.0)
    found.history.epoch_ends(TrainingPosition(1, 2), {"loss": float("nan"), "val_loss": None}, 0.0)
    found.write(model, [], Position(1, 2), {"done": 7, "figures": {"loss": float("inf")}, "stop_training": False})
    saved = Captured(*found.checkpoints.latest(pytest.fail))
    assert (saved.more["seconds"], saved.more["surroundings"]) == (30.0, {"cores": 2})
    again = states(tmp_path, saved=saved)
    assert again.restore(model, []) == {"done": 7, "figures": {"loss": float("inf")}, "stop_training": False}
    assert np.isnan(again.history.rows[0]["loss"])
    assert again.history.rows[0]["val_loss"] is None
    assert (tmp_path / "history.csv").read_text() == "epoch,learning_rate,loss,val_loss,seconds\n1,,nan,,0.0\n"


def test_without_a_state_nothing_is_put_back(tmp_path):
    found = states(tmp_path)
    found.before_training([])
    assert found.restore(None, []) == {}
