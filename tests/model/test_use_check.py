import pytest
from golden import expect_message, expect_messages

from kpipe.checks.checked_spec import checked
from kpipe.errors import SpecError
from kpipe.spec.expressions.scope import Name

#: The example of section 6 of the language, every value at the line and column that is reported there.
RESNET = """\
name: resnet
data: {source: Digits}
blocks:
  conv:
    params: [filters, {kernel: 1, strides: 1}]
    layers:
    - Conv2D: {filters: =filters, kernel_size: =kernel, strides: =strides, padding: same, use_bias: false}
    - BatchNormalization
  bottleneck:
    params:
    - inner
    - stride: 1
    layers:
    - conv: {kernel: 1, strides: =stride, filters: =inner / 4}
    - conv: {filters: =inner, kernel: 3}




model:
- conv: {filters: 64, kernel: 7}
- BatchNormalization
- MaxPooling2D
- Repeat:
    each: {depth: [0, 4]}
    index: stage
    of:
    - Repeat:
        times: =depth
        index: i
        of:
        - bottleneck:
           inner: 250
- GlobalAveragePooling2D
- Dense: {units: =classes}
"""


@pytest.fixture
def said(tmp_path, monkeypatch):
    """The lines reported for a text; `name` and `data` are put before it unless it begins with `name`."""
    monkeypatch.chdir(tmp_path)

    def lines(text, file="a.yaml"):
        whole = text if text.startswith("name") else f"name: a\ndata: {{source: Digits}}\n{text}"
        (tmp_path / file).write_text(whole)
        with pytest.raises(SpecError) as caught:
            checked(file)
        return str(caught.value).splitlines()

    return lines


def test_the_example_of_the_language(said):
    expect_messages(said(RESNET, "resnet.yaml"), 2)


def test_a_wrong_literal_stands_at_its_definition_with_its_first_use_and_the_number_of_the_others(said):
    text = """\
blocks:
  conv: {params: [n], layers: [{Conv2D: {filters: =n, kernel_size: 0}}]}
model: [conv: {n: 3}, conv: {n: 4}, Flatten, Dense: {units: =classes}]
"""
    expect_messages(said(text), 2)


def test_a_wrong_argument_of_a_block_stands_where_it_is_given(said):
    text = """\
blocks:
  conv: {params: [n], layers: [{Conv2D: {filters: =n, kernel_size: 1}}]}
model: [conv: {n: 3}, conv: {n: -4}, Flatten, Dense: {units: =classes}]
"""
    expect_messages(said(text), 2)


def test_wrong_literals_of_an_unused_block_are_reported_too(said):
    expect_messages(said("blocks: {b: {layers: [{Dropout: {rate: 2}}]}}\nmodel: [Flatten]"), 1)


@pytest.mark.parametrize(
    "model",
    [
        "[{Repeat: {times: =3 / 2, of: [ReLU]}}]",
        "[{Repeat: {each: {a: =3}, of: [ReLU]}}]",
        "[{Repeat: {each: {a: '=[1] * 2', b: [1]}, of: [ReLU]}}]",
        "[{If: {when: =1, then: [ReLU]}}]",
        "[{Branches: {merge: =size, of: [[ReLU]]}}]",
        "[=size]",
        "[{Dense: {units: =size + size}}]",
        "[{Dense: 3}, =size]",
        "[{Dense: {units: '=[1][3]'}}]",
        "[{Repeat: {times: 20000, of: [{Repeat: {times: 9000, of: []}}]}}]",
        "[{Repeat: {times: 9000, of: [ReLU, ReLU, ReLU]}}]",
        "[again]",
    ],
)
def test_what_expressions_and_loops_give_is_checked_without_data(said, model):
    head = "vars: {size: ReLu}\nblocks: {again: {layers: [again]}}\n" if "again" in model else "vars: {size: ReLu}\n"
    lines = said(f"{head}model: {model}")
    expect_messages(lines)


def test_what_depends_on_the_data_waits_for_them(tmp_path):
    (tmp_path / "a.yaml").write_text(
        """\
name: a
data: {source: Digits}
blocks:
  halve: {params: [n], layers: [{If: {when: =n > 3, then: [{Dense: {units: =n}}, {halve: {n: =n // 2}}]}}]}
model: [Flatten, halve: {n: =classes}, {Dense: {units: =classes / 4}}, {Dense: {units: =classes}}]
"""
    )
    from kpipe.model.use_check import use_problems

    spec = checked(tmp_path / "a.yaml")
    assert use_problems(spec) == []
    (problem,) = use_problems(spec, {"classes": Name(10)})
    assert problem.mark.line == 5
    expect_message(problem.message)


def test_both_branches_of_a_choice_that_depends_on_the_data_are_checked(said):
    text = "vars: {n: 0}\nmodel: [{If: {when: =classes > 2, then: [{Dense: {units: =n}}], else: [{Dropout: {rate: =n + 1}}]}}]"
    lines = said(text)
    expect_messages([line for line in lines if "out of range" in line], 2)
