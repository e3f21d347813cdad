"""Kernels consist of orthonormal matrices, as NumPy finds them by the definition of each layer."""

import numpy as np
import pytest

from kpipe.train.initialize.kernel_form import KernelForm


def drawn(form, shape):
    return form.orthonormal(shape, np.random.default_rng(0)).astype(np.float64)


def expect_orthonormal(matrix):
    rows, columns = matrix.shape
    product = matrix.T @ matrix if rows >= columns else matrix @ matrix.T
    np.testing.assert_allclose(product, np.eye(min(rows, columns)), atol=1e-6)


def test_dense():
    form = KernelForm.dense((5, 3))
    assert form.sizes == (1, 5, 3)
    expect_orthonormal(drawn(form, (5, 3)))


def test_a_convolution_is_a_matrix_of_patches_and_filters():
    form = KernelForm.dense((3, 3, 2, 8))
    expect_orthonormal(drawn(form, (3, 3, 2, 8)).reshape(18, 8))


def test_each_group_has_a_matrix():
    kernel = drawn(KernelForm.grouped((3, 2, 8), 4), (3, 2, 8))
    for group in range(4):
        expect_orthonormal(kernel[..., 2 * group : 2 * group + 2].reshape(6, 2))


def test_a_transposed_convolution_maps_channels_to_patches():
    kernel = drawn(KernelForm.transposed((3, 3, 4, 2)), (3, 3, 4, 2))
    expect_orthonormal(kernel.reshape(36, 2).T)


def test_each_channel_of_a_depthwise_convolution_has_a_matrix():
    kernel = drawn(KernelForm.depthwise((3, 3, 4, 2)), (3, 3, 4, 2))
    for channel in range(4):
        expect_orthonormal(kernel[:, :, channel].reshape(9, 2))


@pytest.mark.parametrize(
    ("equation", "shape", "sizes"),
    [
        ("abc,cd->abd", (4, 3), (1, 4, 3)),
        ("abc,cde->abde", (6, 2, 3), (1, 6, 6)),
        ("abcd,cde->abe", (2, 3, 4), (1, 6, 4)),
        ("...x,xy->...y", (4, 3), (1, 4, 3)),
        ("abc, bcd -> abd", (5, 4, 3), (5, 4, 3)),
        ("abc,dc->abd", (3, 4), (1, 4, 3)),
    ],
)
def test_einsum(equation, shape, sizes):
    form = KernelForm.einsum(shape, equation)
    assert form.sizes == sizes
    kernel = drawn(form, shape)
    if equation == "abc,dc->abd":
        expect_orthonormal(kernel.T)
    elif sizes[0] == 1:
        expect_orthonormal(kernel.reshape(sizes[1:]))
    else:
        for matrix in kernel:
            expect_orthonormal(matrix)
