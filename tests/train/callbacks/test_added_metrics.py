import csv
import math

import keras
import numpy as np
import pytest
from golden import expect_messages

import kpipe
from kpipe.train.callbacks.added_metrics import AddedMetrics
from kpipe.train.run import Run
from kpipe.train.run_control import RunControl

METRICS = {"loss": 0.5, "accuracy": math.nan}
NAMES = [*METRICS, "val_loss", "val_accuracy"]


def test_finite_numbers_are_recorded():
    said = []
    added = AddedMetrics(NAMES, said.append)
    values = {"int": 3, "bool": True, "array": np.array(0.25), "float32": np.float32(2), "=1+1": 1.0}
    values["tensor"] = keras.ops.convert_to_tensor(0.5)
    for _ in range(2):
        found = added.recorded(METRICS, {**METRICS, **values, "learning_rate": 0.1})
        assert found == {"int": 3, "bool": 1, "array": 0.25, "float32": 2, "tensor": 0.5, "=1+1": 1}
        assert {type(value) for value in found.values()} == {float}
    expect_messages(said, 1)


def test_others_are_reported_once():
    said = []
    added = AddedMetrics(NAMES, said.append)
    wrong = {"phase": "warm-up", "1": "1", "one": np.ones(1), "norm": math.inf, "nothing": None, "huge": 10**400}
    wrong |= {"long": list(range(100)), 7: 1.0, "epoch": 1.0, "seconds": 1.0, "val_loss": 1.0, "loss": 0.25}
    for _ in range(2):
        assert added.recorded(METRICS, {**METRICS, **wrong}) == {}
    expect_messages(said, len(wrong))


def test_a_number_may_be_missing_or_infinite_in_some_epochs():
    said = []
    added = AddedMetrics(NAMES, said.append)
    assert added.recorded(METRICS, {**METRICS, "norm": math.nan}) == {}
    assert added.recorded(METRICS, {**METRICS, "norm": 2.0}) == {"norm": 2.0}
    expect_messages(said, 1)


CALLBACK = '''
import keras


class Additions(keras.callbacks.Callback):
    """Adds the weight of the first kernel, and from the second epoch on the number of the epoch."""

    def on_epoch_end(self, epoch, logs=None):
        logs["kernel"] = self.model.layers[-1].kernel[0, 0]
        logs["phase"] = "later"
        if epoch:
            logs["count"] = epoch + 1


class Reader(keras.callbacks.Callback):
    """Adds twice the number of the callback before it."""

    def on_epoch_end(self, epoch, logs=None):
        logs["twice"] = 2 * logs.get("count", 0)
'''
SPEC = """
name: additions
imports: [./additions.py]
data: {source: Iris, validation: 0.2}
model: [Dense: {units: =classes}]
train:
  epochs: 3
  optimizer: {SGD: {learning_rate: 0.1}}
  validate: {every_epochs: 2}
  callbacks: [Additions, Reader]
"""


@pytest.fixture
def pipeline(tmp_path):
    (tmp_path / "additions.py").write_text(CALLBACK)
    (tmp_path / "spec.yaml").write_text(SPEC)
    return kpipe.load(tmp_path / "spec.yaml")


@pytest.mark.slow
def test_they_are_columns_of_the_history_also_after_resuming(pipeline, tmp_path):
    pipeline.run(tmp_path / "whole")
    pipeline.run(tmp_path / "parts", control=RunControl(pause_after=1))
    parts = pipeline.run(tmp_path / "parts", resume=True)
    rows = {}
    for name in ("whole", "parts"):
        with (tmp_path / name / "history.csv").open(newline="") as file:
            rows[name] = [{**row, "seconds": ""} for row in csv.DictReader(file)]
    assert rows["parts"] == rows["whole"]
    assert list(rows["whole"][0])[-4:] == ["kernel", "twice", "count", "seconds"]
    assert [row["count"] for row in rows["whole"]] == ["", "2.0", "3.0"]
    assert [row["val_loss"] != "" for row in rows["whole"]] == [False, True, True]
    loaded = Run.load(tmp_path / "whole")
    assert loaded.history["twice"] == parts.history["twice"] == [0, 4, 6]
    assert loaded.history["count"] == parts.history["count"] == [None, 2, 3]
    assert loaded.history["kernel"][-1] == float(loaded.model.layers[-1].kernel[0, 0])
    log = (tmp_path / "whole" / "log.txt").read_text()
    assert log.count("a callback added 'phase' to the logs") == 1
    assert "kernel" not in (tmp_path / "whole" / "result.json").read_text()
