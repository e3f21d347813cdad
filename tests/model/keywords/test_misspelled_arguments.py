"""A misspelled argument of a keyword is one problem: nothing that follows from it is reported."""

import pytest

from kpipe.checks.checked_spec import checked
from kpipe.errors import SpecError
from kpipe.model.keywords import KEYWORDS
from kpipe.model.keywords.keyword import Keyword, KeywordArgument, described
from kpipe.spec.yaml_text.yaml_reader import read_text

FILE = "tests/model/keywords/test_misspelled_arguments.py"
#: For each keyword uses without problems, in each of which something else depends on every argument.
USES = {
    "Repeat": [
        "{name: b, times: 2, index: i, of: [{Dense: {units: =i + 1}}, {Add: {inputs: [previous, a]}}]}",
        "{name: b, each: {width: [1, 2]}, index: i, of: [{Dense: {units: =width + i}}, {Add: {inputs: [previous, a]}}]}",
    ],
    "Residual": [
        "{name: b, branch: [{Dense: {units: 64}}], survival: 0.8, mode: batch}",
        "{name: b, branch: [{Dense: {units: 64, inputs: a}}], shortcut: [{Dense: {units: 64}}]}",
        "{name: b, branch: [{Dense: {units: 9}}], projection: [{Dense: {units: 9}}], survival: 0.8}",
    ],
    "Branches": [
        "{name: b, inputs: a, of: {left: [{Dense: {units: 64}}], right: []}, merge: Add}",
        "{name: b, of: [[{Dense: {units: 64, inputs: a}}], []], merge: {Concatenate: {axis: -1}}}",
    ],
    "If": [
        "{name: b, when: =classes > 2, then: [{Dense: {units: 3, inputs: a}}], else: [{Dense: {units: 4, inputs: a}}]}"
    ],
    "Input": ["{name: image, shape: [8, 8, 1]}"],
}
#: A name of one letter has no suggestion.
SPECIAL = {"of": "off"}


def problems(folder, keyword, use):
    spec = folder / "spec.yaml"
    items = f"Flatten, {{Dense: {{units: 64, name: a}}}}, {{{keyword}: {use}}}, {{Dense: {{units: 9, inputs: b}}}}"
    if keyword == "Input":
        items = f"{{{keyword}: {use}}}, Flatten"
    spec.write_text(f"name: a\ndata: {{source: Digits}}\nmodel: [{items}, {{Dense: {{units: =classes}}}}]\n")
    try:
        checked(spec)
    except SpecError as error:
        return error.problems
    return []


def misspelled():
    for keyword, uses in USES.items():
        for use in uses:
            for key in read_text(use, "a.yaml").entries:
                for wrong in (SPECIAL.get(key, key[:-1]), f"{key}x"):
                    yield pytest.param(keyword, use, key, wrong, id=f"{keyword}-{uses.index(use)}-{wrong}")


def missing_uses(keywords):
    """Sentences about the arguments that no use contains."""
    for name, keyword in keywords.items():
        tried = {key for use in USES.get(name, ()) for key in read_text(use, "a").entries}
        missing = [key for key in keyword.arguments if key not in tried]
        if name not in USES:
            yield f"add a use of `{name}` to USES in {FILE}"
        elif missing:
            yield f"add {', '.join(f'`{key}`' for key in missing)} to a use of `{name}` in USES in {FILE}"


def test_every_argument_of_every_keyword_is_tried():
    assert not [*missing_uses(KEYWORDS)], "; ".join(missing_uses(KEYWORDS))
    assert USES.keys() == KEYWORDS.keys()


def test_a_keyword_or_an_argument_without_a_use_is_reported():
    class Tap(Keyword):
        """A new keyword."""

        summary = "a new keyword"

    class Input(Keyword):
        """A keyword with new arguments."""

        summary = "a keyword with new arguments"
        arguments = described(KeywordArgument("shape"), KeywordArgument("rate"), KeywordArgument("of"))

    assert [*missing_uses({"Tap": Tap(), "Input": Input()})] == [
        f"add a use of `Tap` to USES in {FILE}",
        f"add `rate`, `of` to a use of `Input` in USES in {FILE}",
    ]


