import keras
import pytest

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
    ("options", "said"),
    [
        ({"train": {"steps_per_execution": 2}}, r"^train\.steps_per_execution: TensorFlow cannot loop over steps"),
        ({"train": {"jit_compile": True}}, r"^train\.jit_compile: XLA cannot compile a step"),
        (
            {"optimizer": keras.optimizers.SGD(use_ema=True, ema_overwrite_frequency=3)},
            r"^train\.optimizer: ema_overwrite_frequency: .*; train on one device, or change it$",
        ),
        ({"loss": keras.losses.Dice()}, r"^train\.loss: Dice looks at all samples of a batch together"),
        ({"loss": keras.losses.MeanSquaredError(reduction="sum")}, r"^train\.loss: the reduction sum of MeanSquaredE"),
    ],
)
def test_what_replicas_cannot_do_is_refused_by_name(options, said):
    with pytest.raises(SpecError, match=said):
        checked(**options)


def uncertain(mode, synchronized, survival=0.5):
    normalization = keras.layers.BatchNormalization(synchronized=synchronized, name="norm")
    branch = keras.Sequential([keras.Input((4,)), keras.layers.Dense(4), normalization])
    return keras.Sequential(
        [keras.Input((4,)), StochasticDepth(branch, survival, mode, name="depth"), keras.layers.Dense(3)]
    )


def test_what_is_synchronized_in_a_branch_that_is_left_out_is_refused_with_what_helps():
    with pytest.raises(SpecError, match=r"^model: norm in depth is synchronized, .*: take GroupNorm, or mode: sample"):
        checked(model=uncertain("batch", True))
    assert checked(model=uncertain("sample", True)) == []
    assert checked(model=uncertain("batch", True, survival=1.0)) == []
    (told,) = checked(model=uncertain("batch", False))
    assert told.endswith("unlike one device: take GroupNorm, or mode: sample")
    (told,) = checked(model=uncertain("sample", False))
    assert told.endswith("unlike one device: write synchronized: true")


def test_a_masked_output_is_refused():
    inputs = keras.Input((5,), dtype="int32")
    tensor = keras.layers.Embedding(7, 3, mask_zero=True)(inputs)
    with pytest.raises(SpecError, match=r"^model: the loss is a mean over the steps that a mask lets through"):
        checked(model=keras.Model(inputs, keras.layers.Dense(3)(tensor)))


def test_layers_along_the_batch_are_refused_and_those_of_ones_own_named():
    model = keras.Sequential([keras.Input((4,)), keras.layers.UnitNormalization(axis=0, name="along"), Own(3)])
    with pytest.raises(SpecError, match=r"^model: along works along the batch, of which each replica has a part"):
        checked(model=model)
    (line,) = checked(model=keras.Sequential([keras.Input((4,)), Own(3)]))
    assert line.startswith("Own: a layer of your own sees a replica's part of a batch")


def test_what_is_not_refused_and_what_is_said():
    layers = [keras.layers.BatchNormalization(name="alone"), keras.layers.BatchNormalization(synchronized=True)]
    model = keras.Sequential([keras.Input((4,)), *layers, keras.layers.Dense(3)])
    optimizer = keras.optimizers.AdamW(gradient_accumulation_steps=2, global_clipnorm=1.0, use_ema=True)
    (line,) = checked(model=model, optimizer=optimizer, train={"jit_compile": "auto"})
    assert line.startswith("alone normalises each replica's part of a batch by itself")
    assert checked() == []
