from kpipe.train.stages.recorded_stages import recorded_stages
from kpipe.train.stages.stages_of import stages_of
from tests.train.stages.recipes.models import built, spec


def test_the_recipes_are_those_of_the_run():
    stages = [{"epochs": 4}, {"Transfer": {"epochs": [2, 3]}}, {"optimizer": "SGD"}]
    found = spec(stages)
    plain = built(found)[1]
    again = recorded_stages(found, [entry.to_dict() for entry in plain.recipes])
    assert again.dump() == plain.spec.dump()
    assert [stage.spec.train.epochs for stage in stages_of(again)] == [4, 2, 3, 1]


def test_a_run_without_recipes_is_unchanged():
    found = spec([{"epochs": 4}])
    assert recorded_stages(found, []) is found
