import csv
import io
import json
import subprocess
import sys

import keras
import numpy as np
import pytest
from golden import expect_message, raises
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator
from tensorboard.util import tensor_util

from kpipe.checks.checked_spec import checked
from kpipe.data.dataset import BadSample, Target
from kpipe.errors import DataError, SpecError, TrainingError
from kpipe.messages.reporter import Reporter
from kpipe.train.devices.precision import dtype_policy
from kpipe.train.run import Run
from kpipe.train.run_folder.run_folder import RunFolder
from kpipe.train.training import train

from .stand_in import ArrayData, blobs, classifier, numbers, setup_of, spec_of

# Keras' own saver calls NumPy in a way that NumPy 2 will refuse one day.
pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation doesn't accept a copy:DeprecationWarning")


def trained(tmp_path, data=None, model=None, folder="run", reporter=None, **fields) -> Run:
    data = data or blobs(samples=200, validation=50, test=30)
    model = model or classifier()
    fields = {"optimizer": {"Adam": {"learning_rate": 0.02}}, "epochs": 4, **fields}
    reporter = reporter or Reporter(messages=io.StringIO(), results=io.StringIO(), terminal=False)
    setup = setup_of(spec_of("blobs", 7, **fields), model, data)
    return train(setup, RunFolder.create(tmp_path / folder, "blobs"), reporter=reporter)


@pytest.fixture(scope="module")
def finished(tmp_path_factory):
    data = blobs(samples=200, validation=50, test=30)
    data.dataset.bad.append(BadSample("b.png", "empty, 0 bytes"))
    reporter = Reporter(messages=io.StringIO(), results=io.StringIO(), terminal=False)
    run = trained(
        tmp_path_factory.mktemp("finished"),
        data,
        reporter=reporter,
        regularize={"l2": 1e-3},
        validate={"every_steps": 5},
        metrics=["accuracy"],
    )
    return run, data, reporter


def test_the_folder_contains_every_file(finished):
    run, *_ = finished
    assert sorted(entry.name for entry in run.folder.path.iterdir()) == [
        "bad_samples.csv",
        "checkpoint",
        "data.json",
        "evidence.json",
        "history.csv",
        "log.txt",
        "measurements.csv",
        "model.keras",
        "result.json",
        "spec.yaml",
        "started.json",
        "steps.csv",
        "tensorboard",
        "validations.csv",
        "worst.csv",
    ]
    assert checked(run.folder / "spec.yaml").train.regularize.l2 == 1e-3
    assert (run.folder / "bad_samples.csv").read_text() == 'sample,reason\nb.png,"empty, 0 bytes"\n'


def test_the_history(finished):
    run, *_ = finished
    with (run.folder / "history.csv").open() as file:
        rows = list(csv.DictReader(file))
    assert list(rows[0]) == ["epoch", "learning_rate", "loss", "accuracy", "val_loss", "val_accuracy", "seconds"]
    assert [row["epoch"] for row in rows] == ["1", "2", "3", "4"]
    assert [float(row["learning_rate"]) for row in rows] == pytest.approx([0.02] * 4)
    assert [float(row["loss"]) for row in rows] == run.history["loss"]
    with (run.folder / "validations.csv").open() as file:
        within = list(csv.DictReader(file))
    assert list(within[0]) == ["step", "epoch", "val_loss", "val_accuracy"]
    assert [int(row["step"]) for row in within] == [5, 10, 15, 20, 25, 30]  # 8 steps an epoch


def test_the_result(finished):
    run, *_ = finished
    result = json.loads((run.folder / "result.json").read_text(), parse_constant=pytest.fail)
    assert result == json.loads(json.dumps(run.result))
    assert result["status"] == "completed"
    assert result["epochs"] == 4
    assert (result["seed"], result["name"], result["chosen_by"]) == (7, "blobs", "lowest val_loss")
    best = min(run.history["val_loss"])
    assert result["validation"]["loss"] <= best
    assert sorted(result["validation"]) == ["accuracy", "loss"]
    assert result["test"]["accuracy"] > 0.8
    assert result["figures_of"] == "test"
    assert sum(entry["support"] for entry in result["classes"]["y"].values()) == 30
    assert np.sum(result["confusion"]["y"]) == 30
    assert np.trace(result["confusion"]["y"]) / 30 == pytest.approx(result["test"]["accuracy"])
    assert (result["parameters"], result["parameters_frozen"]) == (4 * 8 + 8 + 16 + 8 * 3 + 3, 16)
    assert set(result["versions"]) == {"kpipe", "keras", "tensorflow", "numpy", "python"}


