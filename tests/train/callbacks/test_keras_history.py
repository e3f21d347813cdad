import json

import keras
import numpy as np

from kpipe.train.callbacks.callback_state import callback_state, restore_callback
from kpipe.train.callbacks.keras_history import restore_keras_history


def trained(epochs):
    keras.utils.set_random_seed(0)
    model = keras.Sequential([keras.Input((1,)), keras.layers.Dense(1)])
    model.compile("sgd", "mse", jit_compile=False, run_eagerly=True)
    data = np.ones((4, 1), "float32"), np.zeros((4, 1), "float32")
    return model.fit(*data, validation_data=data, validation_freq=2, epochs=epochs, verbose=0)


def test_the_state_does_not_grow_and_the_rows_restore_the_lists():
    whole = trained(4)
    state = callback_state(whole)
    assert state == {"names": ["loss", "val_loss"]}
    values = {**whole.history, "val_loss": [None, whole.history["val_loss"][0], None, whole.history["val_loss"][1]]}
    rows = [
        {"epoch": epoch + 1, "learning_rate": 0.01, **{name: values[name][epoch] for name in values}, "seconds": 1.0}
        for epoch in whole.epoch
    ]
    again = keras.callbacks.History()
    again.on_train_begin()
    restore_callback(again, json.loads(json.dumps(state)))
    assert (again.epoch, again.history) == ([], {})
    restore_keras_history(again, state, rows)
    assert (again.epoch, again.history) == (whole.epoch, whole.history)
    assert list(again.history) == list(whole.history)


def test_a_name_without_a_value_has_no_list():
    again = keras.callbacks.History()
    restore_keras_history(again, {"names": ["loss", "phase"]}, [{"epoch": 1, "loss": 0.5}])
    assert again.history == {"loss": [0.5]}


def test_the_lists_of_earlier_checkpoints_and_other_callbacks_are_restored_as_they_are():
    again = keras.callbacks.History()
    again.on_train_begin()
    state = {"history": {"loss": [0.25]}, "epoch": [0]}
    restore_callback(again, state)
    restore_keras_history(again, state, [])
    assert (again.epoch, again.history) == ([0], {"loss": [0.25]})

    class Longer(keras.callbacks.History):
        pass

    other = Longer()
    other.history, other.epoch = {"loss": [1.0]}, [0]
    assert callback_state(other)["history"] == {"loss": [1.0]}
    restore_keras_history(other, {"names": []}, [])
    assert other.history == {"loss": [1.0]}
