"""Random orthonormal matrices."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt


def orthonormal(count: int, rows: int, columns: int, generator: np.random.Generator) -> npt.NDArray[np.float32]:
    """Return random matrices whose rows or columns, whichever are fewer, are orthonormal.

    Q of the QR decomposition of a matrix of standard normal numbers with at least as many rows as columns, its columns
    multiplied by the signs of the diagonal of R; transposed if there are fewer rows than columns. Saxe, McClelland and
    Ganguli, "Exact solutions to the nonlinear dynamics of learning in deep linear neural networks", ICLR 2014.

    Args:
        count: the number of matrices, at least 1.
        rows: the number of rows, at least 1.
        columns: the number of columns, at least 1.
        generator: draws the normal numbers.

    Returns:
        float32 of shape (count, rows, columns).

    Example:
        >>> matrix = orthonormal(1, 2, 3, np.random.default_rng(0))[0]
        >>> bool(np.allclose(matrix @ matrix.T, np.eye(2), atol=1e-6))
        True
    """
    shape = count, max(rows, columns), min(rows, columns)
    q, r = np.linalg.qr(generator.standard_normal(shape, dtype=np.float32))
    signs = np.where(np.diagonal(r, axis1=1, axis2=2) < 0, np.float32(-1), np.float32(1))
    q = q * signs[:, np.newaxis]
    return q if rows >= columns else np.swapaxes(q, 1, 2)
