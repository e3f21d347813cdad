import pytest

from kpipe.components.inspection.docstring import parse_docstring, types_in

IRREGULAR = """Mixes images. It does more.

Longer text with factor: no argument.

Args:
        factor: A single float
            or a tuple of two floats.

            - `factor=0.0`: nothing.
        seed, axis: Integer.
        `mode`: one of `"a"`, `"b"`.
        width (int): in pixels,
            default 3.
        **kwargs: Base layer keyword arguments.

    Input shape: any.
        seed: not this one.
"""


def test_entries_are_found_in_irregular_docstrings():
    parsed = parse_docstring(IRREGULAR, ["factor", "seed", "axis", "mode", "width"])
    assert parsed.summary == "Mixes images."
    assert parsed.arguments == {
        "factor": "A single float or a tuple of two floats. - `factor=0.0`: nothing.",
        "seed": "Integer.",
        "axis": "Integer.",
        "mode": 'one of `"a"`, `"b"`.',
        "width": "in pixels, default 3.",
    }


def test_text_without_arguments():
    assert parse_docstring("One\nline only", ["a"]).summary == "One line only"
    assert parse_docstring("", ["a"]).arguments == {}


def test_text_at_the_left_ends_the_arguments():
    parsed = parse_docstring("Does.\n\nArguments:\n  a: int\n    or so.\n\nMore text.", ["a"])
    assert parsed.arguments == {"a": "int or so."}


@pytest.mark.parametrize(
    ("text", "types", "items"),
    [
        ("int, the dimension of the output space.", "int", ""),
        ("int or tuple/list of 2 integers, specifying the size.", "int list", "int"),
        ("Positive integer, dimensionality.", "int", ""),
        ("Float between 0 and 1. Fraction of the units to drop.", "float", ""),
        ("A float, a `keras.optimizers.schedules.X` instance, or a callable.", "float", ""),
        ("Number of attention heads.", "", ""),
        ("A Python number. The decay rate.", "float", ""),
        ("Boolean, whether the layer uses a bias vector.", "bool", ""),
        ("Whether `y_pred` is a logits tensor.", "bool", ""),
        ("If `True`, add offset.", "bool", ""),
        ('One of `"fan_in"`, `"fan_out"`.', "str", ""),
        ('`"epoch"` or integer. When using `"epoch"`, …', "int str", ""),
        ('A token. When `output_mode` is `"int"`, it counts.', "", ""),
        ("Int or None, defaults to None. Only used if …", "int null", ""),
        ("Optional list of integers.", "list null", "int"),
        ("Int, or tuple of 2 ints, or tuple of 2 tuples of 2 ints.", "int list", ""),
        ("Int, or tuple of int (length 2), or dictionary.", "dict int list", "int"),
        ("a float, or a tuple of size 2 representing the bounds.", "float list", ""),
        ("Initializer for the bias vector.", "", ""),
        ("", "", ""),
    ],
)
def test_types_in_a_text(text, types, items):
    named = types_in(text)
    assert " ".join(sorted(named.types)) == types
    assert " ".join(sorted(named.item_types)) == items


@pytest.mark.parametrize(
    "section", ["Args:\n    x: int.", "Call arguments:\n    y: a tensor.\n\nArgs:\n    x: int.", "Example:\n\n>>> 1"]
)
def test_the_description_ends_at_the_first_section(section):
    text = f"Adds. More\nof it.\n\n- and a list\n\n{section}"
    assert parse_docstring(text, ["x"]).description == "Adds. More\nof it.\n\n- and a list"
    assert parse_docstring("Adds.", ["x"]).description == "Adds."
