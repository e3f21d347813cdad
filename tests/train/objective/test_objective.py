import keras
import numpy as np
import pytest
from golden import expect_message, raises

from kpipe.data.dataset import Target
from kpipe.errors import SpecError
from kpipe.train.objective.objective import decide

from ..stand_in import train_section

THREE = Target("y", "classification", ("a", "b", "c"), ())
TWO = Target("y", "classification", ("no", "yes"), ())
NUMBER = Target("y", "regression", None, ())
LABELS = Target("y", "multilabel", ("a", "b", "c"), (3,))
STEPS = Target("y", "sequence", ("a", "b", "c"), (5,))


def model(units: int, activation: str | None = None, shape: tuple[int, ...] = (4,)) -> keras.Model:
    inputs = keras.Input(shape)
    return keras.Model(inputs, keras.layers.Dense(units, activation=activation)(inputs))


def decided(target: Target, built: keras.Model, **fields):
    return decide(train_section(**fields), built, {target.name: target}).targets[target.name]


def described(objective) -> tuple:
    loss, metrics = objective.make_loss(), objective.make_metrics()
    config = loss.get_config()
    return (
        type(loss).__name__,
        config.get("from_logits"),
        objective.form,
        [type(entry).__name__ for entry in metrics],
    )


@pytest.mark.parametrize(
    ("target", "units", "activation", "fields", "expected"),
    [
        (
            THREE,
            3,
            None,
            {},
            ("SparseCategoricalCrossentropy", True, "sparse", ["SparseCategoricalAccuracy"]),
        ),
        (
            THREE,
            3,
            "softmax",
            {},
            ("SparseCategoricalCrossentropy", False, "sparse", ["SparseCategoricalAccuracy"]),
        ),
        (TWO, 1, None, {}, ("BinaryCrossentropy", True, "binary", ["BinaryAccuracy"])),
        (TWO, 1, "sigmoid", {}, ("BinaryCrossentropy", False, "binary", ["BinaryAccuracy"])),
        (TWO, 2, None, {}, ("SparseCategoricalCrossentropy", True, "sparse", ["SparseCategoricalAccuracy"])),
        (LABELS, 3, None, {}, ("BinaryCrossentropy", True, "numbers", ["BinaryAccuracy"])),
        (LABELS, 3, "sigmoid", {}, ("BinaryCrossentropy", False, "numbers", ["BinaryAccuracy"])),
        (NUMBER, 1, None, {}, ("MeanSquaredError", None, "numbers", ["MeanAbsoluteError"])),
        (
            THREE,
            3,
            "softmax",
            {"metrics": ["accuracy", {"keras.F1Score": {"average": "macro"}}]},
            ("CategoricalCrossentropy", False, "one_hot", ["CategoricalAccuracy", "F1Score"]),
        ),
        (
            THREE,
            3,
            "softmax",
            {"metrics": ["accuracy", {"F1Score": {"average": "macro"}}, {"Precision": {"class_id": 2}}]},
            ("SparseCategoricalCrossentropy", False, "sparse", ["SparseCategoricalAccuracy", "F1Score", "Precision"]),
        ),
        (
            THREE,
            3,
            None,
            {"label_smoothing": 0.1},
            ("CategoricalCrossentropy", True, "one_hot", ["CategoricalAccuracy"]),
        ),
        (
            THREE,
            3,
            "softmax",
            {"loss": "KLDivergence"},
            ("KLDivergence", None, "one_hot", ["CategoricalAccuracy"]),
        ),
        (
            THREE,
            3,
            "sigmoid",
            {"loss": "BinaryCrossentropy"},
            ("BinaryCrossentropy", False, "one_hot", ["CategoricalAccuracy"]),
        ),
        (
            THREE,
            3,
            "relu",
            {"loss": {"SparseCategoricalCrossentropy": {"from_logits": True}}},
            ("SparseCategoricalCrossentropy", True, "sparse", ["SparseCategoricalAccuracy"]),
        ),
    ],
)
def test_what_follows_from_the_task_the_last_layer_and_the_spec(target, units, activation, fields, expected):
    assert described(decided(target, model(units, activation), **fields)) == expected


def test_a_sequence_has_one_class_a_step():
    inputs = keras.Input((5, 4))
    built = keras.Model(inputs, keras.layers.Dense(3)(inputs))
    assert described(decided(STEPS, built))[:3] == ("SparseCategoricalCrossentropy", True, "sparse")


