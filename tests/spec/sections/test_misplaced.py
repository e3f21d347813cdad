import pytest

from kpipe.spec.sections.misplaced import misplaced


@pytest.mark.parametrize(
    ("key", "path", "remedy"),
    [
        (
            "learning_rate",
            "train.learning_rate",
            "it is an argument of the optimizer; write optimizer: {Adam: {learning_rate: ...}} under train",
        ),
        (
            "momentum",
            "momentum",
            "it is an argument of the optimizer; write optimizer: {SGD: {momentum: ...}} under train",
        ),
        ("epochs", "data.epochs", "it belongs to train; write train.epochs"),
        (
            "every_minutes",
            "train.every_minutes",
            "it belongs to train.checkpoint; write train.checkpoint.every_minutes",
        ),
        ("prepare", "prepare", "it belongs to data; write data.prepare"),
        ("unheard", "train.unheard", None),
    ],
)
def test_where_a_key_belongs(key, path, remedy):
    assert misplaced(key, path) == remedy
