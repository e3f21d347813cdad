"""The one walk that the check and the builder pull: its order, what it reads of shapes, and what sharing allows."""

from types import SimpleNamespace

import pytest
from golden import expect_message

from kpipe.checks.checked_spec import checked
from kpipe.errors import SpecError
from kpipe.model.expansion import Expansion
from kpipe.model.operation import BranchInput
from kpipe.spec.expressions.scope import Name


def messages(workshop, text):
    """The paths and messages of what `validate` reports."""
    path = workshop.folder / "v.yaml"
    path.write_text(f"name: t\ndata: {{source: Digits}}\n{text}")
    try:
        checked(path)
        found = []
    except SpecError as error:
        found = [(p.path, p.message) for p in error.problems]
    return found


def test_operations_come_in_the_order_of_their_layers_and_read_what_was_set_before(workshop):
    text = """
model:
  - Conv2D: {filters: 4, kernel_size: 1, name: stem}
  - Residual: {branch: [double], projection: [Conv2D: {filters: =channels * 2, kernel_size: 1}]}
  - Residual: {branch: [ReLU], survival: 0.5}
blocks: {double: {layers: [Conv2D: {filters: =channels * 2, kernel_size: 3, padding: same}]}}
"""
    tensor = SimpleNamespace(shape=(None, 8, 8, 3))
    expansion = Expansion(workshop.spec(text), {}, {"image": tensor})
    seen = []
    steps = expansion.operations({})
    for operation in steps:
        if isinstance(operation, BranchInput):
            operation.outputs = operation.reads.tensors
            seen.append("input of a branch")
            continue
        entries = operation.component.entries if operation.component is not None else {}
        arguments = entries.get("Conv2D")
        channels = arguments.entries["filters"].value if arguments is not None else None
        seen.append((operation.name, channels))
        first = operation.reads.tensors[0].shape
        operation.outputs = (SimpleNamespace(shape=(*first[:-1], channels or first[-1])),)
        if operation.name == "conv2d":
            break
    assert seen == [("stem", 4), ("double_conv2d", 8), ("conv2d", 6)]


@pytest.mark.parametrize(
    ("model", "path", "message"),
    [
        (
            "[Flatten, {Dense: {units: 4, name: a}}, {ReLU: {share: a}}]",
            "model.2.ReLU.share",
            "expected an item of class ReLU to share, got 'a' of class Dense",
        ),
        (
            "[Flatten, {Repeat: {times: 2, index: i, of: [{Branches: {of: [[{If: {when: =i < 1, then: "
            "[{Dense: {units: 4}}]}}]], name: c}}]}}, {Branches: {share: c}}]",
            "model.2.Branches.share",
            "unknown name 'i'",
        ),
    ],
)
def test_what_is_wrong_with_sharing_is_found_by_validate_and_by_the_builder(workshop, model, path, message):
    found = messages(workshop, f"model: {model}\n")
    assert [(p, message in m) for p, m in found] == [(path, True)], found
    assert message in workshop.errors(f"model: {model}\n")[0]


def test_a_shared_item_of_another_structure_is_found_by_validate(workshop):
    item = "{Branches: {of: [[{If: {when: =i < 1, then: [{Dense: {units: 4}}, ReLU], else: [ReLU]}}]]"
    loop = f"{{Repeat: {{times: 1, index: i, of: [{item}, name: c}}}}]}}}}"
    again = "{Repeat: {each: {i: [ROUND]}, of: [{Branches: {share: c}}]}}"
    for values, said in (("0", None), ("1", "has more layers")):
        text = f"model: [Flatten, {loop}, {again.replace('ROUND', values)}]\n"
        found = messages(workshop, text)
        assert [said in message for _, message in found] == ([] if said is None else [True]), found
        assert [path for path, _ in found] == ([] if said is None else ["model.2.Repeat.of.0.Branches.share"])


def test_a_block_that_shares_inside_may_itself_be_shared(workshop):
    text = """
blocks: {twice: {layers: [Dense: {units: 3, name: a}, Dense: {share: a}, Dense: {units: 3}]}}
model: [Flatten, twice: {name: first}, twice: {share: first}]
"""
    assert messages(workshop, text) == []
    model = workshop.model(text, shapes=(3,))
    assert model.count_params() == 2 * (3 * 3 + 3)


@pytest.mark.parametrize(
    "model",
    [
        "[Flatten, {If: {when: =classes > 2, then: [{Dense: {units: 4, name: a}}], else: [{ReLU: {name: a}}]}}, "
        "{Dense: {share: a}}]",
        "[Flatten, {Repeat: {times: =classes, of: [{Dense: {units: 4, name: a}}]}}, {Dense: {share: a}}]",
        "[Flatten, {Residual: {branch: [{Dense: {units: 64}}], survival: =0.5 if classes > 2 else 1}}]",
        "[{Flatten: {name: f}}, {Dense: {units: 4, inputs: f, name: a}}, {Dense: {units: 4, inputs: f, name: b}}, "
        "{Add: {inputs: [a, b]}}]",
    ],
)
def test_what_depends_on_the_data_is_not_refused_before_they_are_known(workshop, model):
    assert messages(workshop, f"model: {model}\n") == []


def test_an_output_that_is_never_used_is_found_by_validate(workshop):
    text = "blocks: {b: {outputs: [a], layers: [{Flatten: {name: a}}, ReLU]}}\nmodel: [b]\n"
    ((path, message),) = messages(workshop, text)
    assert path == "blocks.b.layers.1"
    expect_message(message)


def test_names_of_the_data_are_read_where_they_are_known(workshop):
    expansion = Expansion(workshop.spec("model: [Flatten, {Dense: {units: =classes}}]"), {"classes": Name(7)})
    units = [o.component.entries for o in expansion.operations({})][-1]["Dense"].entries["units"].value
    assert units == 7
