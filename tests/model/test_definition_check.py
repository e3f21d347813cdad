"""What is found in `model` and `blocks` before anything is built."""

import pytest
from golden import expect_message, expect_messages

from kpipe.model.definition_check import definition_problems


def found(workshop, text, **head):
    problems = sorted(definition_problems(workshop.spec(text, **head)), key=lambda p: (p.mark.line, p.mark.column))
    return [(p.mark.line, p.mark.column, p.message, p.suggestion) for p in problems]


@pytest.mark.parametrize(
    ("item", "column", "suggestion"),
    [
        ("Conv2d: {filters: 3, kernel_size: 3}", 5, "Conv2D"),
        ("Conv2D: {filters: 3, kernel_size: 3, stride: 2}", 42, "strides"),
        ("Conv2D: {filters: 3}", 5, None),
        ("Conv2D: {filters: -3, kernel_size: 3}", 23, None),
        ("Conv2D: {filters: three, kernel_size: 3}", 23, None),
        ("Dense: {units: =clases}", 20, "classes"),
        ("Dense: {units: =open(1)}", 20, None),
        ("conv: {filters: 3}", 5, "Conv2D"),
        ("conv2d: {filters: 3}", 5, "Conv2D"),
        ("pair: {filters: 3, widht: 1}", 24, "width"),
        ("pair", 5, None),
        ("Repeat: {of: [ReLU]}", 5, None),
        ("Repeat: {times: 2}", 5, None),
        ("Repeat: {time: 2, of: [ReLU], times: 1}", 14, "times"),
        ("Repeat: {times: 2, index: width, of: [ReLU]}", 31, None),
        ("Repeat: {each: {}, of: [ReLU]}", 20, None),
        ("Residual: {branch: [ReLU], shortcut: [], projection: []}", 58, None),
        ("Dense: {units: 3, name: CamelName}", 29, None),
        ("If: {when: yes, then: [ReLU]}", 16, None),
        ("Residual: {projection: []}", 5, None),
        ("Residual: {branch: [Conv2d]}", 25, "Conv2D"),
        ("Repet: {times: 2, of: [ReLU]}", 5, "Repeat"),
        ("Adam", 5, None),
        ("'Conv2D:{filters: 3}'", 5, None),
        ("Conv2D {filters: 3}", 5, None),
        ("3", 5, None),
        ("Formula: {expression: =abs(x)}", 27, None),
        ("share: x", 5, None),
        ("Dense: {share: previous, units: 3}", 30, None),
    ],
)
def test_an_item(workshop, item, column, suggestion):
    text = f"vars: {{width: 3}}\nblocks: {{pair: {{params: [filters, {{width: 1}}], layers: [{{Dense: {{units: =filters * width}}}}]}}}}\nmodel:\n  - {item}\n"
    problems = found(workshop, text)
    assert problems, item
    line, at, message, near = problems[0]
    assert (line, at) == (6, column)
    expect_message(message)
    assert near == suggestion


def test_two_keys_in_one_item_name_both_causes(workshop):
    problems = found(workshop, "model:\n  - Conv2D:\n    filters: 3\n  - ReLU: {}\n    Flatten: {}\n")
    expect_messages([p[2] for p in problems], 2)


@pytest.mark.parametrize(
    "block",
    [
        "Conv: {layers: [ReLU]}",
        "conv: {params: [a]}",
        "conv: {layer: [ReLU], layers: [ReLU]}",
        "conv: {params: [name], layers: [ReLU]}",
        "conv: {params: [channels], layers: [ReLU]}",
        "conv: {params: [a, {a: 1}], layers: [ReLU]}",
        "conv: {params: {a: 1}, layers: [ReLU]}",
        "conv: 3",
        "conv: {layers: [{Dense: {units: =i}}]}",
    ],
)
def test_a_definition(workshop, block):
    problems = found(workshop, f"blocks: {{{block}}}\nmodel: [Flatten]\n")
    expect_messages(p[2] for p in problems)


def test_a_definition_is_reported_once_however_often_it_is_used(workshop):
    text = "blocks: {a: {layers: [Conv2d]}}\nmodel: [a, a, a]\n"
    assert len(found(workshop, text)) == 1


def test_a_parameter_that_nothing_in_its_block_reads(workshop):
    text = "blocks: {a: {params: [units, {rate: 0.5}], layers: [Dense: {units: =unit * 2 if false else rat}]}}\nmodel: [a: {units: 3}]\n"
    assert any("unknown name 'unit'" in problem[2] for problem in found(workshop, text))
    text = "blocks: {a: {params: [units, {rate: 0.5}], layers: [Dense: {units: =units}]}}\nmodel: [a: {units: 3}]\n"
    expect_messages([problem[2] for problem in found(workshop, text)], 1)


def test_targets_that_the_dataset_does_not_have(workshop):
    source = "Table: {path: a.csv, targets: [size, price]}"
    text = f"data:\n  source: {{{source}}}\n  prepare_targets: {{prize: [Standardize]}}\nmodel: [Flatten]\n"
    text += "train: {targets: {size: {}, price: {}, color: {}}}\n"
    problems = found(workshop, text, head="name: t\n")
    assert [problem[3] for problem in problems] == ["price", None]
    expect_messages(problem[2] for problem in problems)
    assert not found(workshop, text.replace("prize", "price").replace(", color: {}", ""), head="name: t\n")
