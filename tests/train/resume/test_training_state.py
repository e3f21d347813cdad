import json
import random

import keras
import numpy as np
import pytest
from golden import expect_message, raises
from random_seed import set_random_seed

from kpipe.errors import DataError
from kpipe.messages.training_position import TrainingPosition
from kpipe.train.best_weights import BestWeights
from kpipe.train.devices.training_variables import training_variables
from kpipe.train.objective.metric_values import build_metrics
from kpipe.train.resume.checkpoints import Position
from kpipe.train.resume.training_state import Captured, capture

from ..stand_in import blobs, numbers


def compiled(width: int = 8, optimizer=None, extra: bool = False, out: str = "out") -> keras.Model:
    set_random_seed(3)
    inputs = keras.Input((4,), name="x")
    x = keras.layers.Dense(width, name="first")(inputs)
    x = keras.layers.Dropout(0.3, seed=1, name="dropout")(x)
    if extra:
        x = keras.layers.PReLU(name="extra")(x)
    model = keras.Model(inputs, keras.layers.Dense(3, name=out)(x))
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    model.compile(optimizer or keras.optimizers.Adam(0.01), loss, metrics=["accuracy"])
    model.optimizer.build(model.trainable_variables)
    build_metrics(model, blobs().batches("train"))
    return model


def captured(model, callbacks=(), best_weights=None, more=()) -> Captured:
    """A state as it comes back from a checkpoint."""
    description, arrays = capture(model, callbacks, best_weights or BestWeights("last"), Position(2, 3), dict(more))
    return Captured(json.loads(json.dumps(description)), arrays)


def bits(model: keras.Model) -> list[bytes]:
    return [numbers(variable).tobytes() for variable in training_variables(model)]


def test_all_that_a_training_changes_comes_back():
    first = compiled()
    first.fit(blobs().batches("train"), verbose=0, shuffle=False)
    best_weights = BestWeights("loss")
    best_weights.update(first, {"loss": 0.5}, TrainingPosition(1, 5))
    stopping = keras.callbacks.EarlyStopping(patience=3)
    stopping.wait = 2
    state = captured(first, [stopping], best_weights, more={"loop": {"done": 8, "figures": {"loss": float("nan")}}})
    assert state.position == Position(2, 3)
    assert state.more["loop"]["done"] == 8
    assert np.isnan(state.more["loop"]["figures"]["loss"])

    second, again, kept = compiled(), keras.callbacks.EarlyStopping(patience=3), BestWeights("loss")
    again.set_model(second)
    second.set_weights([value + 1 for value in second.get_weights()])
    assert bits(second) != bits(first)
    state.check(second, [again])
    state.restore(second, [again], kept)
    assert bits(second) == bits(first)
    assert again.wait == 2
    assert (kept.moment, kept.metrics) == (TrainingPosition(1, 5), {"loss": 0.5})
    kept.restore(second)
    for ours, theirs in zip(second.get_weights(), first.get_weights(), strict=True):
        np.testing.assert_array_equal(ours, theirs)


def test_best_weights_that_kept_nothing_and_within_an_epoch():
    model, kept = compiled(), BestWeights("loss")
    captured(model).restore(model, [], kept)
    assert kept.moment is None
    best_weights = BestWeights("loss")
    best_weights.update(model, {"loss": 1.0}, TrainingPosition(2, 7, ends_epoch=False))
    captured(model, best_weights=best_weights).restore(model, [], kept)
    assert kept.moment == TrainingPosition(2, 7, ends_epoch=False)


def drawn() -> list[float]:
    return [random.random(), float(np.random.normal()), float(keras.random.normal(())), random.gauss(0, 1)]


def test_what_is_random_continues():
    model = compiled()
    set_random_seed(7)
    drawn()  # an odd number of normal ones leaves half a pair behind
    random.gauss(0, 1)
    np.random.normal()
    state = captured(model)
    expected = [drawn(), drawn()]
    set_random_seed(8)
    state.restore(model, [], BestWeights("last"))
    assert [drawn(), drawn()] == expected


@pytest.mark.parametrize(
    "other",
    [
        {"width": 9},
        {"extra": True},
        {"optimizer": keras.optimizers.SGD(0.1)},
        {"optimizer": keras.optimizers.SGD(0.1, momentum=0.9)},
        {"optimizer": keras.optimizers.Adam(0.1, use_ema=True)},
    ],
)
def test_another_model_is_refused_and_not_changed(other):
    state = captured(compiled())
    model = compiled(**other)
    before = bits(model)
    with raises(DataError):
        state.check(model, [])
    assert bits(model) == before


def test_the_model_may_have_been_built_before_in_the_same_process():
    """Keras numbers layers without a name, such as those within others; the optimizer's variables are named after them."""

    def unnamed():
        inputs = keras.Input((4,))
        model = keras.Model(inputs, keras.layers.Dense(3)(keras.layers.Dense(8)(inputs)))
        model.compile(keras.optimizers.Adam(), "sparse_categorical_crossentropy")
        model.optimizer.build(model.trainable_variables)
        build_metrics(model, blobs().batches("train"))
        return model

    first, second = unnamed(), unnamed()
    assert first.layers[1].name != second.layers[1].name
    captured(first).check(second, [])


def test_the_names_of_layers_have_no_say():
    """They change where a block of the spec is renamed; which layers there are is compared elsewhere."""

    def named(*names):
        inputs = keras.Input((4,))
        hidden = keras.layers.Dense(8, name=names[0])(inputs)
        model = keras.Model(inputs, keras.layers.Dense(3, name=names[1])(hidden))
        model.compile(keras.optimizers.SGD(momentum=0.9), "sparse_categorical_crossentropy")
        model.optimizer.build(model.trainable_variables)
        build_metrics(model, blobs().batches("train"))
        return model

    captured(named("a_1", "a")).check(named("block_dense", "end"), [])


def test_other_callbacks_are_refused():
    model = compiled()
    state = captured(model, [keras.callbacks.TerminateOnNaN(), keras.callbacks.EarlyStopping()])
    with pytest.raises(DataError) as caught:
        state.check(model, [keras.callbacks.TerminateOnNaN()])
    expect_message(str(caught.value))


def test_a_state_of_a_callback_that_cannot_be_kept_is_reported():
    class Own(keras.callbacks.Callback):
        def get_state(self):
            return {"seen": {1, 2}}

        def set_state(self, state):
            pass

    with raises(DataError):
        capture(compiled(), [Own()], BestWeights("last"), Position(), {})
