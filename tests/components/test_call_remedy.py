import pytest

from kpipe.components.call_remedy import call_remedy
from kpipe.components.registry.registry import vocabulary
from kpipe.spec.yaml_text.yaml_reader import read_text


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
        ("regularizer", "l2(0.01)", "write L2: {l2: 0.01}"),
        ("regularizer", "keras.regularizers.L2(0.1)", "write L2: {l2: 0.1}"),
        ("source", "sklearn.datasets.load_iris()", "write Iris"),
        ("source", "load_iris(return_X_y=True)", "write Iris"),
        ("layer", "Unheard(3)", None),
        ("layer", "Dropout", None),
    ],
)
def test_the_arguments_have_the_names_of_the_class(kind, text, remedy):
    assert call_remedy(kind, text, vocabulary().names(kind)) == remedy


@pytest.mark.parametrize(
    ("text", "remedy"),
    [("SGD(0.1)", "{SGD: {learning_rate: 0.1}}"), ("SGD(lr=0.1)", "{SGD: {learning_rate: 0.1}}"), ("Adam()", "Adam")],
)
def test_a_remedy_for_the_value_of_a_key_is_valid_yaml(text, remedy):
    found = call_remedy("optimizer", text, vocabulary().names("optimizer"), is_value=True)
    assert found == f"write {remedy}"
    read_text(f"optimizer: {remedy}\n", "a.yaml")
