"""Pairs of hashes that differ in few bits."""

from __future__ import annotations

import itertools
from collections.abc import Iterator

import numpy as np
import numpy.typing as npt

from kpipe.data.checks.equal_groups import Positions
from kpipe.data.checks.feature_hashes import Hashes

#: Most bits that differ.
DISTANCE = 4
#: Bits of a hash.
_BITS = 64
#: Comparisons within one band after which no more are made; 60,000 images of CIFAR-10 need half a million.
MOST_COMPARISONS = 2**25


def hamming_pairs(hashes: Hashes) -> Iterator[tuple[Positions, Positions]]:
    """Yield the positions (m,) of pairs of hashes that differ in at most 4 of 64 bits, in batches, some repeatedly.

    The bits are divided into 5 bands; two hashes that differ in at most 4 bits agree in at least one of them. Only
    hashes that agree in a band are compared; where too many do, as for hundreds of thousands of images that look alike,
    some pairs are missed.

    Args:
        hashes: 64 bits each (n,).

    Example:
        >>> near = hamming_pairs(np.array([0b1111, 0, 2**40], np.uint64))
        >>> sorted({(int(i), int(j)) for one, other in near for i, j in zip(one, other)})
        [(0, 1), (1, 2)]
    """
    edges = [_BITS * band // (DISTANCE + 1) for band in range(DISTANCE + 2)]
    for low, high in itertools.pairwise(edges):
        band = (hashes >> np.uint64(low)) & np.uint64((1 << (high - low)) - 1)
        order = np.argsort(band, kind="stable")
        yield from _within_band(hashes[order], band[order], order)


def _within_band(hashes: Hashes, band: Hashes, order: Positions) -> Iterator[tuple[Positions, Positions]]:
    """Compare each hash with the next one, the second next one, and so on, while they agree in the band."""
    places: npt.NDArray[np.int64] = np.arange(len(hashes) - 1)
    step = comparisons = 0
    while comparisons < MOST_COMPARISONS:
        step, comparisons = step + 1, comparisons + len(places)
        places = places[places + step < len(hashes)]
        places = places[band[places] == band[places + step]]
        if not len(places):
            return
        near = np.bitwise_count(hashes[places] ^ hashes[places + step]) <= DISTANCE
        if near.any():
            yield order[places[near]], order[places[near] + step]
