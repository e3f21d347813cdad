from kpipe.train.stages.applied_recipe import AppliedRecipe


def test_it_describes_what_was_written_out():
    applied = AppliedRecipe(
        name="Transfer", numbers=range(2, 4), head=["one", "two"], reason="much data", written=[{"epochs": 1}] * 2
    )
    assert applied.line == "stages 2 and 3: Transfer, head: one, two; much data"
    assert applied.to_dict() == {
        "recipe": "Transfer",
        "stages": [2, 3],
        "head": ["one", "two"],
        "reason": "much data",
        "written": [{"epochs": 1}, {"epochs": 1}],
    }


def test_more_stages():
    applied = AppliedRecipe(name="Gradual", numbers=[1, 2, 3], head=["head"], reason=None)
    assert applied.line == "stages 1 to 3: Gradual, head: head"


def test_it_may_have_no_reason():
    applied = AppliedRecipe(name="FineTune", numbers=[1], head=["head"], reason=None)
    assert applied.line == "stage 1: FineTune, head: head"
    assert applied.to_dict()["reason"] is None
