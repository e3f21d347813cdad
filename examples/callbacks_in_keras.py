"""Use the callbacks in a plain Keras script, without importing kpipe.

Usage: `python examples/callbacks_in_keras.py [EPOCHS]`. Trains a network on scikit-learn's digits in seconds.
"""

import sys

import keras
from kpipe_callbacks import CosineSchedule, EarlyStopping, ExplosionDetector, PolyakAveraging
from sklearn.datasets import load_digits


def main(epochs: int = 20) -> dict[str, float]:
    """Train the network and return its metrics on the last 360 digits."""
    keras.utils.set_random_seed(7)
    digits = load_digits()
    x, y = digits.data / 16, digits.target
    model = keras.Sequential(
        [
            keras.Input((64,)),
            keras.layers.Dense(64, activation="relu"),
            keras.layers.Dropout(0.2),
            keras.layers.Dense(10),
        ]
    )
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    model.compile(keras.optimizers.SGD(0.1, momentum=0.9), loss, metrics=["accuracy"])
    detector = ExplosionDetector(factor=3, on_explosion="rollback")
    history = model.fit(
        x[:-360],
        y[:-360],
        validation_split=0.1,
        batch_size=64,
        epochs=epochs,
        verbose=2,
        callbacks=[
            CosineSchedule(warmup_epochs=1, scale_with_batch=32, batch_size=64),
            PolyakAveraging(decay=0.99, warmup=True),
            detector,
            EarlyStopping("val_loss", patience=5, restore_best_weights=True),
        ],
    )
    print("learning rates", [round(rate, 4) for rate in history.history["learning_rate"]])
    print("explosions", detector.events)
    # The model has the averaged weights of its best epoch.
    return model.evaluate(x[-360:], y[-360:], verbose=0, return_dict=True)


if __name__ == "__main__":
    print("test", main(int(sys.argv[1]) if len(sys.argv) > 1 else 20))
