"""Matrices are orthonormal, and those of an independent QR decomposition."""

import numpy as np
import pytest

from kpipe.train.initialize.orthonormal import orthonormal


@pytest.mark.parametrize(("count", "rows", "columns"), [(1, 6, 4), (1, 4, 6), (3, 5, 5), (4, 9, 1), (2, 1, 1)])
def test_the_fewer_of_rows_and_columns_are_orthonormal(count, rows, columns):
    found = orthonormal(count, rows, columns, np.random.default_rng(1))
    assert (found.shape, found.dtype) == ((count, rows, columns), np.float32)
    for matrix in found.astype(np.float64):
        product = matrix.T @ matrix if rows >= columns else matrix @ matrix.T
        np.testing.assert_allclose(product, np.eye(min(rows, columns)), atol=1e-6)


def test_it_is_the_gram_schmidt_basis_of_the_normal_numbers():
    found = orthonormal(1, 5, 3, np.random.default_rng(2))[0]
    normal = np.random.default_rng(2).standard_normal((5, 3), dtype=np.float32).astype(np.float64)
    basis = []
    for column in normal.T:
        rest = column - sum((column @ other) * other for other in basis)
        basis.append(rest / np.linalg.norm(rest))
    np.testing.assert_allclose(found, np.array(basis).T, atol=1e-6)
