import pytest
import yaml

from kpipe.spec.yaml_text.yaml_loader import YamlLoader
from kpipe.spec.yaml_text.yaml_syntax import YamlSyntax


def problem(text, column_offset=0):
    with pytest.raises(yaml.MarkedYAMLError) as caught:
        list(yaml.parse(text, Loader=YamlLoader))
    return YamlSyntax(text.split("\n"), "a.yaml", column_offset).problem(caught.value)


@pytest.mark.parametrize(
    ("text", "place", "message"),
    [
        ("a: 1\nepochs:60\nb: 2\n", (2, 1), "missing space after the colon; write `epochs: 60`"),
        ("a: 1\nepochs 60\nb: 2\n", (2, 1), "missing colon after the name; write `epochs: 60`"),
        ("a:\n  - b\n  -c\n  - d\n", (3, 3), "missing space after the dash; write `- c`"),
        ("a: [1, 2\nb: 3\n", (1, 4), "this [ is not closed before line 2"),
        ("a: {b: 1 #, c: 2}\nd: 3\n", (1, 4), "` #` begins a comment"),
        ("a: 'b\n", (1, 4), "this quote is not closed"),
        ("a:\n\tb: 1\n", (2, 1), "indentation by a tab; use spaces"),
        ("a: {b: ${width}}\n", (1, 9), "write =width for a variable"),
        ("a:\n  -\tb\n", (2, 4), "a tab after the dash; use a space"),
        ("a: 1\nb\uff1a2\n", (2, 2), "a full-width colon (U+FF1A); write `: `"),
        ("a:\n  b:\u00a03\n  c: 4\n", (2, 5), "a no-break space (U+00A0); write a space"),
        ("# \uff0c\na: 1 # \uff1a\nb 2\n", (3, 1), "missing colon after the name"),
        ("a: '\uff1a': 3\n", (1, 7), "unexpected colon"),
        ("a:\n  - b\n  c:\n  - d\n", (3, 3), "missing dash; write `- c:`"),
        ("a:\n  - b\n  c: {d: 1}\n", (3, 3), "missing dash; write `- c:`"),
        ("a:\n  b: [w], c: w\n", (2, 9), "a comma separates keys only in {...}; write each key on its own line"),
        ("a:\n  - b: 8, c: w\n", (2, 9), "a comma separates keys only in {...}; write each key on its own line"),
        ("b: 8, c: w\n", (1, 5), "a comma separates keys only in {...}; write each key on its own line"),
        ("a: 1\nmodel\n  - b\nc: d\n", (2, 1), "missing colon after 'model'; write `model:`"),
        ('a: {b: "C:\\Users\\me"}\n', (1, 13), "write a path of Windows with / or in single quotes"),
    ],
)
def test_an_error_is_explained_at_its_cause(text, place, message):
    found = problem(text)
    assert (found.mark.line, found.mark.column) == place
    assert found.message.startswith("not YAML: ") and message in found.message


def test_columns_of_the_first_line_have_an_offset():
    assert problem("{a: [1", 0).mark.column + 10 == problem("{a: [1", 10).mark.column
    assert problem("b: 1\na: 'b", 0).mark.column == problem("b: 1\na: 'b", 10).mark.column


def test_an_escape_that_is_not_a_character_is_found():
    found = YamlSyntax(["a: 1", r'b: "\U0010FFFF \U00110000"'], "a.yaml", 0).escape_problem()
    assert (found.mark.line, found.mark.column, found.mark.end_column) == (2, 16, 26)
    assert r"\U00110000 is not a Unicode character" in found.message
