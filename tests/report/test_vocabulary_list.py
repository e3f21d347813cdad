import re

import pytest
from golden import raises

from kpipe.components import vocabulary
from kpipe.components.inspection.kinds import KINDS
from kpipe.components.tensor_formula import FUNCTIONS, REDUCTIONS
from kpipe.errors import SpecError
from kpipe.report.vocabulary_list import vocabulary_list


def lines(kind=None, name=None):
    return vocabulary_list(vocabulary(), kind, name).splitlines()


def test_the_kinds_with_how_many_there_are_and_whose():
    rows = [line.split() for line in lines()]
    assert len(rows) == len(KINDS) + 2
    assert rows[0] == ["layers", str(len(vocabulary().names("layer"))), "keras,", "kpipe"]
    assert ["losses", str(len(vocabulary().names("loss"))), "keras"] in rows


@pytest.mark.parametrize("kind", list(KINDS))
def test_every_component_of_a_kind_has_a_line(kind):
    rows = lines(kind)
    found = [row.split()[0] for row in rows]
    assert list(dict.fromkeys(found)) == vocabulary().names(kind)
    # One that hides a class of Keras' has a line beside it.
    hiding = [name for name in set(found) if vocabulary().find(kind, f"keras.{name}") is not None]
    hiding = [name for name in hiding if vocabulary().find(kind, name).origin != "keras"]
    assert sorted(name for name in set(found) if found.count(name) == 2) == sorted(hiding)
    assert len(found) == len(set(found)) + len(hiding)
    assert all(row.split()[1] in ("keras", "kpipe", "albumentations") for row in rows)


def test_a_formula_lists_its_functions():
    words = set(re.findall(r"\w+", " ".join(lines("layers", "Formula"))))
    assert words >= {*FUNCTIONS, *REDUCTIONS}


def test_keywords_and_shipped_specs():
    assert re.split(r"  +", lines("words")[0])[:3] == ["Repeat", "a loop over items", "times, each, index, of"]
    assert any(line.startswith("kpipe:iris ") and "table" in line for line in lines("specs"))


def test_the_arguments_of_one_component():
    text = lines("layers", "Conv2D")
    assert text[0] == "Conv2D (keras, keras.layers.Conv2D)"
    assert "filters: an integer, at least 1; required" in text
    assert "use_bias: true or false; default true" in text
    assert "    bool, if `True`, bias will be added to the output." in text
    assert text[-1] == "inputs, share: accepted by every item under `model`"


@pytest.mark.parametrize(
    ("kind", "name"),
    [
        ("layerz", None),
        ("layers", "Conv2d"),
        ("layers", "Lambda"),
        ("Dense", None),
        ("Residual", None),
    ],
)
def test_what_is_not_there(kind, name):
    with raises(SpecError):
        lines(kind, name)


@pytest.mark.parametrize("kind", list(KINDS))
def test_every_component_can_be_looked_up(kind):
    for name in vocabulary().names(kind):
        assert lines(kind, name)[0].startswith(f"{name} (")


def test_one_keyword_and_one_spec():
    assert [line.split()[0] for line in lines("words", "Repeat")] == ["Repeat"]
    assert [line.split()[0] for line in lines("specs", "kpipe:iris")] == ["kpipe:iris"]
    with raises(SpecError):
        lines("specs", "digit")
