import pytest
from golden import expect_message

from kpipe.errors import Mark, SpecError
from kpipe.spec.defaults import default_at
from kpipe.spec.merging.override import assign, repath
from kpipe.spec.yaml_text.yaml_reader import read_text

TEXT = """
name: x
vars: {depth: 3}
data: {source: {ImageFolder: {train: a}}}
model:
  - Conv2D: {filters: 8, name: stem}
  - ReLU
  - basic: {filters: 3}
  - ReLU
  - Residual: {branch: [{Dense: {units: 3}}]}
train:
  optimizer: {SGD: {learning_rate: 0.1}}
  callbacks:
    - EarlyStopping: {patience: 3}
    - keras.CSVLogger: {filename: a.csv}
"""
MARK = Mark("--set", 1, 1, 1, 2)


def after(path, value):
    node = read_text(TEXT, "a.yaml")
    assign(node, path, read_text(value, "--set"), MARK, default_at)
    repath(node)
    return node


@pytest.mark.parametrize(
    ("path", "value", "where", "expected"),
    [
        ("vars.depth", "5", ("vars", "depth"), 5),
        ("train.epochs", "3", ("train", "epochs"), 3),
        ("seed", "7", ("seed",), 7),
        ("train.optimizer.SGD.learning_rate", "1", ("train", "optimizer", "SGD", "learning_rate"), 1),
        ("train.optimizer.learning_rate", "1", ("train", "optimizer", "SGD", "learning_rate"), 1),
        ("train.optimizer.momentum", "0.9", ("train", "optimizer", "SGD", "momentum"), 0.9),
        ("train.optimizer", "Adam", ("train", "optimizer"), "Adam"),
        ("train.regularize.l2", "1e-4", ("train", "regularize", "l2"), 1e-4),
        ("train.choose.monitor", "loss", ("train", "choose", "monitor"), "loss"),
        ("train.class_weight.cat", "2", ("train", "class_weight", "cat"), 2),
        ("data.prepare_targets.y", "[Standardize]", ("data", "prepare_targets", "y"), ["Standardize"]),
        ("data.augment.image.+", "HorizontalFlip", ("data", "augment", "image"), ["HorizontalFlip"]),
        ("train.targets.price.weight", "2", ("train", "targets", "price", "weight"), 2),
        (
            "train.callbacks.EarlyStopping.patience",
            "9",
            ("train", "callbacks", 0, "EarlyStopping", "patience"),
            9,
        ),
        ("train.callbacks.0.patience", "9", ("train", "callbacks", 0, "EarlyStopping", "patience"), 9),
        (
            "train.callbacks.keras.CSVLogger.filename",
            "b",
            ("train", "callbacks", 1, "keras.CSVLogger", "filename"),
            "b",
        ),
        ("train.callbacks.+", "TerminateOnNaN", ("train", "callbacks", 2), "TerminateOnNaN"),
        ("train.callbacks.+", "[A, B]", ("train", "callbacks", slice(2, None)), ["A", "B"]),
        ("train.callbacks.+", "[[A, B]]", ("train", "callbacks", 2), ["A", "B"]),
        ("train.callbacks.+0", "A", ("train", "callbacks", 0), "A"),
        ("train.callbacks.+1", "[A, B]", ("train", "callbacks", slice(1, 3)), ["A", "B"]),
        ("train.callbacks.+2", "A", ("train", "callbacks", 2), "A"),
        ("train.callbacks.+-1", "A", ("train", "callbacks", 1), "A"),
        ("train.callbacks.+keras.CSVLogger", "A", ("train", "callbacks", 1), "A"),
        ("model.+stem", "ReLU", ("model", slice(0, 2)), ["ReLU", {"Conv2D": {"filters": 8, "name": "stem"}}]),
        ("model.-", "[stem, 1, -1]", ("model", slice(None)), [{"basic": {"filters": 3}}, "ReLU"]),
        ("model.4.branch.-", "0", ("model", 4, "Residual", "branch"), []),
        ("train.callbacks.-", "keras.CSVLogger", ("train", "callbacks"), [{"EarlyStopping": {"patience": 3}}]),
        ("train.callbacks.EarlyStopping.-", "patience", ("train", "callbacks", 0), {"EarlyStopping": {}}),
        ("train.optimizer.-", "learning_rate", ("train", "optimizer"), {"SGD": {}}),
        ("train.-", "[callbacks]", ("train",), {"optimizer": {"SGD": {"learning_rate": 0.1}}}),
        ("train.class_weight.+1", "2", ("train", "class_weight", "+1"), 2),
        ("model.0.Conv2D.filters", "9", ("model", 0, "Conv2D", "filters"), 9),
        ("model.stem.filters", "9", ("model", 0, "Conv2D", "filters"), 9),
        ("model.stem.Conv2D.filters", "9", ("model", 0, "Conv2D", "filters"), 9),
        ("model.Conv2D.strides", "2", ("model", 0, "Conv2D", "strides"), 2),
        ("model.basic.filters", "9", ("model", 2, "basic", "filters"), 9),
        ("model.1.max_value", "6", ("model", 1, "ReLU", "max_value"), 6),
        ("model.-1.Residual.branch.0.units", "4", ("model", 4, "Residual", "branch", 0, "Dense", "units"), 4),
        ("data.source.train", "b", ("data", "source", "ImageFolder", "train"), "b"),
        ("data.source.ImageFolder.test", "b", ("data", "source", "ImageFolder", "test"), "b"),
    ],
)
def test_a_path_finds_its_value(path, value, where, expected):
    plain = after(path, value).plain()
    for part in where:
        plain = plain[part]
    assert plain == expected


