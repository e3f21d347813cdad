import keras
import numpy as np
import pytest
from golden import raises

from kpipe.data.dataset import Target
from kpipe.data.mix.mixing import Mixing
from kpipe.data.prepare.impute import Impute
from kpipe.data.prepared import PreparedData
from kpipe.data.sources.array_dataset import ArrayDataset
from kpipe.errors import SpecError
from kpipe.spec.refusal import nowhere
from kpipe.train.objective.objective import decide
from kpipe.train.objective.plan_mixing import plan_mixing

from ..stand_in import node, train_section

CLASSES = Target("y", "classification", ("a", "b", "c"), ())
STEPS = Target("y", "sequence", ("a", "b", "c"), (4,))
IMAGES = np.zeros((6, 4, 4, 1), np.uint8)
ROWS = np.zeros((6, 4), np.float32)
layers = keras.layers


class WholeBatch(keras.losses.Loss):
    """A custom loss over a batch."""

    def call(self, y_true, y_pred):
        return keras.ops.mean(y_pred) - keras.ops.mean(y_true)


def planned(mix, inputs, stack=(), target=CLASSES, loss=None, prepare=None):
    labels = np.zeros((6, *target.shape), np.int64)
    arrays = {name: {"train": values} for name, values in inputs.items()}
    dataset = ArrayDataset(arrays, {"y": target}, {"y": labels}, rename=False)
    prepared = PreparedData(dataset, {"train": np.arange(6)}, prepare, batch_size=3)
    prepared.fit()
    raw = {name: keras.Input(entry.shape, dtype=entry.dtype, name=name) for name, entry in prepared.inputs.items()}
    tensor = next(iter(raw.values()))
    for layer in stack:
        tensor = layer(tensor)
    if len(tensor.shape) > 2 and target is CLASSES:
        tensor = layers.Flatten()(tensor)
    model = keras.Model(raw, layers.Dense(3)(tensor))
    section = train_section(**({"loss": loss} if isinstance(loss, str | dict) else {}))
    objective = decide(section, model, {"y": target}, nowhere)
    if isinstance(loss, type):
        object.__setattr__(objective.targets["y"], "make_loss", loss)
    return plan_mixing(node(mix, "data.mix"), prepared, model, objective, nowhere)


@pytest.mark.parametrize(
    ("mix", "inputs"),
    [
        (["MixUp"], {"x": ROWS}),
        (["MixUp", "CutMix"], {"image": IMAGES}),
        (["CutMix"], {"left": IMAGES, "right": IMAGES}),
        (["MixUp"], {"image": IMAGES, "x": ROWS}),
    ],
)
def test_what_can_be_mixed(mix, inputs):
    assert isinstance(planned(mix, inputs), Mixing)


def test_an_empty_list_mixes_nothing():
    assert planned([], {"x": ROWS}) is None


@pytest.mark.parametrize(
    "arguments",
    [
        {"mix": ["MixUp", "CutMix"], "inputs": {"x": ROWS}},
        {"mix": ["CutMix"], "inputs": {"left": IMAGES, "right": np.zeros((6, 5, 4, 1), np.uint8)}},
        {"mix": ["CutMix"], "inputs": {"image": IMAGES, "x": ROWS}},
        {"mix": ["CutMix"], "inputs": {"x": ROWS.astype(np.int64)}, "stack": [layers.Embedding(5, 2, name="codes")]},
        {"mix": ["MixUp"], "inputs": {"x": ROWS.astype(np.int64)}, "stack": [layers.Embedding(5, 2, name="codes")]},
        {"mix": ["MixUp"], "inputs": {"x": ROWS.astype(np.uint8)}, "stack": [layers.Embedding(5, 2, name="lookup")]},
        {
            "mix": ["MixUp"],
            "inputs": {"x": np.ones((6, 4, 2), np.float32)},
            "stack": [layers.Masking()],
            "target": STEPS,
        },
        {
            "mix": ["CutMix"],
            "inputs": {"image": IMAGES},
            "stack": [layers.Reshape((4, 4))],
            "target": STEPS,
        },
        {"mix": ["MixUp"], "inputs": {"x": ROWS}, "stack": [layers.Softmax()], "loss": WholeBatch},
        {"mix": ["MixUp"], "inputs": {"x": ROWS}, "loss": keras.losses.Dice},
        {"mix": ["MixUp"], "inputs": {"x": ROWS}, "prepare": {"x": [Impute()]}},
    ],
)
def test_what_has_no_meaning_is_refused(arguments):
    with raises(SpecError):
        planned(**arguments)
