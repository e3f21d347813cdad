"""Sick and healthy trainings on the data bundled with scikit-learn, with the codes that are right for each.

A sick case is a base with overrides, its remedy the same base with others. `tests/benchmarks/check_corpus.py` trains both:
a case is sick only if the remedy ends with a lower validation loss by 10 % of the trivial loss, on three seeds.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

CODE = {"imports": [str(Path(__file__).with_name("corpus_code.py"))]}


def _digits(model, train, prepare="[Standardize]", source="Digits"):
    return f"""
name: corpus
data: {{source: {source}, validation: 0.2, batch_size: 64, prepare: {prepare}}}
model: {model}
train: {train}
"""


def _table(source, model, train, more="prepare: [Standardize]"):
    return f"""
name: corpus
data: {{source: {source}, validation: 0.25, batch_size: 16, {more}}}
model: {model}
train: {train}
"""


HIDDEN = "Dense: {units: 64, activation: relu}"
MLP = f"[Flatten, {HIDDEN}, {HIDDEN}, Dense: {{units: =classes}}]"
TANH = "[Flatten, " + "Dense: {units: 64, activation: tanh}, " * 3 + "Dense: {units: =classes}]"
DEEP = (
    "[Flatten, "
    + "Dense: {units: 64, activation: relu, kernel_initializer: he_normal}, " * 8
    + "Dense: {units: =classes}]"
)
CONV = "Conv2D: {filters: 16, kernel_size: 3, padding: same, activation: relu}"
CNN = f"[{CONV}, MaxPooling2D, {CONV}, GlobalAveragePooling2D, Dense: {{units: =classes}}]"
NORMALIZED = (
    "Conv2D: {filters: 16, kernel_size: 3, padding: same, use_bias: false}, BatchNormalization: {momentum: 0.9}, ReLU"
)
BN_CNN = f"[{NORMALIZED}, MaxPooling2D, {NORMALIZED}, GlobalAveragePooling2D, Dense: {{units: =classes}}]"
BRANCH = f"""[{NORMALIZED}, Conv2D: {{filters: 16, kernel_size: 3, padding: same, use_bias: false}},
  BatchNormalization: {{momentum: 0.9, gamma_initializer: zeros}}]"""
RESIDUAL = f"[{NORMALIZED}, Residual: {{branch: {BRANCH}}}, ReLU, GlobalAveragePooling2D, Dense: {{units: =classes}}]"
DEPTH = RESIDUAL.replace("Residual: {", "Residual: {survival: 0.8, ").replace(", gamma_initializer: zeros", "")
ROWS = "Reshape: {target_shape: [8, 8]}"
GRU = f"[{ROWS}, GRU: {{units: 32}}, Dense: {{units: =classes}}]"
SMALL = "[Dense: {units: 16, activation: relu}, Dense: {units: 16, activation: relu}, Dense: {units: =classes}]"
NUMBER = "[Dense: {units: 32, activation: relu}, Dense: {units: 32, activation: relu}, Dense: {units: 1}]"
GELU = (
    "[Flatten, "
    + "Dense: {units: 64}, LayerNormalization, Activation: {activation: gelu}, " * 2
    + "Dense: {units: =classes}]"
)

SGD = "{epochs: 20, optimizer: {SGD: {learning_rate: 0.1}}}"
MOMENTUM = "{epochs: 20, optimizer: {SGD: {learning_rate: 0.03, momentum: 0.9}}}"
ADAM = "{epochs: 20, optimizer: {Adam: {learning_rate: 2e-3}}}"
FAST_ADAM = "{epochs: 40, optimizer: {Adam: {learning_rate: 0.01}}}"
SCALED = "prepare: [Standardize], prepare_targets: [Standardize]"

BASES: Mapping[str, str] = {
    "mlp": _digits(MLP, SGD),
    "mlp, momentum": _digits(MLP, MOMENTUM),
    "mlp, adam": _digits(MLP, ADAM),
    "tanh": _digits(TANH, SGD),
    "tanh, adam": _digits(TANH, ADAM),
    "deep relu": _digits(DEEP, "{epochs: 20, optimizer: {SGD: {learning_rate: 0.03}}}"),
    "cnn": _digits(CNN, "{epochs: 20, optimizer: {Adam: {learning_rate: 0.01}}}"),
    "cnn, BatchNormalization": _digits(BN_CNN, "{epochs: 12, optimizer: {Adam: {learning_rate: 0.01}}}"),
    "residual, zeros": _digits(RESIDUAL, "{epochs: 12, optimizer: {Adam: {learning_rate: 3e-3}}}"),
    "residual, stochastic depth": _digits(DEPTH, "{epochs: 12, optimizer: {SGD: {learning_rate: 0.1, momentum: 0.9}}}"),
    "gru": _digits(GRU, "{epochs: 20, optimizer: {Adam: {learning_rate: 0.01, global_clipnorm: 1.0}}}"),
    "gelu, LayerNormalization": _digits(GELU, ADAM),
    "iris": _table("Iris", SMALL, FAST_ADAM),
    "wine": _table("Wine", SMALL, FAST_ADAM),
    "breast cancer": _table("BreastCancer", SMALL.replace("units: =classes", "units: 1, activation: sigmoid"), ADAM),
    "diabetes": _table("Diabetes", NUMBER, "{epochs: 20, optimizer: {SGD: {learning_rate: 0.01}}}", SCALED),
    "diabetes, own units": _table("Diabetes", NUMBER, "{epochs: 30, optimizer: {Adam: {learning_rate: 0.01}}}"),
    "circles": _table("corpus_code.Circles", SMALL, FAST_ADAM),
    "other units": _table(
        "corpus_code.OtherUnits", NUMBER, "{epochs: 30, optimizer: {Adam: {learning_rate: 0.01}}}", SCALED
    ),
    "bad rows": _digits(MLP, SGD, "[]", "{corpus_code.BadRows: {rows: 0}}"),
    "rare digit": _digits(
        MLP.replace("Flatten, ", "").replace("units: =classes", "units: 1, activation: sigmoid"),
        ADAM,
        source="corpus_code.RareDigit",
    ),
    "custom layer": _digits(
        "[Flatten, Dense: {units: 64}, Activation: {activation: tanh}, Dense: {units: =classes}]", SGD
    ),
}
_CUSTOM = {"circles", "other units", "bad rows", "custom layer", "rare digit"}


@dataclass(frozen=True, kw_only=True, eq=False)
class Case:
    """A training of the corpus.

    Args:
        name: the cause of a sick training, and what distinguishes it from others; or what is special in a healthy one.
        base: the name of the spec.
        overrides: what makes it sick or different.
        codes: the codes of which each is right; empty for a healthy training.
        remedy: the overrides of the training that it is compared with, default none.
    """

    name: str
    base: str
    overrides: Mapping[str, Any] = field(default_factory=dict)
    codes: frozenset[str] = frozenset()
    remedy: Mapping[str, Any] = field(default_factory=dict)

    @property
    def cause(self) -> str:
        """The part of its name before the colon."""
        return self.name.partition(":")[0]

    def __str__(self) -> str:
        return f"{self.name} ({self.base})"


def custom(overrides, base):
    return {**CODE, **overrides} if base in _CUSTOM else dict(overrides)


def _sick(cause, base, codes, overrides, remedy=None):
    return Case(
        name=cause,
        base=base,
        codes=frozenset(codes.split()),
        overrides=custom(overrides, base),
        remedy=custom(remedy or {}, base),
    )


def _healthy(name, base, overrides=None):
    return Case(name=name, base=base, overrides=custom(overrides or {}, base))


def _normal(deviation):
    return {"RandomNormal": {"stddev": deviation}}


def _kernels(positions, deviation):
    return {f"model.{position}.Dense.kernel_initializer": _normal(deviation) for position in positions}


def _activations(positions, name):
    return {f"model.{position}.Dense.activation": name for position in positions}


HIGH = "E106 E109 E110 E111"
LOW = "W107 E109 E112"
SIGNAL = "E101 E103 E104 W113 E105"
RATE = "train.optimizer.learning_rate"

SICK = [
    _sick("learning rate too high: SGD", "mlp", HIGH, {RATE: 20.0}),
    _sick("learning rate too high: momentum", "mlp, momentum", HIGH, {RATE: 3.0}),
    _sick("learning rate too high: Adam", "mlp, adam", HIGH, {RATE: 1.0}),
    _sick("learning rate too high: normalized", "gelu, LayerNormalization", HIGH, {RATE: 3.0}),
    _sick("learning rate too high: gru", "gru", HIGH, {RATE: 3.0}),
    _sick("learning rate too high: numbers", "diabetes", HIGH, {RATE: 3.0}),
    _sick(
        "learning rate too high: peak",
        "mlp",
        HIGH,
        {RATE: 30.0, "train.callbacks": [{"CosineSchedule": {"warmup_epochs": 1}}]},
    ),
    _sick("learning rate too low: SGD", "mlp", LOW, {RATE: 1e-5}),
    _sick("learning rate too low: Adam", "mlp, adam", LOW, {RATE: 1e-7}),
    _sick("learning rate too low: numbers", "diabetes", LOW, {RATE: 1e-6}),
    _sick("learning rate too low: clipped", "mlp", LOW, {"train.optimizer.SGD.clipnorm": 1e-5}),
    _sick("learning rate too low: table", "wine", LOW, {RATE: 1e-6}),
    _sick("momentum too high", "mlp, momentum", f"W014 {HIGH} E108", {"train.optimizer.SGD.momentum": 0.999}),
    _sick("weights too small: tanh", "tanh", f"{SIGNAL} E109", _kernels([1, 2, 3], 1e-3)),
    _sick("weights too small: relu", "mlp", f"{SIGNAL} E109", _kernels([1, 2, 3], 1e-4)),
    _sick("weights too small: deep", "deep relu", f"{SIGNAL} E109", _kernels(range(1, 9), 0.01)),
    _sick("weights too large: relu", "mlp", f"{SIGNAL} E109 E110", _kernels([1, 2, 3], 3.0)),
    _sick("weights too large: adam", "mlp, adam", f"{SIGNAL} E109 E110", _kernels([1, 2, 3], 3.0)),
    _sick("saturated units: tanh", "tanh", f"{SIGNAL} E108 E109", _kernels([1, 2, 3], 3.0)),
    _sick(
        "saturated units: sigmoid",
        "tanh",
        f"{SIGNAL} E108 E109 W011",
        {**_kernels([1, 2, 3], 5.0), **_activations([1, 2, 3], "sigmoid")},
    ),
    _sick(
        "saturated units: bias",
        "tanh, adam",
        f"{SIGNAL} E108 E109",
        {f"model.{i}.Dense.bias_initializer": {"Constant": {"value": 10.0}} for i in (1, 2, 3)},
    ),
    _sick(
        "dead units: bias",
        "mlp",
        f"{SIGNAL} E108 E109",
        {"model.1.Dense.bias_initializer": {"Constant": {"value": -20.0}}},
    ),
    _sick(
        "dead units: negative weights",
        "mlp, adam",
        f"{SIGNAL} E108 E109",
        {
            "data.prepare": ["Rescale"],
            "model.1.Dense.kernel_initializer": {"RandomUniform": {"minval": -1.0, "maxval": 0.0}},
        },
    ),
    _sick(
        "dead units: cnn",
        "cnn",
        f"{SIGNAL} E108 E109",
        {"model.2.Conv2D.bias_initializer": {"Constant": {"value": -10.0}}},
    ),
    _sick(
        "vanishing gradients: tanh",
        "deep relu",
        f"{SIGNAL} E108 E109",
        {**_activations(range(1, 9), "tanh"), **_kernels(range(1, 9), 0.02)},
    ),
    _sick(
        "inputs not scaled: wine",
        "wine",
        f"W008 {SIGNAL} {HIGH} E108",
        {"data.prepare": [], "train.optimizer": {"SGD": {"learning_rate": 0.05}}},
    ),
    _sick(
        "inputs not scaled: tanh",
        "wine",
        f"W008 {SIGNAL} E108",
        {"data.prepare": [], **{f"model.{i}.Dense.activation": "tanh" for i in (0, 1)}, RATE: 1e-3},
        {RATE: 0.01},
    ),
    _sick(
        "inputs not scaled: numbers",
        "other units",
        f"W008 {SIGNAL} E108 {HIGH}",
        {"data.prepare": [], "data.source": {"corpus_code.OtherUnits": {"inputs": 1e3}}},
    ),
    _sick(
        "inputs too small",
        "other units",
        f"{SIGNAL} E108 E109",
        {"data.prepare": [], "data.source": {"corpus_code.OtherUnits": {"inputs": 1e-4}}},
    ),
    _sick(
        "target not scaled: SGD",
        "other units",
        f"W013 E101 {HIGH} E108",
        {"data.prepare_targets": [], "train.optimizer": {"SGD": {"learning_rate": 0.05}}},
    ),
    _sick(
        "target not scaled: factor",
        "other units",
        f"W013 E101 {HIGH} E108 W107",
        {"data.prepare_targets": [], "data.source": {"corpus_code.OtherUnits": {"target": 1e3}}, RATE: 1e-3},
        {RATE: 1e-3},
    ),
    _sick(
        "target not scaled: offset",
        "other units",
        f"W013 E101 {HIGH} E108",
        {"data.prepare_targets": [], "data.source": {"corpus_code.OtherUnits": {"offset": 1e4}}},
    ),
    _sick(
        "wrong output: relu",
        "mlp, adam",
        "E001",
        {"model.-1.Dense.activation": "relu", "train.loss": "SparseCategoricalCrossentropy"},
    ),
    _sick(
        "wrong output: tanh",
        "mlp, adam",
        "E001",
        {"model.-1.Dense.activation": "tanh", "train.loss": "SparseCategoricalCrossentropy"},
    ),
    _sick(
        "wrong output: sigmoid",
        "mlp, adam",
        "E002",
        {"model.-1.Dense.activation": "sigmoid", "train.loss": "SparseCategoricalCrossentropy"},
    ),
    _sick(
        "wrong output: sigmoid of numbers", "diabetes, own units", "refused", {"model.-1.Dense.activation": "sigmoid"}
    ),
    _sick("wrong output: softmax of one unit", "diabetes", "refused", {"model.-1.Dense.activation": "softmax"}),
    _sick(
        "wrong loss",
        "cnn",
        "W001",
        {
            "model.-1.Dense.activation": "softmax",
            "train.loss": "MeanSquaredError",
            "train.optimizer": {"SGD": {"learning_rate": 0.1}},
        },
    ),
    _sick(
        "equal weights: zeros",
        "mlp",
        "E004",
        {"model.1.Dense.kernel_initializer": "zeros", "model.2.Dense.kernel_initializer": "zeros"},
    ),
    _sick(
        "linear network",
        "circles",
        "W002",
        {"model.0.Dense.activation": "linear", "model.1.Dense.activation": "linear"},
    ),
    _sick("too much regularization: L2", "mlp, adam", "E102 W102", {"train.regularize.l2": 1.0}),
    _sick("too much regularization: L1", "cnn", "E102 W102", {"train.regularize.l1": 1.0}),
    _sick("too much dropout", "mlp", "W004", {"model.+3": {"Dropout": {"rate": 0.98}}}),
    _sick("nothing is trained", "mlp", "E005", {f"model.{i}.Dense.trainable": False for i in (1, 2, 3)}),
    _sick(
        "bad samples: digits",
        "bad rows",
        f"W008 {SIGNAL} {HIGH} E108",
        {"data.source": {"corpus_code.BadRows": {"rows": 20}}},
    ),
    _sick("wrong gradient", "custom layer", "E114", {"model.2": "corpus_code.WrongTanh"}),
    _sick("softmax as a hidden activation", "tanh", f"W010 {SIGNAL} E109", _activations([1, 2, 3], "softmax")),
]

HEALTHY = [
    _healthy("SGD", "mlp"),
    _healthy("momentum", "mlp, momentum"),
    _healthy("Adam", "mlp, adam"),
    _healthy("weight decay", "mlp", {"train.optimizer": {"AdamW": {"learning_rate": 3e-3, "weight_decay": 0.05}}}),
    _healthy("tanh", "tanh"),
    _healthy("eight layers", "deep relu"),
    _healthy("GELU and LayerNormalization", "gelu, LayerNormalization"),
    _healthy("dropout", "mlp", {"model.+3": {"Dropout": {"rate": 0.5}}}),
    _healthy("L2", "mlp, momentum", {"train.regularize.l2": 1e-3}),
    _healthy("label smoothing", "mlp, momentum", {"train.label_smoothing": 0.1}),
    _healthy("one cycle", "mlp, momentum", {RATE: 0.1, "train.callbacks": ["OneCycleSchedule"]}),
    _healthy(
        "warm-up and cosine", "mlp, adam", {RATE: 5e-3, "train.callbacks": [{"CosineSchedule": {"warmup_epochs": 4}}]}
    ),
    _healthy("bytes divided by 255", "mlp, adam", {"data.prepare": ["Rescale"]}),
    _healthy("mixed precision", "mlp, adam", {"train.precision": "mixed_float16"}),
    _healthy("logistic regression", "mlp", {"model": ["Flatten", {"Dense": {"units": "=classes"}}]}),
    _healthy(
        "accumulation", "mlp, momentum", {"data.batch_size": 16, "train.optimizer.SGD.gradient_accumulation_steps": 4}
    ),
    _healthy("cnn", "cnn"),
    _healthy("BatchNormalization", "cnn, BatchNormalization"),
    _healthy("residual, zeros", "residual, zeros"),
    _healthy("stochastic depth", "residual, stochastic depth"),
    _healthy("gru", "gru"),
    _healthy("iris", "iris"),
    _healthy("wine", "wine"),
    _healthy("binary", "breast cancer"),
    _healthy("class weights", "breast cancer", {"train.class_weight": "balanced"}),
    _healthy("imbalanced", "rare digit"),
    _healthy("circles", "circles"),
    _healthy("numbers", "diabetes"),
    _healthy("numbers, own units", "diabetes, own units", {RATE: 0.03}),
    _healthy("numbers, absolute error", "diabetes, own units", {"train.loss": "MeanAbsoluteError", RATE: 0.03}),
    _healthy(
        "numbers, a mean of 8 deviations",
        "other units",
        {"data.prepare_targets": [], "data.source": {"corpus_code.OtherUnits": {"target": 0.13, "offset": 60.0}}},
    ),
    _healthy("zeros in the last layer", "mlp", {"model.-1.Dense.kernel_initializer": "zeros"}),
    _healthy("linear regression", "diabetes", {"model": [{"Dense": {"units": 1}}]}),
]