def test_an_absent_optimizer_is_the_default_one():
    node = read_text("{name: x, train: {epochs: 1}}", "a.yaml")
    assign(node, "train.optimizer.learning_rate", read_text("0.5", "--set"), MARK, default_at)
    assert node.entries["train"].entries["optimizer"].plain() == {"Adam": {"learning_rate": 0.5}}


@pytest.mark.parametrize(
    ("path", "suggestion"),
    [
        ("train.optimizer.Adam.beta_1", None),
        ("model.ReLU.max_value", None),
        ("model.9.filters", None),
        ("model.stam.filters", "stem"),
        ("train.epoch", "epochs"),
        ("trane.epochs", "train"),
        ("vars.depht", "depth"),
        ("vars.depth.x", None),
        ("train.regularize.l3", "l1"),
        ("train..epochs", None),
        ("vars.+", None),
        ("train.callbacks.+EarlyStoping", "EarlyStopping"),
        ("train.callbacks.+9", None),
        ("train.callbacks.-EarlyStopping", None),
        ("train.epochs.-", None),
        ("train.+0", None),
        ("train.callbacks+", None),
        ("callbacks-", None),
        ("~train.callbacks.EarlyStopping", None),
        ("++train.epochs", None),
        ("epochs", "train.epochs"),
        ("batch_size", "data.batch_size"),
        ("train.lr", "train.optimizer.learning_rate"),
        ("train.batch_size", None),
        ("train/epochs", None),
        ("model[0]['filters']", None),
    ],
)
def test_a_path_that_leads_nowhere_gives_the_reason(path, suggestion):
    with pytest.raises(SpecError) as caught:
        after(path, "1")
    (problem,) = caught.value.problems
    expect_message(problem.message)
    assert problem.suggestion == suggestion
    assert problem.mark == MARK


def test_a_section_is_removed_at_the_top():
    assert "vars" not in after("-", "vars").entries


def test_changes_apply_to_the_result_of_earlier_ones():
    node = read_text(TEXT, "a.yaml")
    for path, value in [
        ("model.-", "[1, 3]"),
        ("model.+basic", "Flatten"),
        ("model.1.name", "flat"),
        ("model.-", "flat"),
    ]:
        assign(node, path, read_text(value, "--set"), MARK, default_at)
    assert [next(iter(item)) for item in node.plain()["model"]] == ["Conv2D", "basic", "Residual"]


@pytest.mark.parametrize("written", ["FineTune", "FineTune: {last: 1}", "[FineTune]", "[FineTune: {last: 1}]"])
@pytest.mark.parametrize("path", ["0.last", "0.FineTune.last", "-1.last", "FineTune.last", "last"])
def test_a_component_can_be_written_instead_of_the_list_of_it(written, path):
    node = read_text("train: {}", "a.yaml")
    assign(node, "train.stages", read_text(written, "a.yaml"), MARK, default_at)
    assign(node, f"train.stages.{path}", read_text("0.5", "--set"), MARK, default_at)
    stages = node.entries["train"].entries["stages"].plain()
    assert (stages if isinstance(stages, list) else [stages]) == [{"FineTune": {"last": 0.5}}]
