"""The callbacks of `kpipe_callbacks` in runs; what they compute has its tests in `tests/callbacks`."""

import csv
import json
import math

import keras
import kpipe_callbacks
import numpy as np
import pytest
import tensorflow as tf
from golden import raises

from kpipe.components import vocabulary
from kpipe.errors import SpecError, TrainingError
from kpipe.train.run import Run

from ..stand_in import blobs, classifier, numbers
from ..test_run import trained

pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation doesn't accept a copy:DeprecationWarning")


def rows(folder):
    with (folder / "run" / "history.csv").open(newline="") as file:
        return list(csv.DictReader(file))


def poison(data, sample):
    """Lets one sample be NaN in the batches; prepared data refuse it."""
    mark, batches = 1234.0, data.batches
    data.arrays["x"][sample] = mark

    def poisoned(*arguments, **options):
        return batches(*arguments, **options).map(lambda x, *rest: (tf.where(x == mark, np.nan, x), *rest))

    with_part = data.with_part

    def healthy_part(*arguments, **options):
        part = with_part(*arguments, **options)
        del part.batches
        return part

    data.batches, data.with_part = poisoned, healthy_part


def test_all_that_need_no_function_are_components():
    callbacks = {
        name
        for name in kpipe_callbacks.__all__
        if isinstance(value := getattr(kpipe_callbacks, name), type) and issubclass(value, keras.callbacks.Callback)
    }
    known = {name for name in callbacks if vocabulary().find("callback", name) is not None}
    assert known == callbacks - {"Schedule", "ComposedSchedule", "StepCallback"}
    for name in known:
        assert vocabulary().find("callback", name).load() is getattr(kpipe_callbacks, name)


def test_a_schedule_is_in_the_history_and_scaled_by_the_batch_of_the_spec(tmp_path, capsys):
    data = blobs(samples=120, validation=0, batch_size=16)
    schedule = {"LinearSchedule": {"scale_with_batch": 32, "warmup_steps": 4}}
    trained(tmp_path, data, optimizer={"SGD": {"learning_rate": 0.2}}, epochs=2, callbacks=[schedule])
    rates = [float(row["learning_rate"]) for row in rows(tmp_path)]
    # 16 steps, 4 of them warm-up; the rate of an epoch is that of its last step.
    assert rates == pytest.approx([0.1 * (1 - 3 / 12), 0.1 * (1 - 11 / 12)], rel=1e-6)
    log = (tmp_path / "run" / "log.txt").read_text()
    assert "LinearSchedule: learning rates times 16 / 32 = 0.5 (linear scaling rule)" in log


@pytest.mark.parametrize(
    "callbacks",
    [
        ["CosineSchedule", "LinearSchedule"],
        [{"CosineSchedule": {"warmup_epochs": 5}}],
        ["CosineSchedule", {"ReduceLROnPlateau": {"monitor": "loss"}}],
        ["PolyakAveraging", "PolyakAveraging"],
        ["ExplosionDetector", "ExplosionDetector"],
        [{"EarlyStopping": {"monitor": "val_los"}}],
        ["OneCycleSchedule"],
    ],
)
def test_what_would_be_refused_at_the_beginning_is_refused_before_with_its_line(tmp_path, callbacks):
    with raises(SpecError) as refused:
        trained(tmp_path, optimizer="RMSprop", callbacks=callbacks, epochs=4, data=blobs(samples=120))
    assert refused.value.problems[0].mark.line >= 7
    assert not (tmp_path / "run").exists()


def test_a_schedule_of_keras_in_the_optimizer_is_refused(tmp_path):
    optimizer = {"SGD": {"learning_rate": {"CosineDecay": {"initial_learning_rate": 0.1, "decay_steps": 9}}}}
    with raises(SpecError):
        trained(tmp_path, optimizer=optimizer, callbacks=["CosineSchedule"])


def test_the_averages_are_validated_chosen_and_saved_and_the_raw_weights_are_trained(tmp_path):
    plain = trained(tmp_path, folder="plain", epochs=3, choose={"monitor": "last"})
    averaged = trained(tmp_path, epochs=3, choose={"monitor": "last"}, callbacks=[{"PolyakAveraging": {"decay": 0.9}}])
    assert averaged.history["loss"] == plain.history["loss"]
    assert averaged.history["val_loss"] != plain.history["val_loss"]
    data, model = blobs(samples=200, validation=50, test=30), averaged.model
    model.compile(loss=keras.losses.SparseCategoricalCrossentropy(from_logits=True))
    index = data.parts["validation"]
    loss = model.evaluate(data.arrays["x"][index], data.dataset.labels["y"][index], verbose=0)
    assert averaged.history["val_loss"][-1] == pytest.approx(loss, rel=1e-5)


def test_reestimated_statistics_are_those_of_the_training_part(tmp_path):
    data = blobs(samples=200, validation=50, test=30)
    callbacks = [{"PolyakAveraging": {"decay": 0.9, "batch_norm": "reestimate"}}]
    run = trained(tmp_path, data, epochs=2, callbacks=callbacks)
    dense, norm = (
        layer
        for layer in run.model.layers
        if isinstance(layer, keras.layers.Dense | keras.layers.BatchNormalization) and layer.name != "out"
    )
    order = data.order("train", 0)
    batches = np.split(data.arrays["x"][order], range(16, len(order), 16))
    hidden = [np.maximum(x @ numbers(dense.kernel) + numbers(dense.bias), 0) for x in batches]
    mean = sum(len(h) * h.mean(axis=0) for h in hidden) / len(order)
    variance = sum(len(h) * h.var(axis=0) for h in hidden) / len(order)
    np.testing.assert_allclose(numbers(norm.moving_mean), mean, rtol=1e-4, atol=1e-6)
    np.testing.assert_allclose(numbers(norm.moving_variance), variance, rtol=1e-4, atol=1e-6)
    # The metrics are those of the model that is saved.
    assert run.result["validation"]["loss"] not in run.history["val_loss"]


