"""What every ready-made list must do."""

import pytest

from kpipe.components import vocabulary
from kpipe.data.augment import lists
from kpipe.data.augment.lists.transform_list import TransformList


@pytest.mark.parametrize("name", lists.__all__)
def test_it_is_a_transform_with_documented_arguments(name):
    known = vocabulary().find("transform", name)
    assert (known.origin, issubclass(known.load(), TransformList)) == ("kpipe", True)
    assert all(entry.documentation for entry in known.arguments.values())
    assert known.summary


@pytest.mark.parametrize("name", lists.__all__)
def test_it_lists_known_transforms(name):
    made = vocabulary().find("transform", name).load()()
    for item in [*made.transforms(), *made.evaluation()]:
        of = item if isinstance(item, str) else next(iter(item))
        assert vocabulary().find("transform", of) is not None


def test_the_base_class_is_not_a_transform():
    assert vocabulary().find("transform", "TransformList") is None
