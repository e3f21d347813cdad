import pytest
from golden import expect_messages

from kpipe.errors import SpecError
from kpipe.spec.reader import read

REST = "vars: {width: 8, tag: a-b, folds: [1, 2]}\ndata: {source: Digits}\nmodel: [ReLU]\n"


def spec_of(folder, head, overrides=()):
    (folder / "a.yaml").write_text(f"{head}\n{REST}")
    return read(folder / "a.yaml", overrides)


@pytest.mark.parametrize(
    ("head", "expected"),
    [
        ("name: =tag\nseed: =width", ("a-b", 8)),
        ("name: =tag + str(width)\nseed: =width ** 2 + folds[1]", ("a-b8", 66)),
        ("name: 8x", ("8x", 0)),
    ],
)
def test_expressions_over_variables(tmp_path, head, expected):
    spec = spec_of(tmp_path, head)
    assert (spec.name, spec.seed) == expected
    (tmp_path / "again.yaml").write_text(spec.dump())
    again = read(tmp_path / "again.yaml")
    assert (again.name, again.seed, again.dump()) == (*expected, spec.dump())


def test_overrides_change_name_and_seed(tmp_path):
    spec = spec_of(tmp_path, "name: ='w' + str(width)\nseed: =width", ["vars.width=16", "seed==width + 1"])
    assert (spec.name, spec.seed) == ("w16", 17)


@pytest.mark.parametrize(
    "head",
    [
        "name: a/b\nseed: -1",
        "name: 3\nseed: '3'",
        "name: =width\nseed: =width / 2",
        "name: =folds\nseed: =classes",
        "name: =widht\nseed: 4294967296",
        "name: true\nseed: 017",
        "name: [a]\nseed: true",
        "name: ==tag\nseed: ==width",
    ],
)
def test_invalid_values(tmp_path, head):
    with pytest.raises(SpecError) as caught:
        spec_of(tmp_path, head)
    expect_messages(map(str, caught.value.problems), 2)
