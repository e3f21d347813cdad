from kpipe.spec.yaml_text.yaml_reader import read_text
from kpipe.train.stages.stage_entries import entries_of, recipe_name, stage_node, with_entries
from tests.train.stages.recipes.models import spec


def test_the_entries_of_a_spec():
    found = [(node.plain(), is_recipe) for node, is_recipe in entries_of(spec(["FineTune", {"epochs": 2}]))]
    assert found[0] == ("FineTune", True)
    assert (found[1][0]["epochs"], found[1][1]) == (2, False)


def test_other_entries():
    found = spec(["FineTune"])
    changed = with_entries(found, [read_text("epochs: 3", "a.yaml")])
    assert [entry.epochs for entry in changed.train.stages] == [3]
    assert [node.plain() for node, _ in entries_of(found)] == ["FineTune"]


def test_the_stage_of_a_recipe_is_at_its_place():
    recipe = read_text("FineTune: {last: 0.3}", "a.yaml")
    recipe.path = "train.stages.2"
    stage = stage_node({"only": ["head"]}, recipe)
    assert stage.plain()["only"] == ["head"]
    assert {(part.path, part.expression, part.mark.file) for part in stage.walk()} == {
        ("train.stages.2", "FineTune", "a.yaml")
    }
    assert recipe_name(recipe) == "FineTune"
