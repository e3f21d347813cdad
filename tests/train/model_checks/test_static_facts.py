"""What is known about the training of a spec, and what its checks report at which place."""

import pytest

import kpipe
from kpipe.errors import SpecError
from kpipe.train.check import check_training

SPEC = """\
name: table
data:
  source: Iris
  batch_size: 16
  {data}
model:
  - Dense: {{units: 16, activation: relu, name: hidden}}
  {layers}
  - Dense: {{units: =classes, activation: {last}}}
train:
  epochs: 3
  {train}
"""


def codes(tmp_path, data="prepare: [Standardize]", layers="- ReLU", last="softmax", train="seed: 0"):
    """The codes and lines of all findings, sorted."""
    path = tmp_path / "spec.yaml"
    path.write_text(SPEC.format(data=data, layers=layers, last=last, train=train).replace("  seed: 0\n", ""))
    lines = []
    try:
        check_training(kpipe.load(path).spec, lines.append)
    except SpecError as error:
        return [(problem.message[:4], problem.mark.line) for problem in error.problems]
    found = [line for line in lines if line[0] in "EW" and line[1:4].isdigit()]
    return [(line[:4], int(line.partition("spec.yaml:")[2].partition(":")[0])) for line in found]


def test_a_healthy_training_has_none(tmp_path):
    assert codes(tmp_path) == []


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ({"last": "relu", "train": "loss: CategoricalCrossentropy"}, [("E001", 12)]),
        ({"last": "sigmoid", "train": "loss: CategoricalCrossentropy"}, [("E002", 12)]),
        ({"train": "callbacks: [EarlyStopping: {monitor: val_accuracy, mode: min}]"}, [("E006", 12)]),
        ({"train": "choose: {monitor: val_accuracy, mode: min}"}, [("E006", 12)]),
        ({"layers": "- Dense: {units: 4, kernel_initializer: zeros, activation: relu}"}, [("E004", 8)]),
        ({"train": "loss: MeanSquaredError"}, [("W001", 12)]),
        ({"layers": "- Dense: {units: 16}"}, [("W002", 8)]),
        ({"layers": "- Dropout: {rate: 0.9}"}, [("W004", 8)]),
        ({"layers": "- Dense: {units: 16}\n  - BatchNormalization: {momentum: 0.5}\n  - ReLU"}, [("W009", 8)]),
        ({"layers": "- Dense: {units: 16, activation: softmax}"}, [("W010", 8)]),
        ({"data": "prepare: [Standardize, Standardize]"}, [("W007", 5)]),
        ({"train": "optimizer: {SGD: {momentum: 0.999}}"}, [("W014", 12)]),
        ({"train": "optimizer: {Adam: {beta_1: 0.9, beta_2: 0.999}}"}, []),
        ({"train": "callbacks: [CosineSchedule: {total_epochs: 90}]"}, [("W012", 12)]),
        ({"train": "callbacks: [CosineSchedule: {total_epochs: 3, warmup_epochs: 1}]"}, []),
        ({"train": "callbacks: [StepSchedule: {milestone_epochs: [2, 8]}]"}, [("W012", 12)]),
        (
            {
                "train": "optimizer: {SGD: {learning_rate: {PiecewiseConstantDecay: {boundaries: [2, 1000], "
                "values: [0.1, 0.01, 0.001]}}}}"
            },
            [("W012", 12)],
        ),
        (
            {
                "train": "optimizer: {Adam: {learning_rate: {CosineDecay: {initial_learning_rate: 0.1, decay_steps: 900}}}}"
            },
            [("W012", 12)],
        ),
    ],
    ids=lambda value: None if isinstance(value, list) else ", ".join(value.values())[:60],
)
def test_findings_have_their_place(tmp_path, given, expected):
    assert codes(tmp_path, **given) == expected


def test_labels_and_scales_are_measured(tmp_path):
    path = tmp_path / "spec.yaml"
    path.write_text(
        "name: numbers\ndata: {source: Diabetes, batch_size: 512}\n"
        "model: [Dense: {units: 1}]\ntrain: {loss: {BinaryCrossentropy: {from_logits: true}}}\n"
    )
    with pytest.raises(SpecError) as caught:
        check_training(kpipe.load(path).spec, lambda line: None)
    (problem,) = caught.value.problems
    assert problem.message.startswith(
        "E003: BinaryCrossentropy expects labels from 0 to 1, but those of the training part"
    )
    assert problem.mark.line == 4


def test_the_scale_of_features_is_measured(tmp_path):
    path = tmp_path / "spec.yaml"
    path.write_text("name: wine\ndata: {source: Wine}\nmodel: [Dense: {units: =classes}]\n")
    lines = []
    check_training(kpipe.load(path).spec, lines.append)
    (line,) = [line for line in lines if line.startswith("W008")]
    # Proline, the last of its 13 features, is 746 on average over all samples.
    assert "have a feature, proline, whose mean is 7" in line


def test_an_ignored_error_does_not_stop(tmp_path):
    path = tmp_path / "spec.yaml"
    text = SPEC.format(
        data="prepare: [Standardize]", layers="- ReLU", last="relu", train="loss: CategoricalCrossentropy"
    )
    path.write_text(f"{text}checks: {{ignore: [E001]}}\n")
    check_training(kpipe.load(path).spec, lambda line: None)


@pytest.mark.parametrize(("optimizer", "expected"), [("Adam", ["W005"]), ("LBFGS", [])])
def test_a_batch_of_all_samples_is_usual_for_lbfgs(tmp_path, optimizer, expected):
    text = SPEC.format(data="prepare: [Standardize]", layers="- ReLU", last="softmax", train=f"optimizer: {optimizer}")
    (tmp_path / "spec.yaml").write_text(text)
    lines = []
    check_training(kpipe.load(tmp_path / "spec.yaml", {"data.batch_size": 500}).spec, lines.append)
    assert [line[:4] for line in lines if line.startswith("W005")] == expected