def test_the_saved_model_is_the_kept_one(finished):
    run, data, _ = finished
    loaded = Run.load(run.folder.path)
    x = data.arrays["x"][data.parts["validation"]]
    labels = data.dataset.labels["y"][data.parts["validation"]]
    logits = np.asarray(loaded.model(x, training=False), np.float64)
    np.testing.assert_array_equal(np.asarray(run.model(x, training=False)), logits.astype(np.float32))
    own = np.log(np.exp(logits).sum(axis=1)) - logits[np.arange(len(labels)), labels]
    kernels = [numbers(variable) for variable in run.model.trainable_variables if variable.name == "kernel"]
    penalty = 1e-3 * sum(np.square(kernel).sum() for kernel in kernels)
    assert run.result["validation"]["loss"] == pytest.approx(own.mean() + penalty, rel=1e-5)
    assert loaded.history["val_loss"] == pytest.approx(run.history["val_loss"])
    assert loaded.result["status"] == "completed"


def test_the_model_opens_with_keras_alone(finished):
    run, *_ = finished
    code = (
        f"import keras; model = keras.saving.load_model({str(run.folder / 'model.keras')!r});"
        "import sys; print(model.compiled, [name for name in sys.modules if name.startswith('kpipe')])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "False []\n"


def test_tensorboard_reads_the_curves(finished):
    run, *_ = finished
    curves = {}
    for part in ("train", "validation"):
        events = EventAccumulator(str(run.folder / "tensorboard" / part)).Reload()
        curves[part] = {
            name: [float(tensor_util.make_ndarray(event.tensor_proto)) for event in events.Tensors(name)]
            for name in events.Tags()["tensors"]
        }
    assert sorted(curves["train"]) == ["accuracy", "learning_rate", "loss"]
    assert sorted(curves["validation"]) == ["accuracy", "loss", "step/accuracy", "step/loss"]
    assert curves["train"]["loss"] == pytest.approx(run.history["loss"], rel=1e-6)
    assert curves["validation"]["loss"] == pytest.approx(run.history["val_loss"], rel=1e-6)


def test_what_predict_needs(finished):
    run, *_ = finished
    described = json.loads((run.folder / "data.json").read_text())
    assert described["targets"]["y"] == {
        "task": "classification",
        "classes": ["class 0", "class 1", "class 2"],
        "shape": [],
        "activation": "logits",
        "logits": True,
        "form": "sparse",
    }
    assert described["parts"] == {"train": 120, "validation": 50, "test": 30}
    assert described["inputs"]["x"]["shape"] == [4]
    assert (described["preparation"]["x"]["kind"], described["preparation"]["x"]["stages"]) == ("array", [])


def test_messages_of_a_run(finished):
    run, _, reporter = finished
    messages, results = reporter.messages.getvalue(), reporter.results.getvalue()
    assert messages.startswith("regularized: 2 kernels\n")
    assert "epoch 4/4  loss " in messages
    assert results.startswith("blobs: completed after 4 epochs")
    assert f"run folder: {run.folder.path}" in results
    assert (run.folder / "log.txt").read_text() == messages + results


def test_the_run_as_text_and_as_a_table(finished):
    run, *_ = finished
    epoch = run.result["best_epoch"]
    loss, accuracy = (f"{run.result['test'][name]:.4f}" for name in ("loss", "accuracy"))
    outcome = f"blobs: completed, epoch {epoch} of 4 kept"
    assert repr(run).startswith(f"<Run {outcome}, validation loss ")
    assert repr(run).endswith(f", test loss {loss}  accuracy {accuracy}; folder {run.folder.path}>")
    table = run._repr_html_()
    assert table.startswith(f"<table><caption>{outcome}; folder {run.folder.path}</caption>")
    assert f"<td>{accuracy}</td></tr></tbody></table>" in table


def test_without_validation_the_last_epoch_is_kept(tmp_path):
    run = trained(tmp_path, blobs(validation=0), epochs=2)
    assert (run.result["best_epoch"], run.result["chosen_by"]) == (2, "the last")
    assert (run.result["validation"], run.result["test"], run.result["classes"]) == ({}, {}, {})
    assert list(run.history) == ["epoch", "learning_rate", "loss", "accuracy", "seconds"]


def test_without_a_test_part_the_classes_are_those_of_validation(tmp_path):
    run = trained(tmp_path, blobs(), epochs=2, choose={"monitor": "accuracy"})
    assert run.result["figures_of"] == "validation"
    assert sum(entry["support"] for entry in run.result["classes"]["y"].values()) == 40


@pytest.mark.parametrize(
    ("rule", "by_class"),
    [("balanced", [50 / 51, 50 / 51, 50 / 48]), ({"class 2": 3.0, "class 1": 0.0, "class 0": 0.5}, [0.5, 0.0, 3.0])],
)
def test_class_weights_weigh_the_gradient(tmp_path, rule, by_class):
    """One step of SGD on all samples: W - lr / n sum w_i x_i (softmax(x_i W) - y_i)^T, replayed in NumPy."""
    data = blobs(samples=50, validation=0, batch_size=50)
    inputs = keras.Input((4,), name="x")
    model = keras.Model(inputs, keras.layers.Dense(3, use_bias=False)(inputs))
    before = numbers(model.layers[1].kernel).astype(np.float64)
    trained(tmp_path, data, model, epochs=1, class_weight=rule, optimizer={"SGD": {"learning_rate": 1.0}})
    x, labels = data.arrays["x"].astype(np.float64), data.dataset.labels["y"]
    scores = np.exp(x @ before)
    wrong = scores / scores.sum(axis=1, keepdims=True) - np.eye(3)[labels]
    gradient = x.T @ (np.array(by_class)[labels][:, None] * wrong) / 50
    np.testing.assert_allclose(numbers(model.layers[1].kernel), before - gradient, atol=2e-6)


def test_an_explosion_keeps_the_earlier_state_and_reports_it(tmp_path):
    schedule = {"PiecewiseConstantDecay": {"boundaries": [9], "values": [0.01, 1e30]}}
    with raises(TrainingError):
        trained(tmp_path, optimizer={"SGD": {"learning_rate": schedule}}, epochs=9)
    run = Run.load(tmp_path / "run")
    assert (run.result["status"], run.result["epochs"], run.result["best_epoch"]) == ("exploded", 2, 1)
    assert all(np.isfinite(numbers(variable)).all() for variable in run.model.variables)
    assert run.result["test"] == {}


def test_an_explosion_at_once_leaves_no_model(tmp_path):
    with raises(TrainingError):
        trained(tmp_path, optimizer={"SGD": {"learning_rate": 1e30}}, epochs=9)
    assert not (tmp_path / "run" / "model.keras").exists()
    assert json.loads((tmp_path / "run" / "result.json").read_text())["best_epoch"] is None


def test_statistics_that_are_never_finite_are_an_explosion(tmp_path):
    """The loss stays finite and so does every trainable weight; only a moving variance overflows."""
    model = classifier()
    (normalization,) = (layer for layer in model.layers if isinstance(layer, keras.layers.BatchNormalization))
    normalization.moving_variance.assign([float("inf")] * 8)
    with raises(TrainingError):
        trained(tmp_path, model=model, epochs=2)
    result = json.loads((tmp_path / "run" / "result.json").read_text())
    assert (result["status"], result["epochs"], result["best_epoch"]) == ("exploded", 2, None)
    expect_message(result["error"])
    with raises(DataError):
        Run.load(tmp_path / "run")


def test_a_monitor_that_was_never_measured_is_a_failure(tmp_path):
    stop = {"EarlyStopping": {"monitor": "loss", "patience": 1, "min_delta": 10.0}}
    message = "no model was kept: val_loss was not measured in 2 epochs, since train.validate.every_epochs is 5; valid"
    with raises(TrainingError):
        trained(tmp_path, epochs=9, validate={"every_epochs": 5}, callbacks=[stop])
    result = json.loads((tmp_path / "run" / "result.json").read_text())
    assert (result["status"], result["best_epoch"]) == ("failed", None)
    assert message in result["error"]


def test_a_monitor_that_is_never_finite_is_a_failure(tmp_path):
    data = blobs()
    data.arrays["x"][data.parts["validation"]] = 3e38
    with raises(TrainingError):
        trained(tmp_path, data, epochs=2)
    assert json.loads((tmp_path / "run" / "result.json").read_text())["status"] == "failed"


class Raise(keras.callbacks.Callback):
    """Replaces a callback of the spec that raises in the third epoch."""

    error: BaseException = RuntimeError("out of memory")

    def on_epoch_begin(self, epoch, logs=None):
        if epoch == 2:
            raise self.error


@pytest.mark.parametrize(
    ("error", "status"), [(KeyboardInterrupt(), "interrupted"), (RuntimeError("out of memory"), "failed")]
)
def test_the_best_state_is_saved_regardless_of_how_training_ends(tmp_path, monkeypatch, error, status):
    def raising(node, folder, batch_size, own):
        callback = Raise()
        callback.error = error
        return [(callback, node)]

    monkeypatch.setattr("kpipe.train.plan.build_callbacks", raising)
    with pytest.raises(type(error)):
        trained(tmp_path, callbacks=["TerminateOnNaN"])
    run = Run.load(tmp_path / "run")
    assert (run.result["status"], run.result["epochs"]) == (status, 2)
    assert run.result["best_epoch"] in (1, 2)
    assert run.result["test"] == {}
    assert run.result.get("error") == ("RuntimeError: out of memory" if status == "failed" else None)


def test_a_disk_that_is_full_at_the_end_leaves_a_result(tmp_path, monkeypatch):
    def full(model, path, **arguments):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(keras.Model, "save", full)
    with raises(TrainingError):
        trained(tmp_path)
    result = json.loads((tmp_path / "run" / "result.json").read_text())
    assert (result["status"], result["epochs"]) == ("failed", 4)
    expect_message(result["error"])
    assert not (tmp_path / "run" / "model.keras").exists()


def test_an_interrupt_before_anything_was_kept_reports_it(tmp_path, monkeypatch):
    def interrupted(self, epoch, first):
        raise KeyboardInterrupt

    monkeypatch.setattr("kpipe.train.loop.Loop._epoch", interrupted)
    reporter = Reporter(messages=io.StringIO(), results=io.StringIO(), terminal=False)
    with pytest.raises(KeyboardInterrupt):
        trained(tmp_path, reporter=reporter)
    assert "interrupted: no model has been kept yet; the state of the training is saved" in reporter.messages.getvalue()


def test_epochs_without_validation_neither_warn_nor_let_a_callback_save_over_its_best(tmp_path):
    callbacks = [
        {"EarlyStopping": {"monitor": "val_loss", "patience": 1}},
        {"ReduceLROnPlateau": {"monitor": "val_loss"}},
        {"ModelCheckpoint": {"filepath": "{epoch}.keras", "monitor": "val_loss", "save_best_only": True}},
    ]
    run = trained(tmp_path, epochs=5, validate={"every_epochs": 2}, callbacks=callbacks)
    saved = sorted(path.name for path in run.folder.path.glob("?.keras"))
    best = [float("inf")]
    for epoch, value in enumerate(run.history["val_loss"], start=1):
        if value is not None and value < best[0]:
            best = [value, *best[1:], f"{epoch}.keras"]
    assert saved == best[1:]
    assert "1.keras" not in saved


def test_stopping_early(tmp_path):
    stop = {"EarlyStopping": {"monitor": "val_loss", "patience": 1, "min_delta": 10.0}}
    run = trained(tmp_path, epochs=9, callbacks=[stop])
    assert (run.result["status"], run.result["epochs"]) == ("stopped_early", 2)


def test_an_error_is_found_before_the_first_step_and_leaves_no_folder(tmp_path):
    with raises(SpecError):
        trained(tmp_path, choose={"monitor": "val_acuracy"})
    assert not (tmp_path / "run").exists()


@pytest.mark.parametrize(
    "fields",
    [
        {"validate": {"every_steps": 3}},
        {"class_weight": {"class 0": 1.0}},
    ],
)
def test_what_the_data_cannot_do(tmp_path, fields):
    with raises(SpecError):
        trained(tmp_path, blobs(validation=0), **fields)


@pytest.mark.parametrize(
    "fields",
    [
        {"optimizer": {"SGD": {"learning_rate": 0.1, "global_clipnorm": 1.0, "gradient_accumulation_steps": 2}}},
        {
            "label_smoothing": 0.1,
            "class_weight": "balanced",
            "steps_per_execution": 3,
            "metrics": [{"keras.F1Score": {}}],
        },
    ],
)
def test_options_of_the_training(tmp_path, fields):
    if "metrics" in fields:
        run = trained(tmp_path, model=classifier(activation="softmax"), epochs=2, **fields)
        assert [name for name in run.history if name.startswith("val_")] == [
            "val_loss",
            "val_f1_score_0",
            "val_f1_score_1",
            "val_f1_score_2",
        ]
    else:
        run = trained(tmp_path, epochs=2, **fields)
    assert run.result["status"] == "completed"


def test_clipping_is_that_of_numpy(tmp_path):
    """One step of SGD with a clipped gradient moves all weights by learning rate times clipping norm."""
    data = blobs(samples=16, validation=0)
    inputs = keras.Input((4,), name="x")
    model = keras.Model(inputs, keras.layers.Dense(3)(inputs))
    before = [numbers(variable) for variable in model.trainable_variables]
    trained(tmp_path, data, model, epochs=1, optimizer={"SGD": {"learning_rate": 0.5, "global_clipnorm": 0.01}})
    moved = [numbers(variable) - old for variable, old in zip(model.trainable_variables, before, strict=True)]
    assert np.sqrt(sum(np.square(change).sum() for change in moved)) == pytest.approx(0.5 * 0.01, rel=1e-4)


def test_what_callbacks_print_is_a_message(tmp_path):
    reporter = Reporter(messages=io.StringIO(), results=io.StringIO(), terminal=False)
    stop = {"EarlyStopping": {"monitor": "val_loss", "patience": 1, "min_delta": 10.0, "verbose": 1}}
    trained(tmp_path, epochs=9, callbacks=[stop], reporter=reporter)
    assert "EarlyStopping: stopped after" in reporter.messages.getvalue()
    assert "EarlyStopping" not in reporter.results.getvalue()


def test_mixed_precision_scales_the_loss(tmp_path):
    with dtype_policy("mixed_float16"):
        inputs = keras.Input((4,), name="x")
        outputs = keras.layers.Dense(3, dtype="float32")(keras.layers.Dense(8, activation="relu")(inputs))
        model = keras.Model(inputs, outputs)
    run = trained(tmp_path, model=model, epochs=2, precision="mixed_float16")
    assert isinstance(model.optimizer, keras.optimizers.LossScaleOptimizer)
    assert run.history["loss"][1] < run.history["loss"][0]
    assert run.history["learning_rate"] == pytest.approx([0.02, 0.02])


def test_two_inputs_and_two_targets_with_class_weights(tmp_path):
    generator = np.random.default_rng(0)
    x = {name: generator.standard_normal((60, 2)).astype(np.float32) for name in ("a", "b")}
    targets = {
        "price": Target("price", "regression", None, ()),
        "kind": Target("kind", "classification", ("cheap", "dear"), ()),
    }
    price = (x["a"].sum(axis=1) - x["b"].sum(axis=1)).astype(np.float32)
    labels = {"price": price, "kind": (price > 0).astype(np.int64)}
    parts = {"train": np.arange(40), "validation": np.arange(40, 50), "test": np.arange(50, 60)}
    tensors = {name: keras.Input((2,), name=name) for name in x}
    both = keras.layers.Concatenate()(list(tensors.values()))
    outputs = {name: keras.layers.Dense(1, name=name)(both) for name in targets}
    run = trained(
        tmp_path,
        ArrayData(x, targets, labels, parts),
        keras.Model(tensors, outputs),
        class_weight="balanced",
        targets={"price": {"weight": 0.5}},
        choose={"monitor": "val_kind_accuracy"},
    )
    figures = ["kind_accuracy", "kind_loss", "loss", "price_loss", "price_mean_absolute_error"]
    assert sorted(run.result["test"]) == figures
    assert sorted(name for name in run.history if name.startswith("val_")) == [f"val_{name}" for name in figures]
    assert list(run.result["classes"]) == ["kind"]
    assert run.result["chosen_by"] == "highest val_kind_accuracy"
    test = run.result["test"]
    assert test["loss"] == pytest.approx(0.5 * test["price_loss"] + test["kind_loss"], rel=1e-5)


@pytest.mark.parametrize("output", ["out", None])
def test_what_fails_before_the_first_step_leaves_no_folder(tmp_path, output):
    reporter = Reporter(messages=io.StringIO(), results=io.StringIO(), terminal=False)
    spec = spec_of("blobs", epochs=1)
    spec.dump = lambda *_: (_ for _ in ()).throw(ValueError("cannot be written"))
    model = classifier()
    folder = RunFolder.create(tmp_path / output if output else None, "blobs", tmp_path / "runs")
    reporter.say("before the run")
    with pytest.raises(ValueError, match="cannot be written"):
        train(setup_of(spec, model, blobs(samples=60)), folder, reporter=reporter)
    assert not list(tmp_path.iterdir())
    reporter.say("the next run's")
    reporter.log_to(tmp_path / "log.txt")
    assert (tmp_path / "log.txt").read_text() == "the next run's\n"


@pytest.mark.parametrize("name", ["accuracy", "val_x"])
def test_metrics_of_layers_have_columns_of_their_own(tmp_path, name):
    class Measured(keras.layers.Layer):
        def __init__(self):
            super().__init__()
            self.mean = keras.metrics.Mean(name=name)

        def call(self, inputs):
            return inputs

    inputs = keras.Input((4,))
    model = keras.Model(inputs, Measured()(keras.layers.Dense(3)(inputs)))
    with raises(SpecError):
        trained(tmp_path, model=model, loss={"SparseCategoricalCrossentropy": {"from_logits": True}})
