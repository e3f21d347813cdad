import keras
import pytest

from kpipe.checks.checked_spec import checked
from kpipe.components import build, vocabulary
from kpipe.errors import SpecError
from kpipe.model.metric_names import metric_name, snake_case
from kpipe.spec.yaml_text.yaml_reader import read_text
from kpipe.train.objective.loss_and_metric_rules import plain_name

REQUIRED_OF = {
    "num_classes": 2,
    "target_class_ids": [0],
    "recall": 0.5,
    "precision": 0.5,
    "specificity": 0.5,
    "sensitivity": 0.5,
}


def of(text):
    return metric_name(read_text(text, "a.yaml"))


@pytest.mark.parametrize("known", vocabulary().components("metric"), ids=lambda known: f"{known.origin}.{known.name}")
def test_names_are_those_of_the_objects(known):
    arguments = {name: REQUIRED_OF[name] for name, entry in known.arguments.items() if entry.required}
    node = read_text(f"{{{known.origin}.{known.name}: {arguments}}}", "a.yaml")
    for _ in range(2):
        assert metric_name(node) == plain_name(build(node, "metric"))


def test_names_that_are_given_or_unknown():
    assert of("{AUC: {name: area}}") == "area"
    assert of("{AUC: {name: null}}") == of("AUC") == "auc"
    assert of("accuracy") == "accuracy"
    assert of("{AUC: {name: =unknown}}") is None
    assert of("NoSuchMetric") is None
    assert snake_case("SparseTopKCategoricalAccuracy") == keras.src.utils.naming.to_snake_case(
        "SparseTopKCategoricalAccuracy"
    )


def test_a_number_that_belongs_to_a_name_stays():
    class TopFive(keras.metrics.Mean):
        def __init__(self, name="top_5", **kwargs):
            super().__init__(name=name, **kwargs)

    class Share(keras.metrics.Mean):
        def __init__(self):
            super().__init__(name=None)

    assert plain_name(TopFive()) == "top_5"
    assert {plain_name(Share()) for _ in range(3)} == {"share"}


def found(tmp_path, train):
    file = tmp_path / "a.yaml"
    (tmp_path / "d.npz").write_bytes(b"")
    file.write_text(
        "name: a\ndata: {source: {Arrays: {path: d.npz, inputs: [x], targets: [kind, val, other]}}}\nmodel:\n"
        "  - Dense: {units: 8, name: h}\n  - Dense: {units: 3, inputs: h, name: kind}\n"
        f"  - Dense: {{units: 1, inputs: h, name: val}}\ntrain:\n{train}"
    )
    try:
        checked(file)
    except SpecError as error:
        return [(p.mark.line, p.mark.column, p.path) for p in error.problems]
    return []


@pytest.mark.parametrize(
    ("train", "expected"),
    [
        ("  targets: {kind: {}, val: {metrics: [MeanAbsoluteError]}}\n", [(8, 23, "train.targets.val")]),
        (
            "  targets:\n    kind: {metrics: [AUC, AUC: {curve: PR}]}\n    other: {}\n",
            [(9, 27, "train.targets.kind.metrics.1")],
        ),
        (
            "  targets:\n    kind: {metrics: [AUC: {name: loss}]}\n    other: {}\n",
            [(9, 22, "train.targets.kind.metrics.0")],
        ),
    ],
)
def test_validate_finds_them_without_data(tmp_path, train, expected):
    assert found(tmp_path, train) == expected


def test_validate_finds_them_for_one_target(tmp_path):
    file = tmp_path / "a.yaml"
    text = "name: a\ndata: {source: Digits}\nmodel: [Flatten, Dense: {units: =classes}]\ntrain:\n  metrics: "
    for metrics, columns in (
        ("[accuracy, CategoricalAccuracy: {name: accuracy}]", [23]),
        ("[SparseCategoricalAccuracy, TopKCategoricalAccuracy: {name: learning_rate}]", [40]),
        ("[TopKCategoricalAccuracy: {k: 1}, TopKCategoricalAccuracy: {k: 2, name: top_2}]", []),
    ):
        file.write_text(f"{text}{metrics}\n")
        if columns:
            with pytest.raises(SpecError) as caught:
                checked(file)
            assert [p.mark.column for p in caught.value.problems] == columns
        else:
            checked(file)
