import pytest

from kpipe.checks.checked_spec import checked
from kpipe.train.resume.spec_meaning import description_differences, section_differences

SPEC = """
name: small
data: {source: {Table: {path: t.csv, target: y}}, batch_size: 8}
model: [Dense: {units: =classes}]
train:
  optimizer:
    SGD: {learning_rate: {ExponentialDecay: {initial_learning_rate: 0.1, decay_steps: 10, decay_rate: 0.5}}}
  class_weight: {a: 1.0, b: 2.0}
  callbacks: [EarlyStopping: {monitor: val_loss}, TerminateOnNaN]
"""


def differences(tmp_path, old, new):
    assert old in SPEC
    (tmp_path / "before.yaml").write_text(SPEC)
    (tmp_path / "now.yaml").write_text(SPEC.replace(old, new))
    changes = section_differences(checked(tmp_path / "before.yaml"), checked(tmp_path / "now.yaml"))
    return list(map(str, changes))


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("decay_rate: 0.5", "decay_rate: 0.5, staircase: false"),
        ("decay_steps: 10", "decay_steps: =5 * 2"),
        ("{a: 1.0, b: 2.0}", "{b: 2, a: 1}"),
        ("path: t.csv", "path: elsewhere/u.csv"),
        ("target: y", "target: y, task: auto, color: auto"),
        ("TerminateOnNaN", "TerminateOnNaN: {}"),
        ("batch_size: 8", "batch_size: 8, validation: 0.1, memory: 3"),
    ],
)
def test_what_means_the_same(tmp_path, old, new):
    assert differences(tmp_path, old, new) == []


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        (
            "decay_rate: 0.5",
            "decay_rate: 0.6",
            "train.optimizer.SGD.learning_rate.ExponentialDecay.decay_rate: 0.5 -> 0.6",
        ),
        ("b: 2.0", "b: 3.0", "train.class_weight.b: 2.0 -> 3.0"),
        ("b: 2.0", "c: 2.0", "train.class_weight.b: 2.0 -> absent"),
        ("target: y", "target: z", "data.source.Table.target: 'y' -> 'z'"),
        ("TerminateOnNaN", "keras.EarlyStopping", "train.callbacks.1: 'TerminateOnNaN' -> 'EarlyStopping'"),
        (
            "[EarlyStopping: {",
            "[keras.EarlyStopping: {",
            "train.callbacks.0: kpipe.EarlyStopping -> keras.EarlyStopping",
        ),
        (", TerminateOnNaN]", "]", "train.callbacks: ['EarlyStopping', 'TerminateOnNaN'] -> ['EarlyStopping']"),
        ("class_weight: {a: 1.0, b: 2.0}", "class_weight: null", "train.class_weight: {a: 1.0, b: 2.0} -> null"),
        ("batch_size: 8", "batch_size: 8, validation: 0.2", "data.validation: 0.1 -> 0.2"),
        ("batch_size: 8", "batch_size: 8, max_bad: 1", "data.max_bad: 0.01 -> 1.0"),
    ],
)
def test_what_differs_is_named_by_its_path(tmp_path, old, new, said):
    assert said in differences(tmp_path, old, new)


def test_descriptions_of_data():
    before = {"inputs": {"x": {"shape": [3], "columns": [{"name": "a"}]}}, "classes": None}
    now = {"inputs": {"x": {"shape": [4], "columns": [{"name": "b"}], "new": 1}}, "classes": None}
    shape, name = "inputs.x.shape: [3] -> [4]", "inputs.x.columns.0.name: 'a' -> 'b'"
    known = description_differences(before, now, known_only=True)
    assert list(map(str, known)) == [shape, name]
    every = description_differences(before, now, known_only=False)
    assert list(map(str, every)) == [shape, name, "inputs.x.new: absent -> 1"]
    assert description_differences(before, before, known_only=False) == []
