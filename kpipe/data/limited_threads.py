"""Limiting the threads of a process that is started."""

from __future__ import annotations

from kpipe.data.cores import LIMIT

_LIBRARIES = (
    "BLIS_NUM_THREADS",
    "MKL_NUM_THREADS",
    "NUMEXPR_NUM_THREADS",
    "OMP_NUM_THREADS",
    "OPENBLAS_NUM_THREADS",
    "OPENCV_FOR_THREADS_NUM",
    "VECLIB_MAXIMUM_THREADS",
)


def limited_threads(count: int) -> dict[str, str]:
    """Return the environment variables of a process in which `cores` and libraries use a number of cores.

    TensorFlow is not limited by them.

    Args:
        count: the number of cores, at least 1.

    Example:
        >>> limited_threads(2)["OMP_NUM_THREADS"]
        '2'
    """
    return dict.fromkeys((LIMIT, *_LIBRARIES), str(count))