def test_early_epochs_are_evaluated_and_kept_with_the_statistics_of_the_first_batches(tmp_path):
    data = blobs(samples=200, validation=50, test=30)
    plain = trained(tmp_path, data, folder="plain", epochs=2)
    run = trained(tmp_path, data, epochs=2, callbacks=[{"BatchStatistics": {"batches": 3}}])
    assert run.history["loss"] == plain.history["loss"]
    assert run.history["val_loss"] != plain.history["val_loss"]
    dense, norm = (
        layer
        for layer in run.model.layers
        if isinstance(layer, keras.layers.Dense | keras.layers.BatchNormalization) and layer.name != "out"
    )
    batches = np.split(data.arrays["x"][data.order("train", 0)][:48], 3)
    hidden = [np.maximum(x @ numbers(dense.kernel) + numbers(dense.bias), 0) for x in batches]
    np.testing.assert_allclose(numbers(norm.moving_mean), np.mean([h.mean(0) for h in hidden], 0), rtol=1e-4, atol=1e-6)
    np.testing.assert_allclose(
        numbers(norm.moving_variance), np.mean([h.var(0) for h in hidden], 0), rtol=1e-4, atol=1e-6
    )
    assert run.result["validation"]["loss"] in run.history["val_loss"]


def test_an_explosion_ends_the_run_with_the_last_good_state_and_without_a_look_at_the_test_part(tmp_path):
    callbacks = ["ExplosionDetector"]
    with raises(TrainingError):
        trained(tmp_path, optimizer={"SGD": {"learning_rate": 1e4}}, callbacks=callbacks)
    result = json.loads((tmp_path / "run" / "result.json").read_text())
    assert (result["status"], result["test"]) == ("exploded", {})
    assert [event["action"] for event in result["explosions"]] == ["stopped"]
    assert result["explosions"][0]["loss"] > result["explosions"][0]["threshold"]
    assert all(np.isfinite(numbers(variable)).all() for variable in Run.load(tmp_path / "run").model.variables)


def test_a_run_with_rollback_completes(tmp_path):
    data = blobs(samples=200, validation=50, test=30)
    poison(data, data.order("train", 1)[40])
    detector = {"ExplosionDetector": {"on_explosion": "rollback", "keep_every": 1, "max_rollbacks": 9}}
    # Whether ReLU maps NaN to 0, after which only the weights are not finite, depends on the processor.
    model = classifier(hidden="tanh")
    run = trained(tmp_path, data, model, epochs=3, callbacks=["CosineSchedule", detector])
    assert run.result["status"] == "completed"
    assert [event["epoch"] for event in run.result["explosions"]] == [1, 2, 3]
    assert {event["loss"] for event in run.result["explosions"]} == {"nan"}
    assert all(math.isfinite(value) for value in run.history["loss"])
    assert run.result["test"]["loss"] < run.history["loss"][0]


def test_a_nan_in_the_only_step_of_an_epoch_does_not_end_a_run_with_rollback(tmp_path):
    data = blobs(samples=24, validation=8, batch_size=16)
    poison(data, data.parts["train"][3])
    detector = {"ExplosionDetector": {"on_explosion": "rollback", "max_rollbacks": 9}}
    run = trained(tmp_path, data, epochs=3, callbacks=[detector, {"PolyakAveraging": {"decay": 0.5}}])
    assert run.result["status"] == "completed" and len(run.result["explosions"]) == 3
    assert all(math.isnan(value) for value in run.history["loss"])
    assert all(math.isfinite(value) for value in run.history["val_loss"])


def test_an_explosion_that_is_raised_is_an_explosion_of_the_run(tmp_path):
    # The last digits of the loss depend on the processor.
    message = (
        r"the loss of step 2 \(epoch 1\) is 8\.531\d*e\+10, above 3 times the first loss; .*no earlier state was kept"
    )
    with pytest.raises(TrainingError, match=message):
        trained(
            tmp_path,
            optimizer={"SGD": {"learning_rate": 1e6}},
            callbacks=[{"ExplosionDetector": {"on_explosion": "raise"}}],
        )
    result = json.loads((tmp_path / "run" / "result.json").read_text())
    assert result["status"] == "exploded" and result["explosions"][0]["action"] == "raised"


def test_the_order_in_the_list_changes_nothing(tmp_path):
    listed = [
        {"CosineSchedule": {"warmup_steps": 3}},
        {"PolyakAveraging": {"decay": 0.9}},
        {
            "ExplosionDetector": {
                "factor": 1.02,
                "against": "median",
                "on_explosion": "rollback",
                "max_rollbacks": 99,
                "keep_every": 2,
            }
        },
        {"EarlyStopping": {"monitor": "val_loss", "patience": 1, "restore_best_weights": True}},
        {"CSVLogger": {"filename": "log.csv"}},
        {"ModelCheckpoint": {"filepath": "kept.weights.h5", "save_weights_only": True}},
    ]
    found = []
    for order in (listed, listed[::-1]):
        run = trained(tmp_path, folder=f"run{len(found)}", epochs=4, callbacks=order, model=classifier(dropout=0.2))
        kept = classifier(dropout=0.2)
        kept.load_weights(run.folder.path / "kept.weights.h5")
        arrays = [numbers(variable).tolist() for variable in [*run.model.variables, *kept.variables]]
        history = {name: column for name, column in run.history.items() if name != "seconds"}
        found.append((arrays, history, run.result["explosions"], (run.folder.path / "log.csv").read_text()))
    assert found[0] == found[1]
    assert len(found[0][2]) > 0
