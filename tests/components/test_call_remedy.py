import pytest

from kpipe.components.call_remedy import call_remedy
from kpipe.components.registry.registry import vocabulary


@pytest.mark.parametrize(
    ("kind", "text", "remedy"),
    [
        ("layer", "Dropout(0.2)", "write Dropout: {rate: 0.2}"),
        ("layer", "Dropot(0.2)", "write Dropout: {rate: 0.2}"),
        (
            "layer",
            "nn.Conv2D(8, (3, 3), activation='relu')",
            "write Conv2D: {filters: 8, kernel_size: [3, 3], activation: relu}",
        ),
        ("optimizer", "Adam(lr=0.001)", "write Adam: {learning_rate: 0.001}"),
        ("callback", "CosineSchedule(warmup=3)", "write CosineSchedule: {warmup_epochs: 3}"),
        ("layer", "Unheard(3)", "write Unheard: {...: 3}"),
        ("layer", "Dropout", None),
    ],
)
def test_the_arguments_have_the_names_of_the_class(kind, text, remedy):
    assert call_remedy(kind, text, vocabulary().names(kind)) == remedy