@pytest.mark.parametrize(("steps", "shape"), [((8, 8, 1), (8, 8, 3)), ((8, 8), (3,)), ((5,), (5, 2, 3))])
def test_an_output_with_other_axes_than_its_labels_is_refused_with_the_remedy(steps, shape):
    inputs = keras.Input(shape)
    built = keras.Model(inputs, keras.layers.Dense(3)(inputs))
    with pytest.raises(SpecError) as caught:
        decided(Target("y", "sequence", ("a", "b", "c"), steps), built)
    expect_message(str(caught.value))


class FirstOutput(keras.losses.Loss):
    def call(self, y_true, y_pred):
        return y_pred[:, 0]


def test_a_custom_loss_may_compare_numbers_with_an_output_of_any_shape(monkeypatch):
    monkeypatch.setattr("kpipe.train.objective.target_rules.build", lambda node, kind: FirstOutput())
    target = Target("y", "regression", None, (4, 4))
    found = decided(target, model(3), loss="FirstOutput")
    assert described(found) == ("FirstOutput", None, "numbers", [])
    labels = np.ones((2, 4, 4), "float32")
    assert found.encode(labels).shape == (2, 4, 4)
    # Of the same shape, the automatic metric remains.
    assert described(decided(Target("y", "regression", None, (3,)), model(3), loss="FirstOutput"))[3] == [
        "MeanAbsoluteError"
    ]


def test_label_smoothing_reaches_the_loss():
    assert decided(THREE, model(3), label_smoothing=0.1).make_loss().get_config()["label_smoothing"] == 0.1
    assert decided(TWO, model(1), label_smoothing=0.2).make_loss().get_config()["label_smoothing"] == 0.2


def test_binary_logits_are_right_above_zero():
    metric = decided(TWO, model(1)).make_metrics()[0]
    metric.update_state(np.array([[0.0], [1.0], [1.0], [0.0]]), np.array([[-1.0], [0.3], [-0.2], [0.1]]))
    assert float(metric.result()) == 0.5  # Keras' own "accuracy" would count 0.3 as a no: 0.25


OVER_CLASSES = {
    "AUC": {},
    "F1Score": {},
    "FBetaScore": {"beta": 2.0},
    "FalseNegatives": {},
    "FalsePositives": {},
    "Precision": {},
    "PrecisionAtRecall": {"recall": 0.5},
    "Recall": {},
    "RecallAtPrecision": {"precision": 0.5},
    "SensitivityAtSpecificity": {"specificity": 0.5},
    "SpecificityAtSensitivity": {"sensitivity": 0.5},
    "TrueNegatives": {},
    "TruePositives": {},
}


def value(objective, truth, outputs):
    metric = objective.make_metrics()[0]
    metric.update_state(objective.encode(truth), outputs)
    return np.asarray(metric.result())


@pytest.mark.parametrize("name", OVER_CLASSES)
@pytest.mark.parametrize("activation", ["softmax", None])
def test_two_units_measure_what_one_does(name, activation):
    chance = np.random.default_rng(3)
    truth, logits = chance.integers(0, 2, 60), chance.normal(size=60).astype(np.float32)
    given = {name: OVER_CLASSES[name]}
    alone = {**given[name], "threshold": 0.5} if "Score" in name else given[name]
    expected = value(decided(TWO, model(1, "sigmoid"), metrics=[{name: alone}]), truth, _sigmoid(logits)[:, None])
    outputs = np.stack([np.zeros_like(logits), logits], axis=1)
    outputs = np.stack([_sigmoid(-logits), _sigmoid(logits)], axis=1) if activation else outputs
    objective = decided(TWO, model(2, activation), metrics=[given])
    assert value(objective, truth, outputs) == pytest.approx(expected.reshape(()), abs=1e-6)
    assert objective.form == "sparse"


def _sigmoid(values):
    return 1 / (1 + np.exp(-values))


def test_outputs_of_independent_logits_are_each_a_probability_of_its_own():
    chance = np.random.default_rng(4)
    truth, logits = chance.integers(0, 3, 60), 2 * chance.normal(size=(60, 3)).astype(np.float32)
    metrics = [{"SensitivityAtSpecificity": {"specificity": 0.6, "class_id": 1}}]
    objective = decided(THREE, model(3), loss={"BinaryCrossentropy": {"from_logits": True}}, metrics=metrics)
    theirs = keras.metrics.SensitivityAtSpecificity(0.6)
    theirs.update_state(truth == 1, _sigmoid(logits[:, 1]))
    assert value(objective, truth, logits) == pytest.approx(float(theirs.result()), abs=1e-6)


