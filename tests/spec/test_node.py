import pytest

from kpipe.checks.checked_spec import checked
from kpipe.errors import SpecError
from kpipe.spec.node import text_hint


def test_two_equals_signs_that_begin_a_string_are_explained():
    assert text_hint("==3") == "; `==` begins a string; write `=3` for an expression"
    assert text_hint("=3") == text_hint("==3")
    assert text_hint("fast") == text_hint("3=") == ""


@pytest.mark.parametrize("value", ["==3", "== 3 + 1"])
def test_a_value_of_a_section_and_an_argument_of_the_model_have_the_hint(tmp_path, value):
    path = tmp_path / "spec.yaml"
    model = f"[Flatten, {{Repeat: {{times: {value}, of: [ReLU]}}}}, {{Dense: {{units: {value}}}}}]"
    path.write_text(f"name: a\ndata: {{source: Digits}}\nmodel: {model}\ntrain: {{epochs: {value}}}\n")
    with pytest.raises(SpecError) as caught:
        checked(path)
    paths = [problem.path for problem in caught.value.problems]
    assert paths == ["model.1.Repeat.times", "model.2.Dense.units", "train.epochs"]
    assert all(problem.message.endswith(f"write `{value[1:]}` for an expression") for problem in caught.value.problems)


@pytest.mark.parametrize("text", ["None", "Null", "null"])
def test_null_is_a_remedy_only_where_it_is_expected(text):
    assert text_hint(text) == ""
    assert text_hint(text, ["int"]) == ""
    assert text_hint(text, ["int", "null"]) != ""


def test_lists_and_booleans_are_remedies_only_where_they_are_expected():
    assert text_hint("(3, 3)", ["int"]) == text_hint("true", ["int"]) == text_hint("no", ["int"]) == ""
    assert text_hint("(3, 3)", ["int", "list"]) == "; write [3, 3]"
    assert text_hint("true", ["bool"]) == "; it is a string; remove the quotes"
    assert text_hint("3") == "; it is a string; remove the quotes"
