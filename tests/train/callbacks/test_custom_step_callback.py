"""A callback of a file under `imports` does what kpipe's own do, with this one file: nothing in kpipe knows it."""

import re

import keras
import numpy as np
import pytest

import kpipe
from kpipe.errors import SpecError

CALLBACK = '''
from typing import Annotated, Any

import keras
from keras import ops
from kpipe_callbacks import OnReplicas, OnRollback, Phase, StepCallback


class AtLeast:
    def __init__(self, ge):
        self.ge = ge


class LossLedger(StepCallback):
    """Counts steps and adds up losses inside the step, and rounds the weights that are kept."""

    def __init__(self, digits: Annotated[int, AtLeast(0)] = 2):
        super().__init__()
        self.digits = digits
        self.went_back_to = []

    def begin(self, session):
        self.steps = self.add_variable("steps", 0, "int32")
        self.kept = self.add_variable("kept", 0, "int32", on_rollback=OnRollback.RESTORE)
        self.total = self.add_variable("total", 0.0, "float32", on_rollback=OnRollback.RESTORE)
        session.during(Phase.LOSS, self.add)
        session.during(Phase.AFTER_UPDATE, self.count)
        session.during(Phase.ROLLBACK, self.note)
        session.during(Phase.TRAIN_END_STATISTICS, self.tell)

    def add(self, loss):
        self.total.assign_add(ops.cast(loss, "float32"))

    def count(self, updated):
        self.steps.assign_add(1)
        self.kept.assign_add(1)

    def note(self, step):
        self.went_back_to.append(step)

    def tell(self):
        values = " ".join(f"{name}={float(self.value(name)):.9g}" for name in ("steps", "kept", "total"))
        print(f"ledger: {values} back={self.went_back_to}")

    def on_model_chosen(self, training_data):
        for variable in self.model.trainable_variables:
            variable.assign(ops.round(variable, self.digits))
        return True
'''

SPEC = """
name: ledger
seed: 3
imports: [ledger.py]
data:
  source: {Arrays: {x: x.npy, y: y.npy, task: regression}}
  validation: 0.2
  batch_size: 4
model: [{Dense: {units: 1}}]
train:
  epochs: EPOCHS
  optimizer: {SGD: {learning_rate: 0.01}}
  callbacks:
    - LossLedger: {digits: 2}
    - ExplosionDetector: {factor: 100, on_explosion: rollback, keep_every: 1, lr_factor: 1, max_rollbacks: 9}
"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    found = tmp_path_factory.mktemp("ledger")
    chance = np.random.default_rng(1)
    x = chance.normal(size=(40, 3)).astype(np.float32)
    y = (x @ np.array([1.0, -2.0, 0.5]) + 0.5 * chance.normal(size=40)).astype(np.float32)
    # The step with it explodes, in each epoch.
    y[21] = 1e4
    np.save(found / "x.npy", x)
    np.save(found / "y.npy", y)
    (found / "ledger.py").write_text(CALLBACK)
    return found


def run(folder, name, epochs, resume=False):
    spec = folder / "spec.yaml"
    spec.write_text(SPEC.replace("EPOCHS", str(epochs)))
    return kpipe.load(spec).run(folder / name, resume=resume)


def ledger(found):
    text = (found.folder.path / "log.txt").read_text()
    steps, kept, total, back = re.findall(r"ledger: steps=(\S+) kept=(\S+) total=(\S+) back=\[(.*)\]", text)[-1]
    return int(steps), int(kept), float(total), [int(step) for step in back.split(", ") if step]


@pytest.fixture(scope="module")
def whole(folder):
    return run(folder, "whole", 3)


def test_it_acts_inside_the_step_and_a_rollback_does_what_it_declares(whole):
    events = whole.result["explosions"]
    steps, kept, total, back = ledger(whole)
    assert len(events) > 1
    assert steps == 3 * 8
    assert back == [event["good_step"] for event in events]
    undone = [event["step"] - event["good_step"] for event in events]
    assert kept == steps - sum(undone)
    # Losses of the steps that were undone are undone too.
    assert 0 < total < min(event["loss"] for event in events)


def test_it_continues_after_a_resume_as_if_there_had_been_none(folder, whole):
    run(folder, "parts", 1)
    resumed = run(folder, "parts", 3, resume=True)
    assert ledger(resumed) == ledger(whole)
    for one, other in zip(resumed.model.variables, whole.model.variables, strict=True):
        np.testing.assert_array_equal(keras.ops.convert_to_numpy(one), keras.ops.convert_to_numpy(other))


def test_it_completes_the_model_that_is_kept(whole):
    for variable in whole.model.trainable_variables:
        values = keras.ops.convert_to_numpy(variable).astype(np.float64)
        np.testing.assert_allclose(values, np.round(values, 2), atol=1e-6)
    # The results are those of the completed model.
    assert whole.result["validation"]["loss"] not in whole.history["val_loss"]


def test_the_range_of_its_argument_is_checked_at_its_place(folder):
    spec = folder / "wrong.yaml"
    spec.write_text(SPEC.replace("EPOCHS", "1").replace("digits: 2", "digits: -1"))
    with pytest.raises(SpecError) as refused:
        kpipe.load(spec).run(folder / "wrong")
    (problem,) = refused.value.problems
    assert problem.path == "train.callbacks.0.LossLedger.digits"
    assert problem.mark.line == 14


def test_what_it_refuses_at_its_beginning_is_refused_before_the_training(folder):
    spec = folder / "refused.yaml"
    (folder / "refusing.py").write_text(
        CALLBACK.replace("        self.steps =", '        raise ValueError("no such training")\n        self.steps =')
    )
    spec.write_text(SPEC.replace("EPOCHS", "1").replace("ledger.py", "refusing.py"))
    with pytest.raises(SpecError, match="no such training") as refused:
        kpipe.load(spec).run(folder / "refused")
    assert refused.value.problems[0].mark.line == 14
    assert not (folder / "refused").exists()