@pytest.mark.parametrize(("target", "units"), [(LABELS, 3), (TWO, 1), (Target("y", "regression", None, ()), 1)])
def test_other_targets_have_the_metrics_of_keras(target, units):
    metrics = decided(
        target, model(units, "sigmoid"), metrics=["AUC", {"Precision": {"thresholds": 0.3}}]
    ).make_metrics()
    assert [type(metric) for metric in metrics] == [keras.metrics.AUC, keras.metrics.Precision]
    assert [metric.name for metric in metrics] == ["auc", "precision"]
    assert metrics[1].thresholds == [0.3]


def test_metrics_have_the_same_names_each_time():
    objective = decided(TWO, model(1, "sigmoid"), metrics=["AUC", "Precision"])
    assert [[entry.name for entry in objective.make_metrics()] for _ in range(2)] == [["auc", "precision"]] * 2


def test_labels_of_numbers_get_the_shape_of_the_output():
    objective = decided(NUMBER, model(1))
    assert objective.encode(np.array([1.0, 2.0, 3.0], np.float32)).shape == (3, 1)


@pytest.mark.parametrize(
    ("target", "units", "activation", "numbers", "answers"),
    [
        (THREE, 3, None, [[0.0, 2.0, 1.0]], [1]),
        (TWO, 1, None, [[-0.1], [0.1]], [0, 1]),
        (TWO, 1, "sigmoid", [[0.4], [0.6]], [0, 1]),
        (LABELS, 3, None, [[-1.0, 1.0, 0.2]], [[0, 1, 1]]),
        (LABELS, 3, "sigmoid", [[0.1, 0.9, 0.2]], [[0, 1, 0]]),
    ],
)
def test_answers(target, units, activation, numbers, answers):
    assert decided(target, model(units, activation)).decide(np.array(numbers)).tolist() == answers


@pytest.mark.parametrize(
    ("target", "built", "fields"),
    [
        (THREE, (7, None), {}),
        (THREE, (1, None), {}),
        (TWO, (1, "softmax"), {}),
        (THREE, (3, "sigmoid"), {}),
        (LABELS, (3, "softmax"), {}),
        (THREE, (3, "relu"), {}),
        (THREE, (3, None, (2, 4)), {}),
        (NUMBER, (3, None), {}),
        (THREE, (3, None), {"loss": "CategoricalCrossentropy"}),
        (THREE, (3, "softmax"), {"loss": {"SparseCategoricalCrossentropy": {"from_logits": True}}}),
        (THREE, (3, None), {"loss": "KLDivergence"}),
        (THREE, (3, "softmax"), {"loss": "SparseCategoricalCrossentropy", "metrics": ["keras.F1Score"]}),
        (THREE, (3, None), {"label_smoothing": 0.1, "metrics": ["SparseTopKCategoricalAccuracy"]}),
        (LABELS, (3, None), {"metrics": ["accuracy", "Recall"]}),
        (THREE, (3, None), {"metrics": ["accuracy", "Recall"]}),
        (THREE, (3, "softmax"), {"metrics": [{"AUC": {"class_id": 3}}]}),
        (THREE, (3, "softmax"), {"metrics": [{"Precision": {"class_id": 1, "average": "macro"}}]}),
        (TWO, (1, "sigmoid"), {"metrics": [{"Precision": {"class_id": 1}}]}),
        (TWO, (1, "sigmoid"), {"metrics": [{"Recall": {"average": "macro"}}]}),
        (LABELS, (3, "sigmoid"), {"metrics": [{"AUC": {"class_id": 1}}]}),
        (LABELS, (3, "sigmoid"), {"metrics": [{"Recall": {"class_id": 3}}]}),
        (TWO, (2, "softmax"), {"metrics": ["keras.AUC"]}),
        (TWO, (2, None), {"metrics": ["keras.Precision"]}),
        (THREE, (3, "softmax"), {"metrics": ["BinaryAccuracy"]}),
        (THREE, (3, "softmax"), {"metrics": ["BinaryIoU"]}),
        (THREE, (3, "softmax"), {"metrics": ["TopKCategoricalAccuracy"]}),
        (THREE, (3, "softmax"), {"metrics": [{"MeanIoU": {"num_classes": 2, "sparse_y_pred": False}}]}),
        (TWO, (1, None), {"metrics": ["AUC"]}),
        (TWO, (1, None), {"metrics": ["BinaryAccuracy"]}),
        (THREE, (3, None), {"metrics": ["MeanSquaredError"]}),
        (TWO, (1, None), {"metrics": [{"SensitivityAtSpecificity": {"specificity": 0.5}}]}),
        (THREE, (3, None), {"metrics": ["Accuracy"]}),
        (TWO, (1, "sigmoid"), {"loss": "SparseCategoricalCrossentropy"}),
        (TWO, (1, "sigmoid"), {"metrics": ["F1Score"]}),
        (NUMBER, (1, None), {"metrics": ["accuracy"]}),
        (NUMBER, (1, None), {"loss": "SparseCategoricalCrossentropy"}),
        (NUMBER, (1, None), {"label_smoothing": 0.1}),
        (THREE, (3, "softmax"), {"label_smoothing": 0.1, "loss": "CategoricalCrossentropy"}),
        (THREE, (3, None), {"targets": {"kind": {}}}),
        (THREE, (3, None), {"loss": "Hinge", "targets": {"y": {"loss": "Hinge"}}}),
    ],
)
def test_what_keras_would_compute_silently_is_refused(target, built, fields):
    with raises(SpecError):
        decided(target, model(*built), **fields)


