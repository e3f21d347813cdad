"""What the text of a model alone tells of its graph: at its place, and nothing where it cannot be known."""

import pytest
from golden import expect_message, expect_messages

from kpipe.checks.checked_spec import checked
from kpipe.data import Source, sources
from kpipe.errors import SpecError

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
            [(5, 31, "no earlier item has the name 'falt'; available: flat, image, previous", "flat")],
        ),
        (
            "  - Dense: {share: dnse}\n",
            [(4, 20, "no earlier item has the name 'dnse'; available: previous", None)],
        ),
        (
            "  - Flatten: {name: a}\n  - Dense: {units: 3, name: a}\n",
            [(5, 29, "duplicate name 'a', also of an item at line 4; rename one", None)],
        ),
        ("  - Flatten: {name: previous}\n", [(4, 21, "'previous' is a reserved name; rename the item", None)]),
        (
            "  - Flatten: {name: f}\n  - Dense: {units: 3, name: b}\n  - Dense: {units: 4, inputs: f}\n",
            [
                (
                    5,
                    5,
                    "the output of Dense is never used; name it and read it with `inputs:`, list its name under train.targets if it is an output of the model, or remove it",
                    None,
                )
            ],
        ),
        (
            "  - Dense: {units: 3, inputs: late}\n  - Flatten: {name: late}\n",
            [(4, 31, "no earlier item has the name 'late'; available: image, previous", None)],
        ),
    ],
)
def test_what_is_wrong_is_reported_without_data_and_keras(tmp_path, model, expected):
    assert [one for one in found(tmp_path, model) if "no argument" not in one[2]][: len(expected)] == expected


@pytest.mark.parametrize(
    "model",
    [
        "  - Flatten: {name: f}\n  - Dense: {units: 3, name: b}\n  - Add: {inputs: [previous, previous]}\n",
        "  - Flatten: {name: f}\n  - Dense: {units: 3, name: b, inputs: f}\n  - Dense: {units: 3, name: c, inputs: f}\n"
        "  - Add: {inputs: [b, c]}\n",
        "  - If: {when: =classes > 2, then: [Flatten: {name: f}], else: [Flatten: {name: f}]}\n  - Dense: {units: 3}\n",
        "  - Flatten: {inputs: image}\n",
        "  - Flatten: {name: f}\n  - Dense: {units: 3, inputs: f.0}\n",
    ],
)
def test_what_is_right_or_may_be(tmp_path, model):
    assert found(tmp_path, model) == []


@pytest.mark.parametrize(
    ("source", "known"),
    [
        ("Digits", ["image"]),
        ("Noise", ["image"]),
        ("Noise: {classes: 3}", ["image"]),
        ("ImageFolder: {train: .}", ["image"]),
        ("KerasDataset: {dataset: mnist}", ["image"]),
        ("KerasDataset: {dataset: imdb}", ["x"]),
        ("Iris", ["table"]),
        ("Wine", ["table"]),
        ("BreastCancer", ["table"]),
        ("Diabetes", ["table"]),
        ("Arrays: {path: a.npz}", ["image", "x"]),
        ("Arrays: {path: a.npz, inputs: [left, right]}", ["left", "right"]),
        ("Table: {path: a.npz, target: y, images: {photo: file, scan: other}}", ["table", "photo", "scan"]),
    ],
)
def test_misspelled_inputs_of_every_source_are_found(tmp_path, source, known):
    (tmp_path / "a.npz").write_bytes(b"")
    source = f"{{{source}}}" if ":" in source else source
    for name in known:
        assert found(tmp_path, f"  - Flatten: {{inputs: {name}}}\n", source) == []
    ((*_, message, meant),) = found(tmp_path, f"  - Flatten: {{inputs: {known[0]}s}}\n", source)
    expect_message(message)
    assert meant == known[0]
    ((*_, message, meant),) = found(tmp_path, f"  - Input: {{name: {known[-1]}s}}\n  - Flatten\n", source)
    expect_message(message)
    assert meant == known[-1]


@pytest.mark.parametrize(
    ("source", "message"),
    [
        ("{Arrays: {pth: d.npz}}", "Arrays has no argument 'pth'"),
        ("{Noise: {shape: many, classes: 2}}", "many"),
        ("{Noise: {shape: [4, 4, 1], classes: 2, classes_: 3}}", "Noise has no argument 'classes_'"),
    ],
)
def test_a_source_with_an_error_of_its_own_is_reported_once(tmp_path, source, message):
    problems = found(tmp_path, "  - Flatten: {inputs: imgae}\n", source)
    assert [message in problem[2] for problem in problems] == [True], problems


def test_every_source_states_its_inputs():
    for name in sources.__all__:
        assert getattr(sources, name).input_names is not Source.input_names


