import pytest
from run_folders import write_run

from kpipe.report.comparison.compared_run import compared_runs
from kpipe.report.comparison.spec_differences import spec_differences


@pytest.fixture
def differences(tmp_path):
    """Write runs, each with replacements of text in its spec, and return what differs as strings."""

    def call(*replacements, say=pytest.fail):
        for number, texts in enumerate(replacements, start=1):
            file = write_run(tmp_path / str(number)) / "spec.yaml"
            content = file.read_text()
            for old, new in texts.items():
                assert old in content
                content = content.replace(old, new)
            file.write_text(content)
        found = spec_differences(compared_runs([tmp_path], pytest.fail), say)
        return [f"{row.path}: {', '.join(row.values)}" for row in found]

    return call


def test_values_by_their_paths(differences):
    found = differences({}, {"units: 8": "units: 16", "0.01": "1e-3"}, {"seed: 7": "seed: 8"}, {})
    assert found == [
        "vars.units: 8, 16, 8, 8",
        "train.optimizer.Adam.learning_rate: 0.01, 0.001, 0.01, 0.01",
        "seed: 7, 7, 8, 7",
    ]


def test_the_same_values_written_in_another_way(differences):
    assert differences({}, {"0.01": "1e-2"}) == []


def test_layers_that_were_inserted_keep_the_paths_of_the_first_spec(differences):
    inserted = {"model:\n": "model:\n  - Flatten\n"}
    found = differences({}, {**inserted, "=classes": "4"}, {"relu": "gelu"}, inserted)
    assert sorted(found) == [
        "model.0.Dense.activation: relu, relu, gelu, relu",
        "model.0: absent, Flatten, absent, Flatten",
        'model.1.Dense.units: "=classes", 4, "=classes", "=classes"',
    ]


def test_another_component(differences):
    assert differences({}, {"Adam:": "SGD:"}) == [
        "train.optimizer: {Adam: {learning_rate: 0.01}}, SGD"  # whose default is 0.01
    ]


def test_values_inside_of_components_that_other_runs_replace(differences):
    last = "- Dense: {units: =classes}"
    found = differences(
        {}, {"0.01": "0.5"}, {"Adam:": "SGD:"}, {last: last.replace("}", ", use_bias: false}")}, {last: "- Flatten"}
    )
    adam, dense = "{Adam: {learning_rate: 0.01}}", '{Dense: {units: "=classes"}}'
    assert sorted(found) == [
        "model.1.Dense.use_bias: true, true, true, false, absent",
        "model.1: absent, absent, absent, absent, Flatten",
        f"model.1: {dense}, {dense}, {dense}, (differs), absent",
        "train.optimizer.Adam.learning_rate: 0.01, 0.5, absent, 0.01, 0.01",
        f"train.optimizer: {adam}, {{Adam: {{learning_rate: 0.5}}}}, SGD, {adam}, {adam}",
    ]


def test_a_spec_that_cannot_be_read_is_reported(differences):
    said = []
    found = differences({}, {"model:": "mdel:"}, {"seed: 7": "seed: 8"}, say=said.append)
    assert found == ["seed: 7, ?, 8"]
    (message,) = said
    assert "2: the spec cannot be compared: " in message
