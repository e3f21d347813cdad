import pytest

from kpipe.errors import ArgumentError
from kpipe.train.stages.recipes.recipe import Recipe


class Steps(Recipe):
    count = 3

    def stages(self, context):
        return [{}, {}, {}]


@pytest.mark.parametrize(
    ("epochs", "expected", "has_own"),
    [(None, [7, 7, 7], False), (2, [2, 2, 2], True), ([1, 2, 3], [1, 2, 3], True)],
)
def test_the_epochs_of_its_stages(epochs, expected, has_own):
    recipe = Steps(epochs)
    assert recipe.stage_epochs(7) == expected
    assert recipe.has_epochs is has_own


@pytest.mark.parametrize("epochs", [0, [1, 2], [1, 0, 2], [1, True, 2], [1, 1.5, 2]])
def test_mistakes_in_epochs(epochs):
    with pytest.raises(ArgumentError) as caught:
        Steps(epochs)
    assert caught.value.argument == "epochs"


def test_an_empty_head():
    with pytest.raises(ArgumentError, match="at least 1 item"):
        Steps(head=[])


def test_it_has_no_reason_by_default():
    assert Steps().reason(None) is None
