import pytest
from golden import expect_message

from kpipe.spec.items import item_problem, list_remedy
from kpipe.spec.yaml_text.yaml_reader import read_text


@pytest.mark.parametrize("text", ["ReLU", "Conv2D: {filters: 3}", "block: null", "=norm"])
def test_fine_items(text):
    assert item_problem(read_text(text, "a.yaml"), "a layer") is None


@pytest.mark.parametrize(
    "text",
    [
        "'Conv2D:{filters: 3}'",
        "Conv2D {filters: 3}",
        "Conv2D\uff1a{filters: 3}",
        "ReLU\u00a0",
        "{A: 1, B: 2}",
        "{A: null, b: 2, c: 3}",
        "{}",
        "[ReLU]",
        "null",
        "1.5",
        "' '",
    ],
)
def test_wrong_items(text):
    problem = item_problem(read_text(text, "a.yaml"), "a layer")
    assert problem is not None
    expect_message(problem.message)


@pytest.mark.parametrize(
    ("text", "remedy"),
    [
        ("EarlyStopping: {patience: 3}", "`[EarlyStopping: {patience: 3}]`, or `- EarlyStopping: {patience: 3}`"),
        ("EarlyStopping:", "`[EarlyStopping]`, or `- EarlyStopping`"),
        ("None", "[] for an empty list"),
        ("EarlyStopping", "`[EarlyStopping]`, or `- EarlyStopping`"),
        ("{Flatten: null, Dense: {units: 3}}", "a dash before each item: `- Flatten`, `- Dense: ...`"),
    ],
)
def test_a_list_is_suggested_with_the_arguments(text, remedy):
    assert list_remedy(read_text(text, "a.yaml")) == f"; write {remedy}"


@pytest.mark.parametrize("text", ["3", "{}", "[ReLU]", "patience: 3", "early stopping"])
def test_no_list_is_suggested_for_other_values(text):
    assert list_remedy(read_text(text, "a.yaml")) == ""
