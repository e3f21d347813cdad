import keras
import pytest
from golden import expect_messages

from kpipe.layers import DecorrelatedBatchNorm, StochasticDepth
from kpipe.train.notices.lagging_statistics import lagging_statistics

from ..stand_in import blobs, train_section


def model(*layers):
    return keras.Sequential([keras.Input((4,)), *layers, keras.layers.Dense(3)])


def normalized(momentum=0.99):
    return keras.layers.BatchNormalization(momentum=momentum, name="norm")


def notice(*layers, samples=40, validation=8, **train):
    """Of a training with batches of 1, so that an epoch has as many steps as samples."""
    data = blobs(samples=samples, validation=validation, batch_size=1)
    return lagging_statistics(model(*layers), train_section(**{"epochs": 9, **train}), data)


# 0.99^68 = 0.505 and 0.99^69 = 0.4998.
@pytest.mark.parametrize(("steps", "is_reported"), [(1, True), (68, True), (69, False), (500, False)])
def test_more_than_half_of_the_initial_values_is_reported(steps, is_reported):
    found = notice(normalized(), validate={"every_steps": steps}, samples=1008)
    assert (found is not None) == is_reported


@pytest.mark.parametrize(("steps", "advised"), [(5, 0.5), (10, 0.7), (29, 0.9), (68, 0.9)])
def test_the_advised_momentum_leaves_at_most_a_twentieth(steps, advised):
    found = notice(normalized(), validate={"every_steps": steps}, samples=1008)
    assert f"write momentum: {advised:g}, or" in found
    assert advised**steps <= 0.05
    assert notice(normalized(advised), validate={"every_steps": steps}, samples=1008) is None


@pytest.mark.parametrize("steps", [1, 4])
def test_a_momentum_that_forgets_nearly_everything_is_not_advised(steps):
    found = notice(normalized(), validate={"every_steps": steps}, samples=1008)
    assert found.endswith("; add the callback BatchStatistics")
    found = notice(normalized(), validate={"every_steps": steps}, samples=1008, callbacks=["PolyakAveraging"])
    assert found.endswith("; lower data.batch_size, or validate later by train.validate.every_epochs")


def test_the_first_validation():
    assert "after 32 steps" in notice(normalized())
    assert "after 64 steps" in notice(normalized(), validate={"every_epochs": 2})
    assert "after 32 steps" in notice(normalized(), validate={"every_epochs": 2}, epochs=1)
    assert "after 32 steps" in notice(normalized(), validate={"every_steps": 40})
    assert "after 5 steps" in notice(normalized(), validate={"every_steps": 5})


def test_messages():
    others = keras.layers.BatchNormalization(), keras.layers.BatchNormalization(momentum=0.9)
    expect_messages([notice(normalized(), *others), notice(normalized(), validation=0, epochs=1)])


@pytest.mark.parametrize(
    "layer",
    [
        lambda: DecorrelatedBatchNorm(group_size=2, momentum=0.99, name="norm"),
        lambda: keras.Sequential([keras.Input((4,)), keras.Sequential([normalized()])]),
        lambda: StochasticDepth(keras.Sequential([normalized()])),
    ],
)
def test_layers_are_found_however_deep(layer):
    assert "statistics of norm are" in notice(layer())


def test_what_does_not_lag_is_not_reported():
    frozen = normalized()
    frozen.trainable = False
    for layer in (frozen, normalized(0.9), keras.layers.LayerNormalization()):
        assert notice(layer) is None


@pytest.mark.parametrize("name", ["BatchStatistics", {"BatchStatistics": {"batches": 3}}, "kpipe.BatchStatistics"])
def test_statistics_from_a_sample_do_not_lag(name):
    assert notice(normalized(), callbacks=["EarlyStopping", name]) is None


def test_averaged_weights_are_validated_with_lagging_statistics_too():
    found = notice(normalized(), callbacks=["PolyakAveraging"])
    assert found.endswith("write momentum: 0.9")


def test_loaded_statistics_are_not_called_initial():
    layer = normalized()
    layer.build((None, 4))
    layer.moving_mean.assign([0.0, 0.0, 0.5, 0.0])
    assert "are still those of before the training (momentum 0.99)" in notice(layer)
    assert "are still their initial values (momentum 0.99)" in notice(normalized())
