"""Sick and healthy runs, with the first verdicts of the diagnosis that are right for each.

They extend `corpus.py`, whose specs they change. `tests/benchmarks/diagnosis_corpus.py` trains them.
"""

from pathlib import Path

import corpus
from corpus import RATE, Case

CODE = {"imports": [str(Path(__file__).with_name("diagnosis_code.py"))]}


def _sick(name, base, codes, overrides, remedy=None):
    return Case(name=name, base=base, codes=frozenset(codes.split()), overrides=overrides, remedy=remedy or {})


def _healthy(name, base, overrides=None):
    return Case(name=name, base=base, overrides=overrides or {})


def _data(name, **arguments):
    return {**CODE, "data.source": {"diagnosis_code.Altered": {"name": name, **arguments}}}


def _epochs(count, **overrides):
    return {"train.epochs": count, **overrides}


def _of(cause, codes, cases):
    """Return the sick runs of a cause: the name, the base, the epochs and the overrides of each."""
    return [
        _sick(f"{cause}: {name}", base, codes, {"train.epochs": epochs, **overrides}, {"train.epochs": epochs})
        for name, base, epochs, overrides in cases
    ]


def _dropped(after, factor=0.01):
    return {"train.callbacks": [{"StepSchedule": {"milestone_epochs": [after], "factor": factor}}]}


def _stages(*stages):
    return {"train.stages": list(stages)}


def _adam(rate, epochs, **more):
    return {"epochs": epochs, "optimizer": {"Adam": {"learning_rate": rate}}, **more}


def _momentum(rate, epochs, **more):
    return {"epochs": epochs, "optimizer": {"SGD": {"learning_rate": rate, "momentum": 0.9}}, **more}


#: The last third of the layers alone.
_LAST = {"only": [{"Last": {"share": 0.34}}]}
_COSINE = {"callbacks": ["CosineSchedule"]}
_DROP = {"callbacks": [{"StepSchedule": {"milestone_epochs": [2], "factor": 0.01}}]}


L1, L2 = "train.regularize.l1", "train.regularize.l2"
HELD = "data.validation"


def _narrow(places, activation):
    """Return layers of one unit."""
    units = {f"model.{place}.Dense.units": 1 for place in places}
    return {**units, **{f"model.{place}.Dense.activation": activation for place in places}}


