import pytest
from golden import raises

from kpipe.checks.checked_spec import checked
from kpipe.components.registry.registry import using
from kpipe.errors import SpecError
from kpipe.train.stages.stages_of import stages_of
from tests.train.stages.recipes.models import MODEL, built, spec


def written(*args, **train):
    return built(spec(*args, **train))[1]


def only(found):
    """What the stages of a spec train, and how."""
    return [
        {key: value for key, value in entry.items() if value is not None and key != "data"}
        for entry in found.spec.tree.plain()["train"]["stages"]
    ]


def test_a_spec_without_recipes_stays_as_it_is():
    for stages in (None, [{"epochs": 2}]):
        found = spec(stages)
        assert built(found)[1].spec is found


def test_recipes_become_stages():
    stages = [{"FeatureExtraction": {"epochs": 2}}, {"epochs": 3, "only": ["third"]}, "FineTune"]
    found = written(stages, optimizer={"SGD": {"learning_rate": 0.5}})
    assert only(found) == [
        {"epochs": 2, "only": ["head"]},
        {"epochs": 3, "only": ["third"]},
        {"epochs": 1, "freeze": [], "optimizer": {"SGD": {"learning_rate": 0.05}}},
    ]
    assert [(entry.name, [*entry.numbers], entry.head) for entry in found.recipes] == [
        ("FeatureExtraction", [1], ["head"]),
        ("FineTune", [3], ["head"]),
    ]


def test_the_spec_is_complete_and_can_be_read_again():
    found = written("Transfer")
    again = checked(dict(found.spec.tree.plain()))
    assert again.dump() == found.spec.dump()
    assert [stage.spec.train.epochs for stage in stages_of(found.spec)] == [1, 1]


def test_the_data_decide():
    # 1,437 samples of ten classes, without the test part.
    found = written([{"Transfer": {"data": "different", "epochs": [2, 3]}}])
    assert only(found) == [
        {"epochs": 2, "only": ["head"]},
        {"epochs": 3, "freeze": [], "optimizer": {"Adam": {"learning_rate": 0.0001}}},
    ]
    (applied,) = found.recipes
    assert applied.reason.startswith("different (`data`) and much data: 1,2")


def test_the_last_layers_of_the_body_are_trained():
    model, _ = built(spec([{"FineTune": {"last": 0.3}}]))
    assert model.frozen == ["flatten", "first", "second"]


def test_expressions_stay_in_other_stages():
    layers = [*MODEL[:-1], {"Dense": {"name": "head", "units": "=classes"}}]
    found = checked(
        {
            "name": "toy",
            "vars": {"few": 2},
            "data": {"source": "Digits"},
            "model": layers,
            "train": {"stages": [{"FeatureExtraction": {"epochs": "=few"}}, {"epochs": "=few * 2"}]},
        }
    )
    assert [entry["epochs"] for entry in only(built(found)[1])] == [2, "=few * 2"]


def test_a_list_from_a_variable():
    found = checked(
        {
            "name": "toy",
            "vars": {"all": [{"FineTune": {"epochs": 2}}, {"epochs": 3}]},
            "data": {"source": "Digits"},
            "model": MODEL,
            "train": {"stages": "=all"},
        }
    )
    assert [stage.spec.train.epochs for stage in stages_of(built(found)[1].spec)] == [2, 3]


RECIPES = '''
from kpipe.train.stages.recipes.recipe import Recipe

class Gradual(Recipe):
    """Train the head, and then more and more.

    Args:
        share: how much more.
    """

    count = 2

    def __init__(self, share: float = 0.5, **kwargs):
        super().__init__(**kwargs)
        self.share = share

    def stages(self, context):
        last = {"Last": {"share": self.share, "except": [*context.head]}}
        return [{"only": [*context.head]}, {"only": [*context.head, last]}]

class Wrong(Recipe):
    """Announces another number of stages."""

    def stages(self, context):
        return [{}, {}]

class Epochs(Recipe):
    """States the epochs in a stage."""

    def stages(self, context):
        return [{"epochs": 3}]

class Nothing(Recipe):
    """Returns nothing."""

    def stages(self, context):
        return None

class Names(Recipe):
    """Returns other recipes."""

    def stages(self, context):
        return ["FineTune"]

class Misspelled(Recipe):
    """Has a stage with an unknown key."""

    def stages(self, context):
        return [{"epoch": 3}]
'''


def custom(tmp_path, stages):
    (tmp_path / "recipes.py").write_text(RECIPES)
    (tmp_path / "spec.yaml").write_text(
        "name: toy\nimports: [./recipes.py]\ndata: {source: Digits}\n"
        "model: [Flatten, Dense: {name: body, units: 4}, Dense: {name: more, units: 4}, Dense: {name: head, units: =classes}]\n"
        f"train: {{epochs: 1, stages: {stages}}}\n"
    )
    return checked(tmp_path / "spec.yaml")


def test_a_custom_recipe(tmp_path):
    found = custom(tmp_path, "[Gradual: {share: 0.4}]")
    with using(found.code.in_use):
        plain = built(found)[1]
    assert only(plain)[1]["only"] == ["head", {"Last": {"share": 0.4, "except": ["head"]}}]


@pytest.mark.parametrize("name", ["Wrong", "Misspelled", "Epochs", "Nothing", "Names"])
def test_mistakes_in_custom_recipes(tmp_path, name):
    found = custom(tmp_path, f"[{name}]")
    with using(found.code.in_use), raises(SpecError):
        stages_of(built(found)[1].spec)[0].spec.train  # noqa: B018


@pytest.mark.parametrize(
    ("stages", "train"),
    [
        ([{"FineTune": {"head": ["haed"]}}], {}),
        ([{"FineTune": {"head": ["first", "second", "third", "head"]}}], {}),
        (["FineTune"], {"optimizer": "LBFGS"}),
        (["FineTune"], {"optimizer": {"LBFGS": {"history": 3}}}),
        (["FeatureExtraction"], {"freeze": ["first"]}),
        (["Transfer"], {"only": ["first"]}),
    ],
)
def test_mistakes(stages, train):
    with raises(SpecError):
        built(spec(stages, **train))


def test_a_selection_of_the_training_is_that_of_other_stages():
    found = written(["FeatureExtraction", {}], freeze=["first"])
    first, second = (stage.spec.train for stage in stages_of(found.spec))
    assert (first.only.plain(), first.freeze.plain()) == (["head"], None)
    assert second.freeze.plain() == ["first"]
