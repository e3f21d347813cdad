"""One layer of a saved model."""

import pytest

from kpipe.train.start_from.saved_layer import SavedLayer


@pytest.mark.parametrize(
    ("path", "block"),
    [
        (("conv2d",), ("",)),
        (("conv2d_12",), ("",)),
        (("stem_conv2d",), ("stem",)),
        (("net", "body_1_conv2d_2"), ("net", "body_1")),
        (("conv",), None),
        (("conv2dx",), None),
        (("stem",), None),
    ],
)
def test_an_automatic_name_is_numbered_in_its_block(path, block):
    assert SavedLayer(path, "conv2d", {}, "").block() == block


def test_the_text():
    layer = SavedLayer(("body", "out"), "dense", {"vars/0": (4, 2), "vars/1": (2,)}, "layers/dense")
    assert (layer.name, layer.arrays) == ("body/out", "dense [4, 2], [2]")
