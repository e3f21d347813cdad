import pytest

from kpipe.checks.checked_spec import checked
from kpipe.model.flat_items import FlatItems

BLOCKS = {
    "conv": {
        "params": ["filters", {"kernel": 3}],
        "layers": [{"Conv2D": {"filters": "=filters", "kernel_size": "=kernel"}}, "ReLU"],
    },
    "down": {
        "params": ["n"],
        "layers": [{"If": {"when": "=n > 0", "then": ["MaxPooling2D", {"down": {"n": "=n - 1"}}]}}],
    },
    "squeeze": {"layers": [{"Conv2D": {"filters": "=channels // 2", "kernel_size": 1}}]},
    "wide": {"params": ["units"], "layers": [{"Dense": {"units": "=units * width"}}]},
}


def flat(*items, **variables):
    spec = {"name": "a", "data": {"source": "Digits"}, "vars": variables, "model": list(items)}
    used = {name: block for name, block in BLOCKS.items() if f"'{name}'" in str((items, BLOCKS["down"]))}
    return FlatItems(checked({**spec, "blocks": used} if used else spec))


def plain(*items, **variables):
    return [item.plain() for item in flat(*items, **variables).items]


CONV = {"Conv2D": {"filters": 4, "kernel_size": 3}}


@pytest.mark.parametrize(
    ("items", "variables", "expected"),
    [
        ([{"conv": {"filters": "=width"}}], {"width": 4}, [CONV, "ReLU"]),
        ([{"Repeat": {"times": "=n", "of": ["ReLU"]}}], {"n": 3}, ["ReLU"] * 3),
        (
            [{"Repeat": {"each": {"k": [1, 3]}, "index": "i", "of": [{"Dense": {"units": "=k + i"}}]}}],
            {},
            [{"Dense": {"units": 1}}, {"Dense": {"units": 4}}],
        ),
        ([{"If": {"when": "=n > 2", "then": ["ReLU"], "else": ["ELU"]}}, "Flatten"], {"n": 1}, ["ELU", "Flatten"]),
        ([{"If": {"when": "=n > 2", "then": ["ReLU"]}}, "Flatten"], {"n": 1}, ["Flatten"]),
        ([{"down": {"n": "=n"}}], {"n": 2}, ["MaxPooling2D"] * 2),
        (["=norm"], {"norm": {"Dense": {"units": "=n"}}, "n": 3}, [{"Dense": {"units": 3}}]),
        ([{"Residual": {"branch": [{"conv": {"filters": 4}}]}}], {}, [{"Residual": {"branch": [CONV, "ReLU"]}}]),
        (
            [{"Branches": {"merge": "Add", "of": {"a": [{"conv": {"filters": "=n"}}], "b": []}}}],
            {"n": 4},
            [{"Branches": {"merge": "Add", "of": {"a": [CONV, "ReLU"], "b": []}}}],
        ),
        ([{"Dense": {"units": "=classes"}}], {}, [{"Dense": {"units": "=classes"}}]),
    ],
)  # fmt: skip
def test_items_are_written_out(items, variables, expected):
    assert plain(*items, **variables) == expected


def test_values_inside_an_expression_that_depends_on_the_data_remain():
    first, second = (plain({"Dense": {"units": "=classes * width"}}, width=width) for width in (2, 3))
    assert first == [{"Dense": {"units": "=classes * width\n# width = 2"}}]
    assert second != first


def test_what_depends_on_its_place_or_the_data_remains():
    blocks = flat({"squeeze": {}}, {"conv": {"filters": 4, "name": "stem"}}, "ReLU")
    assert [item.plain() for item in blocks.items] == [
        {"squeeze": {}},
        {"conv": {"filters": 4, "name": "stem", "kernel": 3}},
        "ReLU",
    ]
    assert sorted(blocks.blocks) == ["conv", "squeeze"]
    undecided = flat({"If": {"when": "=classes > 2", "then": [{"conv": {"filters": 4}}], "else": [{"down": {"n": 1}}]}})
    assert undecided.items[0].plain()["If"]["then"] == [{"conv": {"filters": 4, "kernel": 3}}]
    assert sorted(undecided.blocks) == ["conv", "down"]


def test_a_remaining_block_contains_the_values_of_variables():
    texts = [str(flat({"wide": {"units": "=classes"}}, width=width).blocks["wide"].plain()) for width in (2, 3)]
    assert "# width = 2" in texts[0]
    assert texts[0] != texts[1]