SICK = [
    *_of(
        "learning rate too high",
        "E202 E203 E206",
        [
            ("SGD", "mlp", 8, {RATE: 20.0}),
            ("momentum", "mlp, momentum", 8, {RATE: 3.0}),
            ("Adam", "mlp, adam", 8, {RATE: 1.0}),
            ("tanh", "tanh", 8, {RATE: 30.0}),
            ("table", "wine", 15, {RATE: 10.0}),
            ("numbers", "diabetes", 10, {RATE: 3.0}),
            ("not finite", "diabetes", 10, {RATE: 1e4}),
            ("normalized", "gelu, LayerNormalization", 8, {RATE: 3.0}),
            ("iris", "iris", 15, {"train.optimizer": {"SGD": {"learning_rate": 30.0}}}),
        ],
    ),
    *_of(
        "learning rate too low",
        "E205",
        [
            ("SGD", "mlp", 8, {RATE: 1e-4}),
            ("Adam", "mlp, adam", 8, {RATE: 1e-6}),
            ("clipped", "mlp", 8, {"train.optimizer.SGD.clipnorm": 1e-4}),
            ("table", "wine", 15, {RATE: 1e-5}),
            ("numbers", "diabetes", 15, {RATE: 1e-5}),
            ("tanh", "tanh", 8, {RATE: 1e-4}),
            ("cnn", "cnn", 6, {RATE: 1e-6}),
            ("iris", "iris", 20, {RATE: 1e-5}),
        ],
    ),
    *_of(
        "dead units",
        "E203",
        [
            ("bias", "mlp", 8, {"model.1.Dense.bias_initializer": {"Constant": {"value": -20.0}}}),
            ("second layer", "mlp, adam", 8, {"model.2.Dense.bias_initializer": {"Constant": {"value": -20.0}}}),
            ("cnn", "cnn", 6, {"model.2.Conv2D.bias_initializer": {"Constant": {"value": -10.0}}}),
            (
                "negative weights",
                "mlp, adam",
                8,
                {
                    "data.prepare": ["Rescale"],
                    "model.1.Dense.kernel_initializer": {"RandomUniform": {"minval": -1.0, "maxval": 0.0}},
                },
            ),
            ("table", "wine", 20, {"model.0.Dense.bias_initializer": {"Constant": {"value": -20.0}}}),
        ],
    ),
    *_of(
        "too much regularization",
        "E204",
        [
            ("L2 of 1", "mlp, adam", 10, {L2: 1.0}),
            ("L2 of 0.1", "mlp", 10, {L2: 0.1}),
            ("L1", "tanh", 10, {L1: 0.01}),
            ("L1 of a cnn", "cnn", 6, {L1: 0.1}),
            ("table", "wine", 20, {L2: 1.0}),
            ("numbers", "diabetes", 20, {L2: 1.0}),
            ("dropout", "mlp", 8, {"model.+3": {"Dropout": {"rate": 0.95}}}),
            (
                "dropout, Adam",
                "mlp, adam",
                8,
                {"model.+2": {"Dropout": {"rate": 0.95}}, "model.+4": {"Dropout": {"rate": 0.9}}},
            ),
            ("dropout, table", "wine", 20, {"model.+1": {"Dropout": {"rate": 0.95}}}),
        ],
    ),
    *_of(
        "bad data",
        "E201",
        [
            ("inputs not scaled", "wine", 15, {"data.prepare": []}),
            ("inputs not scaled, tanh", "wine", 15, {"data.prepare": [], "model.0.Dense.activation": "tanh"}),
            ("inputs not scaled, binary", "breast cancer", 10, {"data.prepare": []}),
            ("copies", "wine", 15, _data("wine", copies=100)),
            ("copies of digits", "mlp, adam", 5, _data("digits", copies=400)),
            ("copies, numbers", "diabetes", 10, _data("diabetes", copies=150)),
            ("contradictions", "iris", 20, _data("iris", contradictions=40)),
            ("contradictions, digits", "mlp, adam", 5, _data("digits", contradictions=300)),
        ],
    ),
    *_of(
        "outliers",
        "E201 E202 E206",
        [
            ("digits", "mlp", 8, {**_data("digits", outlier=1e4), "data.prepare": []}),
            (
                "table",
                "wine",
                15,
                {**_data("wine", outlier=1e5), "data.prepare": [], "train.optimizer": {"SGD": {"learning_rate": 0.05}}},
            ),
        ],
    ),
    *_of(
        "decayed too early",
        "E207",
        [
            ("SGD", "mlp", 12, {RATE: 0.03, **_dropped(2)}),
            ("momentum", "mlp, momentum", 12, {RATE: 0.003, **_dropped(2)}),
            ("Adam", "mlp, adam", 12, {RATE: 5e-4, **_dropped(2)}),
            ("cnn", "cnn", 12, {**_dropped(3)}),
            ("table", "wine", 20, {RATE: 3e-3, **_dropped(4)}),
            ("cosine", "mlp", 14, {RATE: 0.03, "train.callbacks": [{"CosineSchedule": {"total_epochs": 3}}]}),
            (
                "exponential",
                "mlp",
                12,
                {RATE: 0.03, "train.callbacks": [{"ExponentialSchedule": {"decay_per_epoch": 1.5}}]},
            ),
            ("iris", "iris", 30, {RATE: 3e-3, **_dropped(8)}),
            (
                "Keras' schedule",
                "mlp",
                12,
                {
                    "train.optimizer": {
                        "SGD": {
                            "learning_rate": {"PiecewiseConstantDecay": {"boundaries": [46], "values": [0.03, 0.0003]}}
                        }
                    }
                },
            ),
        ],
    ),
    *_of(
        "random labels",
        "E208",
        [
            ("mlp", "mlp, adam", 20, _data("digits", shuffled=True)),
            ("momentum", "mlp, momentum", 25, _data("digits", shuffled=True)),
            ("table", "wine", 40, _data("wine", shuffled=True)),
            ("iris", "iris", 60, {**_data("iris", shuffled=True), "model.0.Dense.units": 64, RATE: 0.03}),
            ("numbers", "diabetes", 60, {**_data("diabetes", shuffled=True), RATE: 0.03}),
            ("binary", "breast cancer", 30, {**_data("cancer", shuffled=True), RATE: 0.01}),
        ],
    ),
    *_of(
        "label noise",
        "W209",
        [
            ("a third", "mlp, adam", 30, _data("digits", wrong=0.33)),
            ("a fifth", "mlp, adam", 30, _data("digits", wrong=0.2)),
            ("a half, momentum", "mlp, momentum", 30, _data("digits", wrong=0.5)),
            ("table", "wine", 60, {**_data("wine", wrong=0.3), "model.0.Dense.units": 64}),
            ("binary", "breast cancer", 60, {**_data("cancer", wrong=0.25), "model.0.Dense.units": 64, RATE: 0.01}),
        ],
    ),
    *_of(
        "validation better than training",
        "W210",
        [
            ("wrong labels, Adam", "mlp, adam", 5, _data("digits", relabeled=0.4)),
            ("wrong labels", "mlp, momentum", 6, {**_data("digits", relabeled=0.3), RATE: 0.01}),
            ("table", "wine", 15, _data("wine", relabeled=0.3)),
            ("binary", "breast cancer", 8, _data("cancer", relabeled=0.25)),
            ("iris", "iris", 20, _data("iris", relabeled=0.3)),
        ],
    ),
    *_of(
        "overfitting",
        "W211",
        [
            ("few digits", "mlp, adam", 40, {HELD: 0.95}),
            ("few digits, momentum", "mlp, momentum", 40, {HELD: 0.95}),
            ("few digits, tanh", "tanh", 40, {HELD: 0.95}),
            ("numbers", "diabetes", 120, {RATE: 0.05, "model.0.Dense.units": 128, HELD: 0.6}),
            ("noisy table", "wine", 40, {**_data("wine", noise=0.3), HELD: 0.5}),
            ("few of a cnn", "cnn", 60, {HELD: 0.95}),
            ("binary", "breast cancer", 60, {**_data("cancer", noise=0.5), HELD: 0.5, RATE: 0.01}),
        ],
    ),
    *_of(
        "underfitting",
        "W212",
        [
            ("one unit", "mlp, adam", 25, _narrow((1, 2), "tanh")),
            (
                "linear",
                "circles",
                20,
                {**corpus.CODE, "model.0.Dense.activation": "linear", "model.1.Dense.activation": "linear"},
            ),
            ("one unit, table", "wine", 40, {**_narrow((0, 1), "sigmoid"), RATE: 0.05}),
            ("one filter", "cnn", 20, {"model.0.Conv2D.filters": 1, "model.2.Conv2D.filters": 1}),
        ],
    ),
    *_of(
        "blank inputs",
        "E201",
        [
            ("digits", "mlp", 8, _data("digits", blank=True)),
            ("cnn", "cnn", 6, _data("digits", blank=True)),
            ("table", "wine", 15, _data("wine", blank=True)),
            ("numbers", "diabetes", 10, _data("diabetes", blank=True)),
        ],
    ),
    *_of(
        "too few epochs",
        "N213",
        [
            ("SGD", "mlp", 6, {RATE: 0.02}),
            ("Adam", "mlp, adam", 5, {RATE: 5e-4}),
            ("cnn", "cnn", 6, {RATE: 3e-3}),
            ("table", "wine", 8, {RATE: 3e-3}),
            ("iris", "iris", 12, {RATE: 5e-3}),
            ("circles", "circles", 8, {**corpus.CODE, RATE: 2e-3}),
        ],
    ),
    *(
        _sick(f"last stage: {name}", base, codes, _stages(_adam(3e-3, count, **_LAST), stage))
        for name, base, codes, count, stage in [
            ("rate too high", "mlp", "E202 E203 E206", 5, _momentum(5.0, 8, **_COSINE)),
            ("rate too high, Adam", "mlp", "E202 E203 E206", 5, _adam(1.0, 8)),
            ("rate too high, cnn", "cnn", "E202 E203 E206 W212", 5, _momentum(3.0, 8)),
            ("rate too high, table", "wine", "E202 E203 E206", 10, _momentum(20.0, 20)),
            ("rate too low", "mlp", "E205", 2, _momentum(1e-6, 8, **_COSINE)),
            ("rate too low, Adam", "cnn", "E205", 5, _adam(1e-6, 8)),
            ("rate too low, table", "wine", "E205", 2, _adam(1e-6, 20)),
            ("too few epochs", "mlp", "N213", 2, _momentum(0.002, 2)),
            ("too few epochs, cnn", "cnn", "N213", 2, _adam(3e-3, 3)),
            ("a single epoch", "iris", "N213", 10, _adam(0.01, 1)),
            ("decayed early", "mlp", "E207", 2, _momentum(0.002, 12, **_DROP)),
        ]
    ),
]

