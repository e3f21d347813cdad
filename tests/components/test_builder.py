from pathlib import Path

import keras
import numpy as np
import pytest
from golden import expect_message

from kpipe.components import build, register, vocabulary
from kpipe.components.inspection.kinds import KINDS
from kpipe.data import Source
from kpipe.errors import ArgumentError, DataError, SpecError

from .marked import node

HERE = __name__


class Folder(Source):
    """A source that keeps what it got.

    Args:
        path: a folder.
        files: more of them.
        share: in [0, 1].
    """

    def __init__(self, path: Path, files: list[Path] | None = None, share: float = 0.5) -> None:
        if share > 1:
            raise ArgumentError("share", f"{share} is more than all; write at most 1")
        if share < 0:
            raise DataError("no data")
        self.values = (path, files, share)

    def open(self, context):
        raise NotImplementedError


@pytest.fixture
def folder():
    register(Folder, kind="source")
    yield
    vocabulary().remove(HERE)


def fails(text: str, kind: str, **extra) -> SpecError:
    with pytest.raises(SpecError) as caught:
        build(node(text), kind, **extra)
    return caught.value


def test_a_layer_with_objects_inside():
    layer = build(
        node(
            "Dense: {units: 3, activation: {LeakyReLU: {negative_slope: 1}}, kernel_initializer: {Constant: {value: 2}}, "
            "kernel_regularizer: {L2: {l2: 1}}, kernel_constraint: NonNeg, bias_initializer: ones, dtype: float64}"
        ),
        "layer",
        name="dense_7",
    )
    assert isinstance(layer, keras.layers.Dense) and layer.name == "dense_7"
    assert isinstance(layer.activation, keras.layers.LeakyReLU)
    assert isinstance(layer.kernel_constraint, keras.constraints.NonNeg)
    # 1 * 2 + 1 for three units, in 64 bits; the penalty is the sum of three squares of 2
    assert np.asarray(layer(np.ones((1, 1)))).tolist() == [[3.0, 3.0, 3.0]]
    assert float(layer.losses[0]) == 12.0
    again = keras.layers.Dense.from_config(layer.get_config())
    assert isinstance(again.activation, keras.layers.LeakyReLU)


def test_integers_become_floats_where_floats_are_expected():
    optimizer = build(node("SGD: {learning_rate: 1, momentum: 0}"), "optimizer")
    assert isinstance(optimizer, keras.optimizers.SGD) and float(optimizer.learning_rate) == 1.0
    schedule = build(node("PiecewiseConstantDecay: {boundaries: [10, 20], values: [1, 0.5, 0]}"), "schedule")
    assert schedule.get_config()["boundaries"] == [10, 20]
    assert [type(value) for value in schedule.get_config()["values"]] == [float, float, float]
    assert [type(value) for value in schedule.get_config()["boundaries"]] == [int, int]


def test_a_schedule_warms_up_inside_an_optimizer():
    optimizer = build(
        node(
            "SGD: {learning_rate: {CosineDecay: {initial_learning_rate: 0, decay_steps: 90, warmup_target: 1, "
            "warmup_steps: 10}}}"
        ),
        "optimizer",
    )
    schedule = optimizer._learning_rate
    assert [round(float(schedule(step)), 6) for step in (0, 5, 10, 55, 100)] == [0.0, 0.5, 1.0, 0.5, 0.0]


def test_a_list_is_a_small_sequential_model():
    layer = build(node("TimeDistributed: {layer: [{Dense: {units: 3}}, ReLU]}"), "layer")
    assert isinstance(layer.layer, keras.Sequential)
    assert [type(entry).__name__ for entry in layer.layer.layers] == ["Dense", "ReLU"]
    assert layer(np.ones((2, 5, 4))).shape == (2, 5, 3)
    alone = build(node("[{Dense: {units: 2}}]"), "layer", name="head")
    assert isinstance(alone, keras.Sequential) and alone.name == "head"


def test_a_list_of_cells_stays_a_list():
    layer = build(node("RNN: {cell: [{LSTMCell: {units: 3}}, {GRUCell: {units: 2}}]}"), "layer")
    assert isinstance(layer.cell, keras.layers.StackedRNNCells)
    assert layer(np.ones((2, 5, 4))).shape == (2, 2)


def test_extra_arguments_count_where_the_spec_gives_none():
    text = "MobileNet: {weights: null, include_top: false, alpha: 0.25, trainable: false, input_shape: [48, 48, 3]}"
    network = build(node(text), "application", name="base", input_shape=(32, 32, 3))
    assert network.name == "base" and network.input_shape == (None, 48, 48, 3)
    assert network.trainable is False and network.trainable_weights == []
    named = build(node("ReLU: {name: mine}"), "layer", name="other")
    assert named.name == "mine"


