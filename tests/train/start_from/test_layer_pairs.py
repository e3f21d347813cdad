"""Pairs of layers of a saved model and of the model that receives its weights."""

import pytest
from golden import expect_messages

from kpipe.errors import Mark
from kpipe.model.names import LayerLabel
from kpipe.train.start_from.layer_pairs import layer_pairs
from kpipe.train.start_from.saved_layer import SavedLayer

MARK = Mark("a.yaml", 1, 1, 1, 2)


def layer(name, *shape, of=None):
    path = tuple(name.split("/"))
    class_name = of or ("dense" if "dense" in path[-1] else "conv2d")
    return SavedLayer(path, class_name, {"vars/0": shape or (3, 3)}, name)


def label(name, item=""):
    inside = name.removeprefix(f"{item}_")
    is_named = not inside.startswith(("conv2d", "dense", "block"))
    return LayerLabel(name, "model.0", MARK, item, is_named)


def pairs(saved, layers, *, items=(), rename=None, excluded=None, unselected=None, is_ordered=True):
    outer = [entry.path[0] for entry in layers]
    labels = {name: label(name, next((item for item in items if name.startswith(f"{item}_")), "")) for name in outer}
    paths = {entry.name: tuple((rename or {}).get(entry.name, entry.name).split("/")) for entry in saved}
    return layer_pairs(
        saved,
        layers,
        labels,
        paths=paths,
        excluded=excluded or {},
        unselected=unselected,
        is_ordered=is_ordered,
    )


def loaded(*args, **kwargs):
    return {name: source.name for name, source in pairs(*args, **kwargs).loaded.items()}


def test_named_layers_are_paired_by_name():
    assert loaded([layer("a"), layer("b")], [layer("new"), layer("b"), layer("a")]) == {"a": "a", "b": "b"}


def test_a_named_layer_of_another_shape_or_class_is_not_loaded():
    found = pairs([layer("a", 3, 3), layer("b"), layer("c")], [layer("a", 3, 4), layer("b", of="dense"), layer("d")])
    assert not found.loaded
    assert found.unused == ["a", "b", "c"]
    expect_messages(found.reasons.values())


def test_equal_sequences_are_paired_although_the_numbers_differ():
    saved = [layer("conv2d_7"), layer("dense_2"), layer("conv2d_8", 5)]
    layers = [layer("conv2d"), layer("dense"), layer("conv2d_1", 5)]
    assert loaded(saved, layers) == {"conv2d": "conv2d_7", "dense": "dense_2", "conv2d_1": "conv2d_8"}


@pytest.mark.parametrize(
    "layers",
    [
        [layer("conv2d"), layer("conv2d_1"), layer("conv2d_2"), layer("conv2d_3")],
        [layer("conv2d")],
        [layer("conv2d"), layer("conv2d_1", 4)],
        [layer("conv2d"), layer("dense", of="dense"), layer("conv2d_1")],
    ],
    ids=["two in front", "one missing", "another shape", "another class between"],
)
def test_numbered_layers_are_skipped_together_if_their_sequence_differs(layers):
    found = pairs([layer("conv2d"), layer("conv2d_1")], layers)
    assert not found.loaded
    assert [*found.reasons] == [entry.name for entry in layers]
    expect_messages(dict.fromkeys(found.reasons.values()))


def test_the_order_counts_across_classes_where_it_is_known():
    saved = [layer("conv2d"), layer("dense"), layer("conv2d_1")]
    layers = [layer("conv2d"), layer("conv2d_1"), layer("dense")]
    assert not loaded(saved, layers)
    assert len(loaded(saved, layers, is_ordered=False)) == 3


def test_each_named_item_is_compared_by_itself():
    saved = [layer("conv2d"), layer("body_conv2d"), layer("body_conv2d_1"), layer("head_dense")]
    layers = [layer("conv2d"), layer("conv2d_1"), layer("body_conv2d"), layer("body_conv2d_1"), layer("head_dense", 9)]
    assert loaded(saved, layers, items=("body", "head")) == {
        "body_conv2d": "body_conv2d",
        "body_conv2d_1": "body_conv2d_1",
    }


def test_the_longest_item_contains_a_saved_layer():
    saved = [layer("body_conv2d"), layer("body_2_conv2d")]
    layers = [layer("body_conv2d"), layer("body_2_conv2d")]
    assert len(loaded(saved, layers, items=("body_2", "body"))) == 2


def test_named_layers_in_blocks_without_a_name_are_numbered():
    saved = [layer("block_first"), layer("block_1_first"), layer("block_2_first")]
    assert len(loaded(saved, saved)) == 3
    assert not loaded(saved, [*saved, layer("block_3_first")])


def test_a_renamed_layer_has_a_name():
    saved = [layer("conv2d"), layer("conv2d_1")]
    assert loaded(saved, [layer("conv2d"), layer("stem")], rename={"conv2d": "stem", "conv2d_1": "conv2d"}) == {
        "conv2d": "conv2d_1",
        "stem": "conv2d",
    }


def test_excluded_layers_are_not_compared():
    saved = [layer("conv2d"), layer("dense")]
    layers = [layer("conv2d"), layer("dense", 7)]
    assert not loaded(saved, layers)
    assert loaded(saved, layers, excluded={"dense": "excluded"}) == {"conv2d": "conv2d"}


def test_layers_that_are_not_selected_are_compared():
    saved = [layer("conv2d"), layer("dense")]
    assert loaded(saved, saved, unselected={"dense": "not selected"}) == {"conv2d": "conv2d"}
    assert not loaded(saved, [layer("conv2d"), layer("dense", 7)], unselected={"dense": "not selected"})


def test_layers_inside_a_named_model_are_paired_by_their_paths():
    saved = [layer("net/first"), layer("net/conv2d_4"), layer("other/first")]
    layers = [layer("net/first"), layer("net/conv2d"), layer("head")]
    assert loaded(saved, layers) == {"net/first": "net/first", "net/conv2d": "net/conv2d_4"}
