"""Which names stay in a folder on every system, and which may be one file."""

import itertools

import pytest

from kpipe.components.output_path import OutputPath


@pytest.mark.parametrize(
    "text", ["a.csv", "logs/a.csv", "./logs/", "a b/c.d.e", "..a", "a..b/c", "{epoch}", "été.csv", "-", "a~", "console"]
)
def test_names_that_stay_inside(text):
    assert OutputPath(text).fault() is None


OUTSIDE = ["", ".", "./", "/", "/a", "//a", "..", "../a", "a/..", "a/../b", "./../a", "~", "~/a", "~root/a"]
WINDOWS = [
    "a\\b",
    "..\\a",
    "C:a",
    "C:\\a",
    "C:/a",
    "\\\\server\\share",
    "a:b",
    "con",
    "NUL.csv",
    "a/Com1",
    "a ",
    "a.",
    "a./b",
]
OTHERS = ["file:///a", "gs://bucket/a", "a\0b", "a\nb", " a", "a*", 'a"', "a|b", "a\u202eb", "a\ud800", "a" * 256]


@pytest.mark.parametrize("text", [*OUTSIDE, *WINDOWS, *OTHERS])
@pytest.mark.parametrize("is_template", [False, True])
def test_names_that_may_lead_elsewhere(text, is_template):
    assert OutputPath(text, is_template).fault()


@pytest.mark.parametrize(
    "text",
    ["{epoch}.keras", "{epoch:02d}-{val_loss:.2f}.keras", "{batch:06d}/{epoch}", "{{a}}-{val_top-5 accuracy:.3e}", "a"],
)
def test_templates_that_give_names(text):
    assert OutputPath(text, True).fault() is None


NO_NUMBERS = ["{epoch", "epoch}", "{}", "{0}", "{epoch.__class__}", "{epoch[0]}", "{epoch!r}", "{a/b}", "{epoch:s}"]
FORMATS = ["{epoch:/>5}", "{epoch:.>3}", "{epoch:c}", "{epoch:{batch}}", "{epoch:9999999d}", "{loss:.999f}"]


@pytest.mark.parametrize("text", [*NO_NUMBERS, *FORMATS, "{epoch}/../../a", "/{epoch}", "{epoch}:a", "{epoch}."])
def test_templates_whose_fields_may_be_a_part_of_a_path(text):
    assert OutputPath(text, True).fault()


@pytest.mark.parametrize(("field", "values"), [("{epoch:02d}", range(60)), ("{loss:.1e}", [0.0, -2e-9, 1e300])])
def test_a_template_meets_every_name_that_it_gives(field, values):
    for value in [*values, *([] if "epoch" in field else [float("nan"), float("-inf")])]:
        name = f"a/{field}.keras".format(epoch=value, loss=value)
        assert OutputPath(f"a/{field}.keras", True).meets(OutputPath(name)), name


TOGETHER = [
    ("a", "a", True),
    ("a", "./A/", True),
    ("a", "b", False),
    ("a", "a/b", True),
    ("a/b/c", "a/b", True),
    ("a/b", "a/c", False),
    ("ab", "a/b", False),
    ("caf\u00e9", "cafe\u0301", True),
    ("stra\u00dfe", "STRASSE", True),
    ("{epoch}", "{epoch:02d}", True),
    ("{epoch}.keras", "best.keras", False),
    ("{epoch}.keras", "10.keras", True),
    ("{epoch}.keras", "1.0.keras", False),
    ("{loss}.keras", "1.0.keras", True),
    ("{loss:.2f}.keras", "model.keras", False),
    ("a-{epoch}", "b-{epoch}", False),
    ("{epoch}{batch}", "1", False),
    ("{epoch}{batch}", "12", True),
    ("{epoch}/a", "3", True),
    ("{epoch}-{loss}", "{batch}-{epoch}", True),
]


@pytest.mark.parametrize(("first", "second", "meet"), TOGETHER)
def test_what_may_be_one_file(first, second, meet):
    paths = [OutputPath(text, "{" in text) for text in (first, second)]
    for one, other in itertools.permutations(paths):
        assert one.meets(other) == meet
