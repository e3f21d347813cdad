import pytest

from kpipe.components.quiet_import import import_keras
from kpipe.errors import Mark
from kpipe.model.names import LayerLabel, LayerNames, is_in_item, name_in_spec, snake_case

keras = import_keras()


@pytest.mark.parametrize(
    "name", ["Conv2D", "ReLU", "GlobalAveragePooling2D", "LSTM", "PReLU", "BatchNormalization", "GRUCell"]
)
def test_names_are_those_of_keras(name):
    assert snake_case(name) == keras.src.utils.naming.to_snake_case(name)


def test_names_are_unique_even_where_a_suffix_is_taken():
    names = LayerNames()
    assert [names.unique(p) for p in [("a",), ("a_1",), ("a",), ("a",), ("b", "c"), ("b_c",)]] == [
        "a",
        "a_1",
        "a_2",
        "a_3",
        "b_c",
        "b_c_1",
    ]


def test_a_layer_has_the_name_of_its_spec():
    labels = {"block_conv2d_1": LayerLabel("stem/conv2d", "model.0", Mark("spec.yaml", 1, 1, 1, 2))}
    names = ("block_conv2d_1", "block_conv2d_1/cell", "other", "other/cell")
    assert [name_in_spec(name, labels) for name in names] == ["stem/conv2d", "stem/conv2d/cell", "other", "other/cell"]


def test_an_item_contains_the_layers_inside_of_it():
    mark = Mark("spec.yaml", 1, 1, 1, 2)
    labels = {
        "body_block_conv2d": LayerLabel("body/conv2d", "model.0", mark),
        "block_conv2d": LayerLabel("conv2d", "model.1", mark),
        "block_1_first": LayerLabel("first", "model.2", mark, has_name=True),
        "network": LayerLabel("network", "model.3", mark, has_name=True),
    }
    names = [*labels, "network/block_1/conv"]
    inside = {
        item: [name for name in names if is_in_item(name, item, labels)]
        for item in ("body", "body/conv2d", "conv2d", "block_conv2d", "first", "network", "network/block_1", "net")
    }
    assert inside == {
        "body": ["body_block_conv2d"],
        "body/conv2d": [],
        "conv2d": [],
        "block_conv2d": ["block_conv2d"],
        "first": ["block_1_first"],
        "network": ["network", "network/block_1/conv"],
        "network/block_1": ["network/block_1/conv"],
        "net": [],
    }
