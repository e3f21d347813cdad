"""The train package with the real data package: scikit-learn's digits, split, standardized in the model."""

import io
from pathlib import Path

import keras
import numpy as np
import pytest
from random_seed import set_random_seed

from kpipe.data.prepare.standardize import Standardize
from kpipe.data.prepared import PreparedData
from kpipe.data.sources.digits import Digits
from kpipe.data.sources.source import OpenContext
from kpipe.data.splits.split import split
from kpipe.messages.reporter import Reporter
from kpipe.train.run import Run
from kpipe.train.run_folder.run_folder import RunFolder
from kpipe.train.training import train

from .stand_in import setup_of, spec_of

# Keras' own saver calls NumPy in a way that NumPy 2 will refuse one day.
pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation doesn't accept a copy:DeprecationWarning")


def prepared(tmp_path: Path) -> PreparedData:
    dataset = Digits().open(OpenContext(lambda text: None, 0.01, tmp_path))
    parts = split(dataset, 0.1, 0.2, 3)
    (name,) = dataset.inputs
    data = PreparedData(dataset, parts, {name: [Standardize()]}, seed=3, batch_size=64, memory=1.0)
    data.fit(lambda text: None)
    return data


def models(data: PreparedData) -> tuple[keras.Model, keras.Model]:
    set_random_seed(3)
    tensors = {name: keras.Input(entry.shape, name=name, dtype=entry.dtype) for name, entry in data.inputs.items()}
    raw = data.raw_inputs()
    flat = keras.layers.Flatten()
    hidden, head = keras.layers.Dense(64, activation="relu"), keras.layers.Dense(10)

    def network(entering):
        (tensor,) = data.prepare(entering).values()
        return head(hidden(flat(tensor)))

    (name,) = tensors
    model = keras.Model(tensors[name], network(tensors))
    return model, keras.Model(raw[name], model(data.from_raw(raw)[name]))


def test_digits(tmp_path):
    data = prepared(tmp_path)
    model, raw_model = models(data)
    reporter = Reporter(messages=io.StringIO(), results=io.StringIO(), terminal=False)
    setup = setup_of(spec_of("digits", epochs=6), model, data, raw_model)
    run = train(setup, RunFolder.create(tmp_path / "run", "digits"), reporter=reporter)
    assert run.result["test"]["accuracy"] > 0.9
    indices = data.parts["test"]
    raw = next(iter(data.dataset.read(indices).values()))
    loaded = Run.load(tmp_path / "run").model
    answers = np.argmax(np.asarray(loaded(raw, training=False)), axis=1)
    right = np.mean(answers == data.dataset.labels["y"][indices])
    assert right == pytest.approx(run.result["test"]["accuracy"], abs=1e-6)
