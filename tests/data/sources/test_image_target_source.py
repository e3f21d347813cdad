from pathlib import Path

import numpy as np
import pytest
from golden import raises
from PIL import Image

from kpipe.data.sources.image_target_source import ImageTargetSource
from kpipe.data.sources.source import OpenContext
from kpipe.errors import ArgumentError


class Same(ImageTargetSource):
    """The same files for all inputs and targets."""

    def __init__(self, files, inputs=("image",), masks=("mask",), size=None, classes=None):
        self.files = files
        super().__init__(dict.fromkeys(inputs), dict.fromkeys(masks), None, size, ["train"], classes, "auto")

    def find(self, part):
        return {name: (Path(), self.files) for name in (*self.inputs, *self.masks)}


def test_a_subclass_only_finds_the_files(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    masks = [np.array([[0, 4], [4, 9]], np.uint8), np.array([[9, 9], [0, 0]], np.uint8)]
    for index, mask in enumerate(masks):
        Image.fromarray(mask).save(f"{index}.png")
    source = Same(["0.png", "1.png"], inputs=("a", "b"))
    assert source.input_names() == ("a", "b")
    dataset = source.open(OpenContext(lambda line: None, 0, Path("cache")))
    np.testing.assert_array_equal(dataset.read(np.array([1]))["b"][0, ..., 0], masks[1])
    np.testing.assert_array_equal(dataset.labels["mask"][0], [[0, 1], [1, 2]])
    assert source.argument("train", "mask") == "masks"
    assert source.argument("test", "mask") == "test"


@pytest.mark.parametrize(
    "arguments", [{"inputs": ()}, {"masks": ()}, {"masks": ("image",)}, {"size": [3]}, {"classes": ["a", "a"]}]
)
def test_arguments_that_do_not_fit_are_refused(arguments):
    with raises(ArgumentError):
        Same([], **arguments)
