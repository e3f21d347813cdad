from kpipe.data.dataset import Input
from kpipe.data.mix.image_size import image_size


def image(*shape):
    return Input("image", "image", shape, "float32")


def test_only_images_of_one_size_have_a_size():
    assert image_size({"a": image(8, 6, 1), "b": image(8, 6, 3)}) == (8, 6)
    assert image_size({"a": image(8, 6, 1), "b": image(6, 8, 1)}) is None
    assert image_size({"a": image(8, 6, 1), "b": Input("b", "table", (3,), "float32")}) is None
    assert image_size({"x": Input("x", "array", (8, 6, 2), "float32")}) == (8, 6)
    assert image_size({"a": image(None, None, 1)}) is None
