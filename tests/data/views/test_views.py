import pytest

from kpipe.data import ViewContext, Views


def test_views_are_any_by_default():
    class Plain(Views):
        count = 1

        def views(self, image, context, sample):
            return [image]

    Plain().check(ViewContext("image", (2, 2, 1), "uint8"))
    assert Plain.mirrored is None


def test_the_class_is_abstract():
    with pytest.raises(TypeError, match="views"):
        Views()
