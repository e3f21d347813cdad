"""Groups of samples with equal inputs."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import numpy.typing as npt

from kpipe.data.checks.feature_hashes import Hashes

Positions = npt.NDArray[np.int64]


def equal_groups(digests: Hashes, compared: npt.NDArray[np.bool_]) -> list[Positions]:
    """Return the ascending positions of each group of at least 2 samples with equal digests, by their first positions.

    Args:
        digests: of the samples (n,).
        compared: whether each sample is compared (n,).

    Example:
        >>> groups = equal_groups(np.array([5, 3, 5, 3, 3, 9], np.uint64), np.array([1, 1, 1, 1, 0, 1], bool))
        >>> [group.tolist() for group in groups]
        [[0, 2], [1, 3]]
    """
    positions = np.flatnonzero(compared)
    order = positions[np.argsort(digests[positions], kind="stable")]
    return sorted(_runs(digests, order), key=lambda group: int(group[0]))


def _runs(digests: Hashes, order: Positions) -> Iterator[Positions]:
    ends = np.flatnonzero(np.diff(digests[order])) + 1
    starts, ends = np.concatenate([[0], ends]), np.concatenate([ends, [len(order)]])
    several = ends - starts > 1
    for start, end in zip(starts[several], ends[several], strict=True):
        yield order[start:end]
