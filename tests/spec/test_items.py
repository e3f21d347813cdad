import pytest

from kpipe.spec.items import item_problem
from kpipe.spec.yaml_reader import read_text


@pytest.mark.parametrize("text", ["ReLU", "Conv2D: {filters: 3}", "block: null", "=norm"])
def test_fine_items(text):
    assert item_problem(read_text(text, "a.yaml"), "a layer") is None


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("'Conv2D:{filters: 3}'", "a blank is missing after the colon: write `Conv2D: …`"),
        ("Conv2D {filters: 3}", "a colon is missing after the name: write `Conv2D: …`"),
        ("{A: 1, B: 2}", "one item with 2 keys (A, B): give B a dash of its own"),
        (
            "{A: null, b: 2, c: 3}",
            "one item with 3 keys (A, b, c): indent the arguments of A further than its name",
        ),
        ("{}", "an empty mapping where a layer is expected"),
        ("[ReLU]", "a list where a layer is expected; write `Name` or `Name: {argument: value}`"),
        ("null", "null where a layer is expected"),
        ("1.5", "a number where a layer is expected"),
        ("' '", "an empty text where a name is expected"),
    ],
)
def test_wrong_items(text, said):
    problem = item_problem(read_text(text, "a.yaml"), "a layer")
    assert problem is not None
    assert said in problem.message
