"""The comparison of all checked samples, which is remembered between runs."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from kpipe.data.cache.sample_store import Say, silent
from kpipe.data.checks.checked_samples import CheckedSamples
from kpipe.data.checks.equal_groups import Positions
from kpipe.data.checks.near_pairs import NearPairs, near_pairs
from kpipe.data.checks.remembered_arrays import RememberedArrays
from kpipe.data.checks.signatures import Signatures, signatures

#: Increased whenever other digests or pairs result from the same samples.
_VERSION = 2
_NAMES = ["digests", "constant", "first", "second", "mirrored"]


@dataclass(frozen=True)
class Comparison:
    """What identifies the checked samples, and which of them look alike.

    Args:
        signatures: the digests of the samples.
        near: pairs of images that look alike; None if the samples are not images of at least 32x32 pixels.
    """

    signatures: Signatures
    near: NearPairs | None

    def different_pairs(self) -> tuple[Positions, Positions, npt.NDArray[np.bool_]]:
        """Return the pairs that look alike without those of equal samples, as in `NearPairs`."""
        if self.near is None:
            return np.zeros(0, np.int64), np.zeros(0, np.int64), np.zeros(0, np.bool_)
        digests, near = self.signatures.digests, self.near
        differ = (digests[near.first] != digests[near.second]) | near.mirrored
        return near.first[differ], near.second[differ], near.mirrored[differ]


def comparison(samples: CheckedSamples, remembered: RememberedArrays, say: Say = silent) -> Comparison:
    """Return the comparison of the checked samples, which do not depend on the split.

    If the samples are kept in memory, or are not decoded from files, the digests are computed in each run, and the
    pairs are remembered by them. Otherwise all is remembered by the paths, sizes and modification times of the files,
    so that no file is read.

    Args:
        samples: the checked samples.
        remembered: the comparisons of earlier runs.
        say: reports that images are decoded for the comparison alone.

    Raises:
        DataError: a sample cannot be read.

    Example:
        >>> import tempfile
        >>> from pathlib import Path
        >>> from kpipe.data.sources.array_dataset import ArrayDataset
        >>> images = np.random.default_rng(0).integers(0, 256, (3, 32, 32, 1), np.uint8)
        >>> dataset = ArrayDataset({"x": {"train": images, "test": images[:1, :, ::-1]}}, {}, {})
        >>> found = comparison(CheckedSamples.of_dataset(dataset), RememberedArrays(Path(tempfile.mkdtemp())))
        >>> found.near
        NearPairs(first=array([0]), second=array([3]), mirrored=array([ True]))
    """
    key = _file_key(samples)
    if key is None:
        found = signatures(samples)
        if not samples.are_comparable:
            return Comparison(found, None)
        key = _content_key(found)
    stored = remembered.read(key, _NAMES)
    if stored is not None and len(stored["digests"]) == len(samples.indices):
        return _restored(stored, samples.are_comparable)
    if samples.store.mode == "none" and samples.stamps is not None:
        say(f"data.checks: comparing {len(samples.indices):,} images, which are decoded for this once")
    found = signatures(samples, with_hashes=samples.are_comparable)
    near = None if found.hashes is None else near_pairs(found.hashes)
    pairs = near or NearPairs(np.zeros(0, np.int64), np.zeros(0, np.int64), np.zeros(0, np.bool_))
    arrays = (found.digests, found.constant, pairs.first, pairs.second, pairs.mirrored)
    # Runs that keep the same samples in memory find them by their content.
    for each in {key, _content_key(found)} if samples.are_comparable else {key}:
        remembered.write(each, dict(zip(_NAMES, arrays, strict=True)))
    return Comparison(found, near)


def _restored(stored: dict[str, npt.NDArray[Any]], are_comparable: bool) -> Comparison:
    pairs = NearPairs(stored["first"], stored["second"], stored["mirrored"])
    return Comparison(Signatures(stored["digests"], stored["constant"]), pairs if are_comparable else None)


def _file_key(samples: CheckedSamples) -> str | None:
    """Return a digest of the files of the samples, and of all that determines what is read from them; None without."""
    name, reader = samples.image_input, samples.store.reader
    if name is None or reader is None or samples.store.mode == "memory" or samples.stamps is None:
        return None
    import cv2
    import PIL

    identity = [_VERSION, PIL.__version__, cv2.__version__, reader.identity(name)]
    digest = hashlib.blake2b(json.dumps(identity, sort_keys=True).encode(), digest_size=16)
    for index in samples.indices.tolist():
        digest.update(f"{index}\0{samples.stamps[index]}\n".encode("utf-8", "surrogateescape"))
    return digest.hexdigest()


def _content_key(found: Signatures) -> str:
    digest = hashlib.blake2b(f"{_VERSION}\n".encode(), digest_size=16)
    digest.update(found.digests.tobytes())
    return digest.hexdigest()
