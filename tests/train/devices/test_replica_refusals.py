import keras
import pytest
from golden import expect_message, raises

from kpipe.errors import SpecError
from kpipe.layers import StochasticDepth
from kpipe.spec.refusal import nowhere
from kpipe.train.devices.replica_refusals import check_replicas
from kpipe.train.objective.objective import Objective

from ..stand_in import train_section


class OneLoss(Objective):
    """An objective of one target with a given loss."""

    def __init__(self, loss):
        self.targets = {"y": self}
        self.make_loss = lambda: loss
        self.make_metrics = list


class Own(keras.layers.Dense):
    """A layer that is not Keras'."""


def checked(train=None, model=None, optimizer=None, loss=None):
    model = model or keras.Sequential([keras.Input((4,)), keras.layers.Dense(3)])
    loss = loss or keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    model.compile(optimizer or keras.optimizers.SGD(), loss)
    return check_replicas(model, train_section(**(train or {})), OneLoss(loss), nowhere)


@pytest.mark.parametrize(
    "options",
    [
        {"train": {"steps_per_execution": 2}},
        {"train": {"jit_compile": True}},
        {"optimizer": keras.optimizers.SGD(use_ema=True, ema_overwrite_frequency=3)},
        {"loss": keras.losses.Dice()},
        {"loss": keras.losses.MeanSquaredError(reduction="sum")},
    ],
)
def test_what_replicas_cannot_do_is_refused_by_name(options):
    with raises(SpecError):
        checked(**options)


def uncertain(mode, synchronized, survival=0.5):
    normalization = keras.layers.BatchNormalization(synchronized=synchronized, name="norm")
    branch = keras.Sequential([keras.Input((4,)), keras.layers.Dense(4), normalization])
    return keras.Sequential(
        [keras.Input((4,)), StochasticDepth(branch, survival, mode, name="depth"), keras.layers.Dense(3)]
    )


def test_what_is_synchronized_in_a_branch_that_is_skipped_is_refused_with_what_helps():
    with raises(SpecError):
        checked(model=uncertain("batch", True))
    assert checked(model=uncertain("sample", True)) == []
    assert checked(model=uncertain("batch", True, survival=1.0)) == []
    (told,) = checked(model=uncertain("batch", False))
    expect_message(told)
    (told,) = checked(model=uncertain("sample", False))
    expect_message(told)


def test_a_masked_output_is_refused():
    inputs = keras.Input((5,), dtype="int32")
    tensor = keras.layers.Embedding(7, 3, mask_zero=True)(inputs)
    with raises(SpecError):
        checked(model=keras.Model(inputs, keras.layers.Dense(3)(tensor)))


def test_layers_along_the_batch_are_refused_and_custom_layers_are_listed():
    model = keras.Sequential([keras.Input((4,)), keras.layers.UnitNormalization(axis=0, name="along"), Own(3)])
    with raises(SpecError):
        checked(model=model)
    (line,) = checked(model=keras.Sequential([keras.Input((4,)), Own(3)]))
    expect_message(line)


def test_what_is_not_refused_and_what_is_reported():
    layers = [keras.layers.BatchNormalization(name="alone"), keras.layers.BatchNormalization(synchronized=True)]
    model = keras.Sequential([keras.Input((4,)), *layers, keras.layers.Dense(3)])
    optimizer = keras.optimizers.AdamW(gradient_accumulation_steps=2, global_clipnorm=1.0, use_ema=True)
    (line,) = checked(model=model, optimizer=optimizer, train={"jit_compile": "auto"})
    expect_message(line)
    assert checked() == []
