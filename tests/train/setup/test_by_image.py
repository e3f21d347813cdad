"""Lists and mappings of transforms for the images of a dataset."""

import numpy as np
import pytest
from golden import raises

from kpipe.data.sources.array_dataset import ArrayDataset
from kpipe.errors import Mark, SpecError
from kpipe.spec.python_value import from_python
from kpipe.train.setup.by_image import by_image


def found(value, *names):
    arrays = {
        "image": np.zeros((2, 8, 8, 3), np.uint8),
        "depth": np.zeros((2, 8, 8, 1), np.uint8),
        "x": np.ones((2, 3)),
    }
    dataset = ArrayDataset({name: {"train": arrays[name]} for name in names}, {}, {}, rename=False)
    node = from_python(value, Mark("augment", 1, 1, 1, 1), "augment")
    return {name: node.plain() for name, node in by_image(node, "data.augment", dataset).items()}


def test_a_list_is_that_of_all_images_and_a_mapping_that_of_its_keys():
    assert found(["D4"], "image", "depth", "x") == {"image": ["D4"], "depth": ["D4"]}
    assert found(["D4"], "x") == {"x": ["D4"]}
    assert found([], "image", "x") == {"image": [], "x": []}
    assert found({"depth": ["D4"]}, "image", "depth") == {"depth": ["D4"]}


@pytest.mark.parametrize("value", [["D4"], {"missing": ["D4"]}])
def test_lists_without_images_and_unknown_inputs_are_refused(value):
    arrays = {"a": {"train": np.ones((2, 3))}, "b": {"train": np.ones((2, 3))}}
    node = from_python(value, Mark("augment", 1, 1, 1, 1), "augment")
    with raises(SpecError):
        by_image(node, "data.augment", ArrayDataset(arrays, {}, {}))
