import pytest

from kpipe.checks.checked_spec import checked
from kpipe.errors import SpecError
from kpipe.train.stages.stages_of import stages_of


def stages(**train):
    spec = checked({"name": "toy", "data": {"source": "Iris"}, "model": [{"Dense": {"units": 3}}], "train": train})
    return [stage.spec for stage in stages_of(spec)]


def plain(node):
    return None if node is None else node.plain()


def test_a_training_without_stages_is_one_stage():
    spec = checked("kpipe:iris")
    (only,) = stages_of(spec)
    assert only.spec is spec
    assert only.is_last


def test_what_a_stage_omits_is_that_of_the_training():
    first, second = stages(
        epochs=7,
        optimizer={"SGD": {"learning_rate": 0.5}},
        callbacks=["CosineSchedule"],
        learning_rate_multipliers={"LayerDecay": {"factor": 0.5}},
        stages=[{}, {"epochs": 2, "optimizer": "Adam", "callbacks": [], "learning_rate_multipliers": {"Groups": {}}}],
    )
    assert first.train.epochs == 7
    assert plain(first.train.optimizer) == {"SGD": {"learning_rate": 0.5}}
    assert plain(first.train.callbacks) == ["CosineSchedule"]
    assert plain(first.train.learning_rate_multipliers) == {"LayerDecay": {"factor": 0.5}}
    assert second.train.epochs == 2
    assert plain(second.train.optimizer) == "Adam"
    assert plain(second.train.callbacks) == []
    assert plain(second.train.learning_rate_multipliers) == {"Groups": {}}
    assert first.train.stages is None
    assert second.train.stages is None


def test_the_data_of_a_stage():
    spec = checked(
        {
            "name": "toy",
            "data": {"source": "Digits", "batch_size": 16, "augment": ["HorizontalFlip"], "test": 0.3},
            "model": ["Flatten", {"Dense": {"units": "=classes"}}],
            "train": {"stages": [{}, {"data": {"batch_size": 8}}, {"data": {"augment": []}}]},
        }
    )
    found = [stage.spec.data for stage in stages_of(spec)]
    assert [entry.batch_size for entry in found] == [16, 8, 16]
    assert [plain(entry.augment) for entry in found] == [["HorizontalFlip"], ["HorizontalFlip"], []]
    assert [entry.test for entry in found] == [0.3, 0.3, 0.3]


@pytest.mark.parametrize(
    ("stage", "only", "freeze"),
    [
        ({}, ["a"], ["b"]),
        ({"only": ["c"]}, ["c"], None),
        ({"freeze": ["c"]}, None, ["c"]),
        ({"freeze": []}, None, []),
        ({"only": ["c"], "freeze": ["d"]}, ["c"], ["d"]),
    ],
)
def test_a_stage_that_selects_layers_replaces_both_selections(stage, only, freeze):
    before, now = stages(only=["a"], freeze=["b"], stages=[{"only": ["e"]}, stage])
    assert (plain(before.train.only), plain(before.train.freeze)) == (["e"], None)
    assert (plain(now.train.only), plain(now.train.freeze)) == (only, freeze)


def test_the_dropout_of_frozen_layers_does_not_concern_a_stage_that_freezes_nothing():
    first, second = stages(freeze=["a"], frozen_dropout=True, stages=[{}, {"freeze": []}])
    assert first.train.frozen_dropout
    assert not second.train.frozen_dropout


def test_expressions_in_stages():
    spec = checked(
        {
            "name": "toy",
            "vars": {"long": 9},
            "data": {"source": "Iris"},
            "model": [{"Dense": {"units": 3}}],
            "train": {
                "stages": [
                    {"epochs": "=long // 2"},
                    {"epochs": "=long", "optimizer": {"Adam": {"learning_rate": "=1 / long"}}},
                ]
            },
        }
    )
    first, second = (stage.spec.train for stage in stages_of(spec))
    assert (first.epochs, second.epochs) == (4, 9)
    assert second.optimizer.plain() == {"Adam": {"learning_rate": 1 / 9}}


def test_weights_are_set_before_the_first_stage_only():
    first, second = stages(initialize=["LSUV"], start_from={"File": {"path": "a.keras"}}, stages=[{}, {}])
    assert [plain(first.train.initialize), plain(second.train.initialize)] == [["LSUV"], []]
    assert plain(second.train.start_from) is None


def test_values_of_a_stage_keep_their_places(tmp_path):
    file = tmp_path / "spec.yaml"
    file.write_text("extends: kpipe:iris\ntrain:\n  stages:\n    - epochs: 2\n    - {optimizer: Adam, epochs: 3}\n")
    _, second = stages_of(checked(file))
    assert second.spec.train.optimizer.path == "train.stages.1.optimizer"
    assert second.spec.place("train.epochs").line == 5


@pytest.mark.parametrize(
    ("stages", "message"),
    [
        ([], "expected at least 1 stage"),
        ([{"epochs": 0}], "train.stages.0.epochs: expected at least 1, got 0"),
        ([{"epoch": 2}], "unknown key 'epoch'"),
        ([{}, {"optimizer": "Adamm"}], "train.stages.1.optimizer"),
        ([{"callbacks": ["Cosine"]}], "train.stages.0.callbacks.0"),
        ([{"data": {"batch_size": 0}}], "train.stages.0.data.batch_size: expected at least 1, got 0"),
        ([{"data": {"augment": ["Flop"]}}], "train.stages.0.data.augment.0"),
        ([{"only": "head"}], "train.stages.0.only: expected a list of selections"),
        ([{"batch_size": 3}], "it belongs to data"),
        ([{"lr": 0.1}], "write optimizer: {Adam: {learning_rate: ...}} in the stage"),
        (["Adam"], "train.stages.0: 'Adam' is an optimizer, not a recipe"),
        ([3], "train.stages.0: expected a mapping, got 3"),
        ({"epochs": 3}, "train.stages: expected a list, got {'epochs': 3}; write [{'epochs': 3}]"),
        ([{"stages": [{}]}], "train.stages.0.stages: unknown key 'stages'"),
    ],
)
def test_mistakes_in_stages(stages, message):
    with pytest.raises(SpecError) as caught:
        checked("kpipe:digits", {"train.stages": stages})
    assert message in str(caught.value)


@pytest.mark.parametrize(
    ("path", "message"),
    [
        ("train.stages.one.epochs", "unknown item 'one'; available: 0 to 1"),
        ("train.stages.2.epochs", "index 2 is out of range; expected 0 to 1"),
        (
            "train.stages.1.callbacks.CosineSchedule.warmup_epochs",
            "train.stages.1.callbacks: expected a list of callbacks",
        ),
    ],
)
def test_overrides_of_stages_are_reported_at_their_place(path, message):
    spec = {"name": "toy", "data": {"source": "Iris"}, "model": [{"Dense": {"units": 3}}]}
    with pytest.raises(SpecError) as caught:
        checked({**spec, "train": {"stages": [{"epochs": 1}, {"epochs": 2}]}}, {path: 1})
    assert message in str(caught.value)
    assert str(caught.value).startswith(f"overrides['{path}']")