def test_paths_become_paths(folder):
    built = build(node("Folder: {path: /data, files: [/a, /b], share: 1}"), "source")
    assert built.values == (Path("/data"), [Path("/a"), Path("/b")], 1.0)
    assert isinstance(built.values[2], float)


def test_what_a_constructor_refuses_gets_its_place(folder):
    (problem,) = fails("Folder: {path: /data, share: 1.5}", "source").problems
    expect_message(str(problem))
    with pytest.raises(DataError, match="no data"):
        build(node("Folder: {path: /data, share: -1}"), "source")


def test_an_exception_of_keras_becomes_a_problem_at_the_component():
    (problem,) = fails("Conv2D: {filters: 4, kernel_size: 3, groups: 3}", "layer").problems
    expect_message(str(problem))
    assert "\n" not in problem.message and "Traceback" not in problem.message
    (inner,) = fails("TimeDistributed: {layer: {Conv2D: {filters: 4, kernel_size: 3, groups: 3}}}", "layer").problems
    assert inner.mark.column == 27


def test_all_problems_are_raised_together():
    error = fails("Conv2D: {filters: 0, kernel_size: 3, paddin: same}", "layer")
    assert [problem.mark.column for problem in error.problems] == [19, 38]


def test_a_required_argument_may_come_from_the_caller():
    assert build(node("Dense"), "layer", units=4).units == 4
    expect_message(str(fails("Dense", "layer")))


#: Arguments that let every layer be constructed.
REQUIRED = """
activation: relu
axes: 1
branch: {Dense: {units: 3}}
cell: {LSTMCell: {units: 3}}
cells: [{LSTMCell: {units: 3}}]
columns: 2
dims: [2, 1]
equation: ab,bc->ac
expression: x * 5
factor: 0.5
filepath: nowhere
filters: 3
head_dim: 2
height: 4
height_factor: 0.2
input_dim: 4
kernel_size: 3
key_dim: 2
layer: {LSTM: {units: 3}}
layers: [ReLU]
max_number: 3
n: 2
num_bins: 3
num_heads: 2
num_key_value_heads: 2
num_query_heads: 2
output_dim: 3
output_shape: 4
output_size: 2
pool_size: 2
rate: 0.5
scale: 2
stddev: 0.5
target_shape: [-1]
units: 3
width: 4
width_factor: 0.2
"""

SPECIAL = {
    "Split": "parts: 2",
    "CategoryEncoding": "num_tokens: 3",
    "Discretization": "num_bins: 3",
    "RandomPosterization": "factor: 4",
    "SpectralNormalization": "layer: {Dense: {units: 3}}",
}


#: Arguments with which an inherited one is tried.
INHERITED = {
    "activity_regularizer": "l2",
    "autocast": "false",
    "bounding_box_format": "xyxy",
    "name": "own",
    "trainable": "false",
    "zero_output_for_mask": "true",
}


def test_every_layer_accepts_its_listed_arguments():
    """All at once: their defaults, and what they get from base classes, are accepted by the constructors."""
    words, required, built = vocabulary(), node(REQUIRED).entries, 0
    for name in words.names("layer"):
        if name == "TFSMLayer":
            continue
        known = words.find("layer", name)
        given = {key: required[key] for key, entry in known.arguments.items() if entry.required}
        given |= node(SPECIAL[name]).entries if name in SPECIAL else {}
        inherited = {
            key: node(f"x: {value}").entries["x"] for key, value in INHERITED.items() if key in known.arguments
        }
        component = node(f"{name}: {{}}")
        component.entries[name].value = {**inherited, **given}
        layer = build(component, "layer")
        assert layer.name == "own", name
        built += 1
    assert built > 150


@pytest.mark.parametrize("kind", ["initializer", "regularizer", "constraint", "loss", "metric", "optimizer"])
def test_what_needs_no_argument_is_built_alone(kind):
    words = vocabulary()
    for name in words.names(kind):
        known = words.find(kind, name)
        if not any(entry.required for entry in known.arguments.values()):
            assert type(build(node(name), kind)) is known.load(), name
    assert kind in KINDS


class Lambda(Source):
    """A source with an argument that is a keyword of Python.

    Args:
        lambda_: a number of at most 1.
    """

    def __init__(self, lambda_: float = 0.5) -> None:
        if lambda_ > 1:
            raise ArgumentError("lambda_", f"out of range; expected at most 1, got {lambda_}")
        self.value = lambda_

    def open(self, context):
        raise NotImplementedError


@pytest.fixture
def with_keyword():
    register(Lambda, kind="source")
    yield
    vocabulary().remove(HERE)


def test_an_argument_can_be_a_keyword_of_python(with_keyword):
    assert build(node("Lambda: {lambda: 1}"), "source").value == 1.0
    with pytest.raises(SpecError) as caught:
        build(node("Lambda: {lambda: 3}"), "source")
    (problem,) = caught.value.problems
    assert (problem.path, problem.mark.column) == ("Lambda.lambda", 18)
