"""The direction of a metric, by its name."""

import pytest

from kpipe.model.metric_direction import direction


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("val_sparse_top_k_categorical_accuracy", "max"),
        ("accuracy_loss", "min"),
        ("val_auc", "max"),
        ("sauce", None),
        ("f1_score_0", "max"),
        ("mean_io_u", "max"),
        ("r2_score", "max"),
        ("mean_absolute_percentage_error", "min"),
        ("cosine_similarity", "max"),
        ("poisson", None),
    ],
)
def test_the_direction_follows_from_the_name(name, expected):
    assert direction(name) == expected
