import pytest

from kpipe.train.averaging.averaged_title import averaged_title


@pytest.mark.parametrize(
    ("component", "expected"),
    [
        ("Flip", "test, Flip"),
        ({"Draws": {"count": 8}}, "test, Draws: {count: 8}"),
        ({"Any": {"scales": [1, 2], "more": {"a": None}}}, "test, Any: {scales: [1, 2], more: {a: None}}"),
    ],
)
def test_the_component_is_that_of_the_command_line(component, expected):
    assert averaged_title("test", {"tta": component}) == expected


def test_masks_are_counted():
    assert averaged_title("test", {"samples": 20, "seed": 0}) == "test, 20 masks"
    assert averaged_title("train", {"tta": "Flip", "samples": 2, "seed": 0}) == "train, Flip, 2 masks"
