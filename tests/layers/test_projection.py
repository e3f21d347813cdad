import pytest
from golden import raises

from kpipe.components.quiet_import import import_keras
from kpipe.layers.projection import default_projection, same_shape

keras = import_keras()


@pytest.mark.parametrize(
    ("entering", "branch", "strides", "kind"),
    [
        ((8, 8, 3), (8, 8, 5), (1, 1), "Conv2D"),
        ((8, 8, 3), (4, 4, 5), (2, 2), "Conv2D"),
        ((9, 7, 3), (5, 4, 5), (2, 2), "Conv2D"),
        ((10, 10, 3), (4, 4, 3), (3, 3), "Conv2D"),
        ((12, 3), (4, 5), (3,), "Conv1D"),
        ((4, 8, 8, 2), (4, 4, 4, 2), (1, 2, 2), "Conv3D"),
        ((7,), (3,), None, "Dense"),
    ],
)
def test_the_projection_has_the_shape_of_the_branch(entering, branch, strides, kind):
    tensor, target = keras.Input(entering), keras.Input(branch)
    layer = default_projection(tensor, target, "p")
    assert type(layer).__name__ == kind
    assert layer.name == "p"
    assert not layer.use_bias
    assert strides is None or layer.strides == strides
    assert layer(tensor).shape == target.shape


@pytest.mark.parametrize(("entering", "branch"), [((8, 8, 3), (6, 6, 3)), ((8, 8, 3), (4,)), ((4, 4, 3), (8, 8, 3))])
def test_where_no_stride_fits_both_shapes_are_reported(entering, branch):
    with raises(ValueError):
        default_projection(keras.Input(entering), keras.Input(branch), "p")


def test_unknown_sizes_equal_any():
    assert same_shape(keras.Input((None, 3)), keras.Input((5, 3)))
    assert not same_shape(keras.Input((4, 3)), keras.Input((5, 3)))
    assert not same_shape(keras.Input((3,)), keras.Input((3, 1)))