HEALTHY = [
    *corpus.HEALTHY,
    _healthy("shipped", "kpipe:digits"),
    _healthy("shipped", "kpipe:iris"),
    _healthy("more epochs", "mlp, adam", {"train.epochs": 40}),
    _healthy("early stopping", "mlp, adam", {"train.callbacks": [{"EarlyStopping": {"patience": 3}}]}),
    _healthy("steps", "mlp, momentum", _dropped(12, 0.1)),
    _healthy("cosine", "mlp", {"train.callbacks": ["CosineSchedule"]}),
    _healthy(
        "exponential",
        "cnn",
        {"train.epochs": 12, "train.callbacks": [{"ExponentialSchedule": {"decay_per_epoch": 0.2}}]},
    ),
    _healthy("plateau", "mlp, adam", {"train.callbacks": [{"ReduceLROnPlateau": {"patience": 2}}]}),
    _healthy("low dropout", "mlp, adam", {"model.+2": {"Dropout": {"rate": 0.2}}}),
    _healthy("small batches", "mlp, momentum", {"data.batch_size": 8, "train.epochs": 6, RATE: 0.003}),
    _healthy("whole part at once", "wine", {"data.batch_size": 200, "train.epochs": 60}),
    _healthy("no validation part", "wine", {HELD: 0}),
    _healthy("tanh and Adam", "tanh, adam"),
    _healthy("L1", "mlp, adam", {L1: 1e-5}),
    _healthy("head, then all", "mlp", _stages(_adam(3e-3, 10, **_LAST), _momentum(0.02, 10, **_COSINE))),
    _healthy("head, then all", "cnn", _stages(_adam(3e-3, 10, **_LAST), _momentum(0.02, 15, **_COSINE))),
    _healthy("head, then all", "wine", _stages(_adam(3e-3, 20, **_LAST), _momentum(0.02, 40, **_COSINE))),
    _healthy("all, then fine", "mlp", _stages(_momentum(0.02, 15), _momentum(1e-4, 5))),
    _healthy("all, then fine", "cnn", _stages(_adam(3e-3, 20), _adam(1e-5, 5))),
    _healthy(
        "smaller batches",
        "tanh",
        _stages(_adam(3e-3, 10, data={"batch_size": 128}), _adam(1e-3, 8, data={"batch_size": 16})),
    ),
    _healthy("three rates", "mlp", _stages(_momentum(0.05, 8), _momentum(5e-3, 4), _momentum(5e-4, 4))),
]