def test_misspelled_inputs_to_prepare_are_found(tmp_path):
    path = tmp_path / "a.yaml"
    path.write_text(
        "name: a\ndata:\n  source: Digits\n  prepare: {image: [Rescale], imgae: [Rescale]}\nmodel: [Flatten]\n"
    )
    with pytest.raises(SpecError) as caught:
        checked(path)
    (problem,) = caught.value.problems
    assert (problem.mark.line, problem.mark.column, problem.path) == (4, 31, "data.prepare.imgae")
    assert problem.suggestion == "image"
    expect_message(problem.message)


OWN = """
from kpipe.data import Source

class ToySpirals(Source):
    def __init__(self, names: list[str] | None = None):
        self.names = names
    def input_names(self):
        return {names}
    def open(self, context):
        raise AssertionError("opened")
"""


@pytest.mark.parametrize(
    "names",
    [
        "self.names",
        '["point", *self.names]',
        '"point"',
        "self.nothing",
    ],
)
def test_a_custom_source_may_state_its_inputs(tmp_path, names):
    (tmp_path / "own.py").write_text(OWN.format(names=names))
    source = "ToySpirals" if names == "self.names" else "{ToySpirals: {names: [other]}}"
    problems = found(tmp_path, "  - Dense: {units: 3, inputs: pont}\n", source, "imports: [./own.py]\n")
    expect_messages([message for *_, message, _ in problems])


def test_an_input_called_previous_is_refused_where_it_would_mean_the_item_before(tmp_path):
    source = "{Arrays: {path: data.npz, inputs: [first, previous]}}"
    problem, _missing_file = found(tmp_path, "  - Dense: {units: 3, inputs: [first, previous]}\n", source)
    expect_messages([problem[2]])
    assert found(tmp_path, "  - Dense: {units: 3, inputs: first}\n", source) == []


def test_a_block_has_names_of_its_own(tmp_path):
    blocks = (
        "blocks:\n  two:\n    inputs: [one, other]\n    layers:\n      - Dense: {units: 3, inputs: othr, name: a}\n"
        "      - Add: {inputs: [a, one]}\n"
    )
    (problem,) = found(tmp_path, "  - Flatten: {name: b}\n  - two: {inputs: [b, b]}\n", more=blocks)
    assert problem == (
        7,
        35,
        "no earlier item has the name 'othr'; available: one, other, image, previous",
        "other",
    )


def test_targets_read_the_items_that_they_are_named_after(tmp_path):
    train = "train: {targets: {left: {}, right: {}}}\n"
    model = (
        "  - Flatten: {name: f}\n  - Dense: {units: 3, name: left, inputs: f}\n"
        "  - Dense: {units: 3, name: right, inputs: f}\n"
    )
    assert found(tmp_path, model, more=train) == []


@pytest.mark.parametrize(
    ("model", "paths"),
    [
        ("  - Flatten\n  - Branches: {merge: Add, of: {}}\n", ["model.1.Branches.of"]),
        ("  - Flatten\n  - Branches: {merge: Add, of: a}\n", ["model.1.Branches.of"]),
        (
            "  - Flatten\n  - Branches: {merge: Add, of: {a: [], b: []}, naem: x}\n  - Dense: {units: 3, inputs: x}\n",
            ["model.1.Branches.naem"],
        ),
        ("  - Flatten\n  - Input\n  - Dense: {units: 3}\n", ["model.1"]),
        ("  - Flatten\n  - Input: image\n  - Dense: {units: 3}\n", ["model.1.Input"]),
        ("  - Flatten\n  - Input: {name: imag}\n  - Dense: {units: 3}\n", ["model.1.Input.name"]),
        ("  - Flatten: {naem: a}\n  - Dense: {units: 3, inputs: image}\n", ["model.0.Flatten.naem"]),
        (
            "  - Flatten: {name: f}\n  - Dense: {units: 3, name: b, inputs: f}\n  - Dense: {units: 3, inputs: f}\n"
            "  - Concatenate: {input: [b, previous]}\n",
            ["model.3.Concatenate.input"],
        ),
        ("  - Flatten\n  - Concatenate: {inputs: 3}\n", ["model.1.Concatenate.inputs"]),
        ("  - Flatten\n  - Concatenate: {inputs: []}\n", ["model.1.Concatenate.inputs"]),
        ("  - Flatten\n  - Input: {name: 3}\n  - Dense: {units: 3}\n", ["model.1.Input.name"]),
    ],
)
def test_what_follows_from_an_item_with_problems_is_not_reported(tmp_path, model, paths):
    path = tmp_path / "a.yaml"
    path.write_text(f"name: a\ndata: {{source: {SOURCE}}}\nmodel:\n{model}")
    with pytest.raises(SpecError) as caught:
        checked(path)
    assert [problem.path for problem in caught.value.problems] == paths


def test_an_unused_output_elsewhere_is_still_reported(tmp_path):
    model = "  - Flatten: {name: f}\n  - Dense: {units: 3}\n  - Dense: {units: 4, inputs: f}\n  - Dense: {unit: 3}\n"
    assert [line for line, *_ in found(tmp_path, model)] == [5, 7]
