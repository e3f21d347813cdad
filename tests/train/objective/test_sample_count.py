import keras
import numpy as np
import tensorflow as tf

from kpipe.train.objective.metric_values import build_metrics, metric_values


def test_losses_of_several_targets_are_means_over_samples_not_over_batches():
    inputs = keras.Input((3,))
    outputs = {name: keras.layers.Dense(1, name=name)(inputs) for name in ("left", "right")}
    model = keras.Model(inputs, outputs)
    model.compile(
        loss={name: keras.losses.MeanSquaredError() for name in outputs}, loss_weights={"left": 2, "right": 1}
    )
    chance = np.random.default_rng(0)
    x, y = chance.normal(size=(7, 3)).astype(np.float32), chance.normal(size=(7, 1)).astype(np.float32) ** 3
    batches = tf.data.Dataset.from_tensor_slices((x, {"left": y, "right": 2 * y})).batch(4)
    build_metrics(model, batches)
    model.make_test_function()
    iterator = iter(batches)
    for _ in range(2):
        model.test_function(iterator)
    predicted = {name: value.numpy() for name, value in model(x).items()}
    left, right = (float(np.mean((predicted[n] - t) ** 2)) for n, t in (("left", y), ("right", 2 * y)))
    found = metric_values(model)
    np.testing.assert_allclose([found["left_loss"], found["right_loss"]], [left, right], rtol=1e-5)
    np.testing.assert_allclose(found["loss"], 2 * left + right, rtol=1e-5)
