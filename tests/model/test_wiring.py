"""What the text of a model alone tells of its graph: at its place, and nothing where it cannot be known."""

import pytest

from kpipe.errors import SpecError
from kpipe.validation import checked

SOURCE = "Digits"


def found(tmp_path, model, source=SOURCE, more=""):
    path = tmp_path / "a.yaml"
    path.write_text(f"name: a\ndata: {{source: {source}}}\n{more}model:\n{model}")
    try:
        checked(path)
    except SpecError as error:
        return [(p.mark.line, p.mark.column, p.message, p.suggestion) for p in error.problems]
    return []


@pytest.mark.parametrize(
    ("model", "expected"),
    [
        (
            "  - Flatten: {name: flat}\n  - Dense: {units: 3, inputs: falt}\n",
            [(5, 31, "no item before this one is named 'falt'; named: flat, previous", "flat")],
        ),
        (
            "  - Dense: {share: dnse}\n",
            [(4, 20, "no item before this one is named 'dnse'; named: previous", None)],
        ),
        (
            "  - Flatten: {name: a}\n  - Dense: {units: 3, name: a}\n",
            [(5, 29, "an item at line 4 is named 'a' already; choose another name", None)],
        ),
        ("  - Flatten: {name: previous}\n", [(4, 21, "'previous' is reserved; choose another", None)]),
        (
            "  - Flatten: {name: f}\n  - Dense: {units: 3, name: b}\n  - Dense: {units: 4, inputs: f}\n",
            [(5, 5, "nobody reads the output of Dense; name it and read it with `inputs:`, or remove it", None)],
        ),
        (
            "  - Dense: {units: 3, inputs: late}\n  - Flatten: {name: late}\n",
            [(4, 31, "no item before this one is named 'late'; named: previous", None)],
        ),
    ],
)
def test_what_is_wrong_is_said_without_data_and_keras(tmp_path, model, expected):
    assert [one for one in found(tmp_path, model) if "no argument" not in one[2]][: len(expected)] == expected


@pytest.mark.parametrize(
    "model",
    [
        "  - Flatten: {name: f}\n  - Dense: {units: 3, name: b}\n  - Add: {inputs: [previous, previous]}\n",
        "  - Flatten: {name: f}\n  - Dense: {units: 3, name: b, inputs: f}\n  - Dense: {units: 3, name: c, inputs: f}\n"
        "  - Add: {inputs: [b, c]}\n",
        "  - If: {when: =classes > 2, then: [Flatten: {name: f}], else: [Flatten: {name: f}]}\n  - Dense: {units: 3}\n",
        "  - Flatten: {inputs: image}\n",
        "  - Dense: {units: 3, inputs: x}\n",
        "  - Flatten: {name: f}\n  - Dense: {units: 3, inputs: f.0}\n",
    ],
)
def test_what_is_right_or_may_be(tmp_path, model):
    assert found(tmp_path, model) == []


def test_an_input_of_data_that_are_not_open_may_have_any_name(tmp_path):
    (tmp_path / "a.npz").write_bytes(b"")
    source = "{Arrays: {path: a.npz}}"
    assert not any("no item" in one[2] for one in found(tmp_path, "  - Dense: {units: 3, inputs: left}\n", source))


def test_a_block_has_names_of_its_own(tmp_path):
    blocks = (
        "blocks:\n  two:\n    inputs: [one, other]\n    layers:\n      - Dense: {units: 3, inputs: othr, name: a}\n"
        "      - Add: {inputs: [a, one]}\n"
    )
    (problem,) = found(tmp_path, "  - Flatten: {name: b}\n  - two: {inputs: [b, b]}\n", more=blocks)
    assert problem == (7, 35, "no item before this one is named 'othr'; named: one, other, previous", "other")


def test_targets_read_the_items_that_they_are_named_after(tmp_path):
    train = "train: {targets: {left: {}, right: {}}}\n"
    model = (
        "  - Flatten: {name: f}\n  - Dense: {units: 3, name: left, inputs: f}\n"
        "  - Dense: {units: 3, name: right, inputs: f}\n"
    )
    assert found(tmp_path, model, more=train) == []
