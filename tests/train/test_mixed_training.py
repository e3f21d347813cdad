"""Trainings with mixed batches, against a replay in NumPy."""

import numpy as np
import pytest

import kpipe
from kpipe.data.feeds.order import order
from kpipe.data.mix import CutMix, MixUp
from kpipe.data.mix.draw_mix import draw_mix

SPEC = """\
name: mixed
seed: 5
data:
  source: {{Arrays: {{path: data.npz}}}}
  validation: 0
  batch_size: 8
  mix: [MixUp: {{alpha: 1.0}}, CutMix]
  prepare: [Rescale: {{scale: 1.0}}]
model:
  - Flatten
  - Dense: {{units: =classes, kernel_initializer: zeros}}
train:
  epochs: 2
  optimizer: {{SGD: {{learning_rate: 0.5}}}}
  class_weight: {{"0": 1.0, "1": 2.5, "2": 0.5}}
  steps_per_execution: {stride}
"""
COUNT, BATCH, RATE = 43, 8, 0.5
FACTORS = np.array([1.0, 2.5, 0.5])


def replayed(x, y, epoch, kernel, bias):
    """The loss and the accuracy of one epoch of softmax regression, in float64; changes the weights."""
    losses, hits = [], []
    shuffled = order(COUNT, 5, epoch)
    for step, first in enumerate(range(0, COUNT, BATCH)):
        chosen = shuffled[first : first + BATCH]
        count = len(chosen)
        drawn = draw_mix([MixUp(1.0), CutMix()], 5, epoch, step, count, 4, 4)
        own, weights, partner = x[chosen].astype(np.float64), drawn.weights, drawn.permutation
        other = own[partner].copy()
        if drawn.boxes is None:
            shares = weights[:, None, None, None]
            mixed = shares * own + (1 - shares) * other
        else:
            mixed = own
            for image, source, (top, left, bottom, right) in zip(mixed, other, drawn.boxes, strict=True):
                image[top:bottom, left:right] = source[top:bottom, left:right]
        rows = mixed.reshape(count, -1)
        scores = rows @ kernel + bias
        logarithms = scores - np.log(np.exp(scores).sum(1, keepdims=True))
        gradient = np.zeros_like(scores)
        total = 0.0
        for labels, shares in ((y[chosen], weights), (y[chosen][partner], 1 - weights)):
            factors = shares * FACTORS[labels]
            total += (factors * -logarithms[np.arange(count), labels]).mean()
            gradient += factors[:, None] * (np.exp(logarithms) - np.eye(3)[labels]) / count
        hard = np.where(weights >= 0.5, y[chosen], y[chosen][partner])
        losses += [total] * count
        hits += (scores.argmax(1) == hard).tolist()
        kernel -= RATE * rows.T @ gradient
        bias -= RATE * gradient.sum(0)
    return np.mean(losses), np.mean(hits)


@pytest.mark.parametrize("stride", [1, 3])
def test_loss_accuracy_and_weights_are_those_of_a_replay(stride, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    generator = np.random.default_rng(0)
    y = generator.integers(0, 3, COUNT)
    x = (generator.normal(size=(COUNT, 4, 4, 1)) + y[:, None, None, None] / 2).astype(np.float32)
    np.savez("data.npz", x=x, y=y)
    (tmp_path / "spec.yaml").write_text(SPEC.format(stride=stride))
    run = kpipe.load("spec.yaml").run(tmp_path / "run")
    kernel, bias = np.zeros((16, 3)), np.zeros(3)
    for epoch in range(2):
        loss, accuracy = replayed(x, y, epoch, kernel, bias)
        assert float(run.history["loss"][epoch]) == pytest.approx(loss, rel=2e-6)
        assert float(run.history["accuracy"][epoch]) == pytest.approx(accuracy, abs=1e-6)