PRICE = Target("price", "regression", None, ())
KIND = Target("kind", "classification", ("a", "b", "c"), ())


def two_outputs(**outputs: int) -> keras.Model:
    inputs = keras.Input((4,))
    return keras.Model(inputs, {name: keras.layers.Dense(units, name=name)(inputs) for name, units in outputs.items()})


def test_several_targets_are_compiled_by_name():
    section = train_section(targets={"price": {"weight": 0.5}, "kind": {"metrics": ["accuracy"]}})
    objective = decide(section, two_outputs(price=1, kind=3), {"price": PRICE, "kind": KIND})
    arguments = objective.compile_arguments()
    assert {name: type(loss).__name__ for name, loss in arguments["loss"].items()} == {
        "price": "MeanSquaredError",
        "kind": "SparseCategoricalCrossentropy",
    }
    assert arguments["loss_weights"] == {"price": 0.5, "kind": 1.0}
    assert objective.labels("price", np.zeros(2)).shape == (2, 1)
    assert objective.labels("kind", np.zeros(2, np.int64)).shape == (2,)


@pytest.mark.parametrize(
    ("outputs", "fields"),
    [
        ({"price": 1, "sort": 3}, {}),
        ({"price": 1, "kind": 3}, {"loss": "Hinge"}),
        ({"price": 1, "kind": 4}, {}),
    ],
)
def test_what_is_wrong_with_several_targets(outputs, fields):
    with raises(SpecError):
        decide(train_section(**fields), two_outputs(**outputs), {"price": PRICE, "kind": KIND})


def test_one_output_for_two_targets():
    with raises(SpecError):
        decide(train_section(), model(3), {"price": PRICE, "kind": KIND})


def both(targets, **options):
    inputs = keras.Input((4,))
    outputs = {name: keras.layers.Dense(3, name=name)(inputs) for name in targets}
    built = keras.Model(inputs, outputs)
    known = {name: Target(name, "classification", ("a", "b", "c"), ()) for name in targets}
    return decide(train_section(targets={name: options.get(name, {}) for name in targets}), built, known)


def test_targets_and_metrics_have_columns_of_their_own():
    assert list(both(["kind", "price"]).targets) == ["kind", "price"]
    for targets, options in (
        (["kind", "val"], {}),
        (["a", "a_b"], {"a": {"metrics": [{"TopKCategoricalAccuracy": {"k": 2, "name": "b_accuracy"}}]}}),
        (["a", "b"], {"a": {"metrics": ["accuracy", "accuracy"]}}),
    ):
        with raises(SpecError):
            both(targets, **options)
    with raises(SpecError):
        decided(THREE, model(3), metrics=["accuracy", {"SparseCategoricalAccuracy": {"name": "accuracy"}}])