@pytest.mark.parametrize(("keyword", "use"), [(keyword, use) for keyword, uses in USES.items() for use in uses])
def test_the_uses_have_no_problems(tmp_path, keyword, use):
    assert problems(tmp_path, keyword, use) == []


@pytest.mark.parametrize(("keyword", "use", "key", "wrong"), [*misspelled()])
def test_a_misspelled_argument_is_the_only_problem(tmp_path, keyword, use, key, wrong):
    # The first is the argument itself, not one inside its items.
    [problem] = problems(tmp_path, keyword, use.replace(f"{key}: ", f"{wrong}: ", 1))
    assert problem.message.startswith(f"{keyword} has no argument {wrong!r}")
    assert problem.suggestion == key
    assert problem.path.endswith(f"{keyword}.{wrong}")


@pytest.mark.parametrize(
    ("use", "unknown"),
    [
        ("{name: b, times: 2, counter: i, of: [{Dense: {units: =i + 1}}]}", ["'counter'"]),
        ("{name: b, index: i, times: 2, over: {width: [1]}, of: [{Dense: {units: =width + i}}]}", ["'over'"]),
        ("{name: b, indx: i, time: 2, of: [{Dense: {units: =i + 1}}]}", ["'indx'", "'time'"]),
        ("{name: b, index: i, time: 2, off: [{Dense: {units: =i + 1}}]}", ["'off'", "'time'"]),
    ],
)
def test_names_that_unknown_arguments_probably_introduce_are_known(tmp_path, use, unknown):
    found = problems(tmp_path, "Repeat", use)
    assert sorted(problem.message.partition("no argument ")[2].partition(";")[0] for problem in found) == unknown


def test_other_unknown_names_are_still_reported(tmp_path):
    found = problems(tmp_path, "Repeat", "{name: b, times: 2, indx: i, of: [{Dense: {units: =j + i}}]}")
    assert [problem.path for problem in found] == ["model.2.Repeat.indx", "model.2.Repeat.of.0.Dense.units"]
    found = problems(tmp_path, "Repeat", "{name: b, tims: 2, index: i, of: [{Dense: {units: =j + i}}]}")
    assert [problem.path for problem in found] == ["model.2.Repeat.tims", "model.2.Repeat.of.0.Dense.units"]


@pytest.mark.parametrize("user", ["Dense", "Conv2D", "block", *KEYWORDS])
def test_a_misspelled_share_requires_no_other_argument(tmp_path, user):
    spec = tmp_path / "spec.yaml"
    blocks = "blocks: {block: {params: [width], layers: [{Dense: {units: =width}}]}}\n"
    used = "{block: {width: 3}}"
    items = (
        f"Flatten, {used}, {{Dense: {{units: 64, name: a}}}}, {{{user}: {{shar: a}}}}, {{Dense: {{units: =classes}}}}"
    )
    spec.write_text(f"name: a\ndata: {{source: Digits}}\n{blocks}model: [{items}]\n")
    with pytest.raises(SpecError) as caught:
        checked(spec)
    [problem] = caught.value.problems
    assert (problem.path, problem.suggestion) == (f"model.3.{user}.shar", "share")
    assert problem.message.partition(";")[0].endswith(f"{user} has no argument 'shar'")


def test_a_misspelled_inputs_does_not_replace_required_arguments(tmp_path):
    spec = tmp_path / "spec.yaml"
    spec.write_text("name: a\ndata: {source: Digits}\nmodel: [Flatten, {Dense: {inputz: a}}]\n")
    with pytest.raises(SpecError) as caught:
        checked(spec)
    assert {problem.path: problem.message.partition(";")[0] for problem in caught.value.problems} == {
        "model.1": "Dense requires units",
        "model.1.Dense.inputz": "Dense has no argument 'inputz'",
    }
