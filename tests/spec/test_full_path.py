import pytest

from kpipe.spec.full_path import full_path


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("epochs", "train.epochs"),
        ("batch-size", "data.batch_size"),
        ("callbacks", "train.callbacks"),
        ("regularize.l2", "train.regularize.l2"),
        ("lr", "train.optimizer.learning_rate"),
        ("train.momentum", "train.optimizer.momentum"),
        ("train.epochs", None),
        ("model.0.units", None),
        ("seed", None),
        ("extends", None),
        ("epoch", None),
        ("", None),
    ],
)
def test_the_section_is_added(path, expected):
    assert full_path(path) == expected
