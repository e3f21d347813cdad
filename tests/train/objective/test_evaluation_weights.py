"""Tests of runs with sample weights, against replays in NumPy."""

import json

import keras
import numpy as np
import pytest
from golden import raises

import kpipe
from kpipe.data.feeds.order import order
from kpipe.errors import DataError
from kpipe.messages.reporter import Reporter
from kpipe.report.reevaluate import reevaluate
from kpipe.train.setup.split_data import split_data

SPEC = """
name: weighted
data:
  source: {{Arrays: {{path: data.npz, task: {task}}}}}
  validation: 0.25
  batch_size: 16
  sample_weights: w
model: [{layer}]
train: {{epochs: 2, optimizer: {{SGD: {{learning_rate: 0.1}}}}}}
"""


def written(folder, y, task, layer):
    rng = np.random.default_rng(1)
    x = rng.standard_normal((80, *y.shape[1:], 3)).astype(np.float32)
    np.savez(folder / "data.npz", x=x, y=y, w=rng.random(80) * 2)
    (folder / "spec.yaml").write_text(SPEC.format(task=task, layer=layer))
    return folder / "spec.yaml"


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    folder = tmp_path_factory.mktemp("weighted")
    y = np.random.default_rng(0).standard_normal(80).astype(np.float32)
    path = written(folder, y, "regression", "Dense: {units: 1, kernel_initializer: zeros}")
    return kpipe.load(path).run(folder / "run", reporter=Reporter(quiet=True))


def data_of(run):
    dataset, parts = split_data(kpipe.load(run.folder / "spec.yaml").spec, lambda line: None)
    every = np.arange(80)
    return dataset.read(every)["x"].astype(np.float64), dataset.labels, dataset.weights.astype(np.float64), parts


@pytest.mark.slow
def test_losses_are_weighted_in_training_and_evaluation_and_metrics_are_not(run):
    x, labels, weights, parts = data_of(run)
    y, kernel, bias = labels["y"].astype(np.float64), np.zeros(3), 0.0
    losses, validations = [], []
    for epoch in range(2):
        total = 0.0
        places = parts["train"][order(60, 0, epoch)]
        for batch in np.split(places, range(16, 60, 16)):
            errors = x[batch] @ kernel + bias - y[batch]
            total += np.sum(weights[batch] * errors**2)
            slopes = 2 * weights[batch] * errors / len(batch)
            kernel, bias = kernel - 0.1 * slopes @ x[batch], bias - 0.1 * slopes.sum()
        losses.append(total / 60)
        errors = x[parts["validation"]] @ kernel + bias - y[parts["validation"]]
        validations.append((np.mean(weights[parts["validation"]] * errors**2), np.abs(errors).mean()))
    np.testing.assert_allclose(run.history["loss"], losses, rtol=1e-5)
    np.testing.assert_allclose(run.history["val_loss"], [loss for loss, _ in validations], rtol=1e-5)
    np.testing.assert_allclose(run.history["val_mean_absolute_error"], [error for _, error in validations], rtol=1e-5)


@pytest.mark.slow
def test_evaluate_weighs_the_loss_too(run):
    again = json.loads(reevaluate(run.folder.path, "validation", "json", lambda line: None))
    assert again["metrics"] == pytest.approx(run.result["validation"], rel=1e-6)


@pytest.mark.slow
@pytest.mark.parametrize("mix", [[], ["MixUp"]])
def test_the_weight_of_a_sample_is_that_of_all_its_labels(tmp_path, mix):
    y = np.random.default_rng(0).integers(0, 2, (80, 4, 5))
    path = written(tmp_path, y, "sequence", "Dense: {units: =classes}")
    run = kpipe.load(path, {"data.mix": mix, "train.epochs": 1}).run(tmp_path / "run", reporter=Reporter(quiet=True))
    x, labels, weights, parts = data_of(run)
    rows = parts["validation"]
    logits = np.asarray(keras.saving.load_model(run.folder / "model.keras")(x[rows].astype(np.float32)), np.float64)
    chosen = np.take_along_axis(logits, labels["y"][rows][..., np.newaxis], -1)[..., 0]
    entropies = np.log(np.exp(logits).sum(axis=-1)) - chosen
    expected = np.mean(weights[rows, np.newaxis, np.newaxis] * entropies)
    assert run.result["validation"]["loss"] == pytest.approx(expected, rel=1e-5)


@pytest.mark.slow
def test_a_run_is_not_resumed_with_other_weights(run, tmp_path):
    spec, arrays = tmp_path / "spec.yaml", dict(np.load(run.folder.path.parent / "data.npz"))
    spec.write_text((run.folder.path.parent / "spec.yaml").read_text())
    np.savez(tmp_path / "data.npz", **arrays)
    kpipe.load(spec).run(tmp_path / "run", reporter=Reporter(quiet=True))
    np.savez(tmp_path / "data.npz", **{**arrays, "w": arrays["w"] + 1})
    with raises(DataError):
        kpipe.load(spec, {"train.epochs": 3}).run(tmp_path / "run", resume=True, reporter=Reporter(quiet=True))
