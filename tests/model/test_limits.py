import pytest
from golden import expect_message, raises

from kpipe.errors import Mark, SpecError
from kpipe.model.limits import MAX_ITEMS, MAX_LAYERS, MAX_NESTING, ExpansionCount
from kpipe.model.use_check import use_problems
from kpipe.spec.expressions.budget import MAX_WORK, Budget
from kpipe.spec.expressions.scope import Name
from kpipe.spec.node import Node

NODE = Node("ReLU", Mark("a.yaml", 1, 1, 1, 5), path="model.0")


def refused(workshop, text, names=None):
    """The one message of `validate`, and what the walk has spent."""
    spec = workshop.spec(text)
    (problem,) = use_problems(spec, names)
    return problem.message


@pytest.mark.parametrize(("kind", "most"), [("item", MAX_ITEMS), ("layer", MAX_LAYERS)])
def test_items_and_layers_are_counted(kind, most):
    count = ExpansionCount(Budget())
    getattr(count, kind)(NODE, (), most)
    with raises(SpecError):
        getattr(count, kind)(NODE)


def test_items_are_paid_from_the_budget_of_the_spec():
    count = ExpansionCount(Budget(MAX_WORK - 12))
    count.item(NODE)
    count.item(NODE)
    with raises(SpecError):
        count.item(NODE)


def test_what_is_left_after_a_context_is_not_inside_it():
    count = ExpansionCount(Budget())
    for _ in range(3):
        with count.inside(NODE):
            assert count.depth == 1
    count.depth = MAX_NESTING
    with raises(SpecError), count.inside(NODE):
        pass


@pytest.mark.parametrize(
    "text",
    [
        "blocks: {b: {params: [n], layers: [{If: {when: =n > 0, then: [b: {n: =n - 1}, b: {n: =n - 1}]}}]}}\n"
        "model: [b: {n: 40}]",
        "blocks: {b: {params: [n], layers: [{Repeat: {times: 2, of: [{If: {when: =n > 0, then: [b: {n: =n - 1}]}}]}}]}}\n"
        "model: [b: {n: 25}]",
        "blocks: {b: {params: [n], layers: [{Branches: {of: [[{If: {when: =n > 0, then: [b: {n: =n - 1}]}}], "
        "[{If: {when: =n > 0, then: [b: {n: =n - 1}]}}]]}}]}}\nmodel: [b: {n: 25}]",
        "blocks: {b: {layers: [b, b]}}\nmodel: [{If: {when: =classes > 3, then: [b]}}]",
        "model: [{Repeat: {times: 20000, of: [{Repeat: {times: 20000, of: []}}]}}]",
        "vars: {v: '=[0] * 10000'}\nmodel: [{Repeat: {each: {a: =v}, of: [{Repeat: {each: {b: =v}, of: []}}]}}]",
        "vars: {v: '=[0] * 10000'}\nblocks: {b: {params: [w], layers: [{If: {when: '=w == []', then: [ReLU]}}]}}\n"
        "model: [{Repeat: {times: 20000, of: [b: {w: =v}]}}]",
        "model: [{Repeat: {times: 900, of: [{Dropout: {rate: '=0.1 if [[0] * 100] * 100 == 1 else 0.2'}}]}}]",
    ],
)
def test_a_walk_that_would_not_end_is_refused_at_its_place(workshop, text, monkeypatch):
    """With lower limits, so that the test is fast: without them it would not end either."""
    monkeypatch.setattr("kpipe.model.limits.MAX_ITEMS", 2000)
    monkeypatch.setattr("kpipe.spec.expressions.budget.MAX_WORK", 200_000)
    message = refused(workshop, text)
    expect_message(message)


def test_nested_keywords_are_refused_before_the_stack_overflows(workshop):
    inside = "b: {n: =n - 1}"
    for _ in range(8):
        inside = f"Residual: {{branch: [{{Branches: {{merge: Add, of: [[{{{inside}}}], [ReLU]]}}}}]}}"
    text = (
        f"blocks: {{b: {{params: [n], layers: [{{If: {{when: =n > 0, then: [{{{inside}}}]}}}}]}}}}\n"
        "model: [{b: {n: 60}}]\n"
    )
    expect_message(refused(workshop, text))
    expect_message(workshop.errors(text)[0])


@pytest.mark.parametrize(
    "text",
    [
        "model: [{Repeat: {times: 7000, of: [ReLU, ReLU, ReLU]}}]",
        "model: [{Repeat: {times: 200, of: [{Repeat: {times: 2000, of: []}}]}}]",
    ],
)
def test_validating_and_building_refuse_the_same(workshop, text, monkeypatch):
    monkeypatch.setattr("kpipe.model.limits.MAX_LAYERS", 30)
    monkeypatch.setattr("kpipe.model.limits.MAX_ITEMS", 3000)
    (line,) = workshop.errors(text)
    assert refused(workshop, text) in line


def test_a_shared_item_counts_as_often_as_it_is_called(workshop, monkeypatch):
    monkeypatch.setattr("kpipe.model.limits.MAX_LAYERS", 30)
    text = "blocks: {b: {layers: [Dense: {units: 3}, ReLU]}}\nmodel:\n  - b: {name: first}\n"
    enough = text + "  - b: {share: first}\n" * 14
    model = workshop.model(enough, shapes=(3,))
    assert len([layer for layer in model.layers if layer.weights]) == 1
    assert use_problems(workshop.spec(enough)) == []
    (line,) = workshop.errors(f"{enough}  - b: {{share: first}}\n", shapes=(3,))
    expect_message(line)
    expect_message(refused(workshop, f"{enough}  - b: {{share: first}}\n"))


def test_what_reading_has_spent_is_subtracted_from_the_budget_of_each_model(workshop):
    text = "vars: {v: '=[0] * 9999'}\nmodel: [{Dense: {units: '=1 + 0 * len(v)'}}]"
    spec = workshop.spec(text)
    read = spec.model_scope().budget.work
    assert read > 50_000
    for _ in range(3):
        assert use_problems(spec, {"classes": Name(3)}) == []
        spec.evaluated(spec.tree.entries["vars"])
        assert spec.model_scope().budget.work == read
