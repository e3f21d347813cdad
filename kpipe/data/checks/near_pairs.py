"""Pairs of images that look alike."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from kpipe.data.checks.equal_groups import Positions
from kpipe.data.checks.feature_hashes import Hashes
from kpipe.data.checks.hamming_pairs import hamming_pairs
from kpipe.data.checks.perceptual_hashes import PerceptualHashes
from kpipe.data.checks.same_pictures import Details, same_pictures

#: Least correlation of the grey images of 16x16 pixels.
LEAST_CORRELATION = 0.9
#: Pairs of similar hashes that are compared, and pairs of similar images, after which the search ends.
MOST_COMPARED, MOST_PAIRS = 2**21, 2**20
#: Pairs whose details are compared at once.
_CHUNK = 4096


@dataclass(frozen=True)
class NearPairs:
    """Pairs of images that look alike.

    Args:
        first, second: the positions of the images, int64 (m,), the smaller one first.
        mirrored: whether one of them looks like the mirrored other one, bool (m,).
    """

    first: Positions
    second: Positions
    mirrored: npt.NDArray[np.bool_]

    def __len__(self) -> int:
        return len(self.first)


def near_pairs(found: PerceptualHashes) -> NearPairs:
    """Return the pairs of images, one of them mirrored or not, whose hashes and pixels agree.

    Their perceptual hashes differ in at most 4 bits, and the correlation of their grey versions of 16x16 pixels is at
    least 0.9. Of the pairs of CIFAR-10 that the hashes find, those below 0.87 include different objects before a
    similar background, and those above 0.9 are the same picture with other colors, brightness, or a small shift. Images
    with flat areas also have to agree in their details, see `same_pictures`. Where millions of hashes are alike, as for
    a video, not all pairs are compared.

    Args:
        found: the perceptual hashes of the images.

    Example:
        >>> from kpipe.data.checks.perceptual_hashes import perceptual_hashes
        >>> images = np.random.default_rng(0).integers(0, 256, (3, 32, 32, 1))
        >>> images[2] = images[0, :, ::-1]
        >>> near_pairs(perceptual_hashes(images, 255))
        NearPairs(first=array([0]), second=array([2]), mirrored=array([ True]))
    """
    usable = np.flatnonzero(found.usable)
    hashes, small = found.hashes[usable], found.small[usable].astype(np.float32)
    details = found.details[usable]
    same = _compared(_collected(_candidates(hashes), small, small), details, details)
    mirrored = _collected(_across(hashes, found.mirrored[usable]), small, small[:, :, ::-1])
    mirrored = _compared(mirrored, details, details[:, :, ::-1])
    both = np.concatenate([same, mirrored])
    flags = np.arange(len(both)) >= len(same)
    order = np.lexsort((flags, both[:, 1], both[:, 0]))
    return NearPairs(usable[both[order, 0]], usable[both[order, 1]], flags[order])


def _candidates(hashes: Hashes) -> Iterator[npt.NDArray[np.int64]]:
    for one, other in hamming_pairs(hashes):
        yield np.stack([one, other], axis=1)


def _across(hashes: Hashes, mirrored: Hashes) -> Iterator[npt.NDArray[np.int64]]:
    """Yield candidates of which the second one is mirrored; an image is no candidate for itself."""
    count = len(hashes)
    for pairs in _candidates(np.concatenate([hashes, mirrored])):
        pairs.sort(axis=1)
        one, other = pairs[(pairs[:, 0] < count) & (pairs[:, 1] >= count)].T
        yield np.stack([one, other - count], axis=1)[one != other - count]


def _collected(
    candidates: Iterator[npt.NDArray[np.int64]], one: npt.NDArray[np.float32], other: npt.NDArray[np.float32]
) -> npt.NDArray[np.int64]:
    """Return the different candidates (m, 2) that are confirmed, the smaller position first."""
    found, compared, total = [np.empty((0, 2), np.int64)], 0, 0
    for pairs in candidates:
        confirmed = np.sort(pairs[_correlation(one[pairs[:, 0]], other[pairs[:, 1]]) >= LEAST_CORRELATION], axis=1)
        found.append(confirmed)
        compared, total = compared + len(pairs), total + len(confirmed)
        if compared > MOST_COMPARED or total > MOST_PAIRS:
            break
    return np.unique(np.concatenate(found), axis=0)


def _compared(pairs: npt.NDArray[np.int64], one: Details, other: Details) -> npt.NDArray[np.int64]:
    """Return the pairs (m, 2) whose details agree."""
    same = [
        same_pictures(one[chunk[:, 0]], other[chunk[:, 1]])
        for start in range(0, len(pairs), _CHUNK)
        for chunk in (pairs[start : start + _CHUNK],)
    ]
    agreeing: npt.NDArray[np.int64] = pairs[np.concatenate([np.empty(0, np.bool_), *same])]
    return agreeing


def _correlation(one: npt.NDArray[np.float32], other: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
    """Return the correlation of images (n, height, width) whose mean is about 0."""
    product, first, second = (np.einsum("nyx,nyx->n", *pair) for pair in ((one, other), (one, one), (other, other)))
    correlation: npt.NDArray[np.float32] = product / np.sqrt(first * second)
    return correlation
