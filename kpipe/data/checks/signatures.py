"""What the comparison of samples needs of each of them."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, fields
from typing import Any

import numpy as np
import numpy.typing as npt

from kpipe.data.checks.checked_samples import CheckedSamples
from kpipe.data.checks.feature_hashes import FeatureHashes, Hashes, mixed
from kpipe.data.checks.perceptual_hashes import PerceptualHashes, perceptual_hashes
from kpipe.data.cores import cores
from kpipe.data.dataset import Indices

#: Number of values from which samples are hashed as a whole, and are never equal by chance.
MOST_VALUES = 1024

_DIGEST_BYTES = 8
#: The largest value of a pixel by the type of the files; other images are fractions.
_LARGEST = {"uint8": 255.0, "uint16": 65535.0}


@dataclass(frozen=True)
class Signatures:
    """What identifies the contents of samples.

    Args:
        digests: 64 bits that identify the inputs of each sample, uint64 (n,).
        constant: whether all pixels of the images of the sample are equal, bool (n,); False with other inputs.
        hashes: the perceptual hashes of images; None (default) if they were not computed.
    """

    digests: Hashes
    constant: npt.NDArray[np.bool_]
    hashes: PerceptualHashes | None = None


def signatures(samples: CheckedSamples, with_hashes: bool = False) -> Signatures:
    """Return the signatures of the checked samples, which are read once.

    The digest of an image or a large array is BLAKE2b of its shape, type and values; that of the row of a table, or of
    an array of fewer than 1024 values, is the sum of `FeatureHashes`. With several inputs, all are combined.

    Args:
        samples: the samples.
        with_hashes: whether to compute perceptual hashes, for images only; default False.

    Raises:
        DataError: a sample cannot be read.

    Example:
        >>> from kpipe.data.sources.array_dataset import ArrayDataset
        >>> images = np.zeros((3, 8, 8, 1), np.uint8)
        >>> images[[0, 2], 4] = 255
        >>> dataset = ArrayDataset({"x": {"train": images}}, {}, {})
        >>> found = signatures(CheckedSamples.of_dataset(dataset))
        >>> bool(found.digests[0] == found.digests[2]), found.constant.tolist()
        (True, [False, True, False])
    """
    kinds = {name: entry.kind for name, entry in samples.dataset.inputs.items()}
    hashes = {
        name: FeatureHashes()
        for name, kind in kinds.items()
        if kind == "table" or (kind == "array" and samples.values[name] < MOST_VALUES)
    }
    chunks = list(samples.chunks(samples.indices))
    # The hash functions of a table assign codes to categories in the order of the rows.
    with ThreadPoolExecutor(1 if "table" in kinds.values() else cores()) as pool:
        found = list(pool.map(lambda chunk: _of_chunk(samples, chunk, hashes, with_hashes), chunks))
    digests, constant, images = zip(*found, strict=True)
    return Signatures(np.concatenate(digests), np.concatenate(constant), _joined(images))


def _of_chunk(
    samples: CheckedSamples, chunk: Indices, hashes: dict[str, FeatureHashes], with_hashes: bool
) -> tuple[Hashes, npt.NDArray[np.bool_], PerceptualHashes | None]:
    digests, constant, images = np.zeros(len(chunk), np.uint64), np.ones(len(chunk), np.bool_), None
    for position, (name, entry) in enumerate(samples.dataset.inputs.items(), start=1):
        values = samples.read(name, chunk)
        single = hashes[name].of(values).sum(axis=1, dtype=np.uint64) if name in hashes else _digests(values)
        digests = mixed(digests + single + np.uint64(position))
        constant &= _are_constant(values) if entry.kind == "image" else False
        if with_hashes:
            images = perceptual_hashes(values, _LARGEST.get(entry.dtype, 1.0))
    return digests, constant, images


def _joined(chunks: Sequence[PerceptualHashes | None]) -> PerceptualHashes | None:
    parts = [chunk for chunk in chunks if chunk is not None]
    if not parts:
        return None
    names = [field.name for field in fields(PerceptualHashes)]
    return PerceptualHashes(*(np.concatenate([getattr(part, name) for part in parts]) for name in names))


def _digests(values: Any) -> Hashes:
    found = bytearray()
    for sample in values:
        digest = hashlib.blake2b(f"{sample.shape} {sample.dtype.str}\n".encode(), digest_size=_DIGEST_BYTES)
        digest.update(np.ascontiguousarray(sample).reshape(-1).view(np.uint8).data)
        found += digest.digest()
    return np.frombuffer(bytes(found), np.uint64)


def _are_constant(images: Any) -> npt.NDArray[np.bool_]:
    """Return whether all pixels of each image are equal; the first and the last one differ in most images."""
    found = np.array([image.flat[0] == image.flat[-1] for image in images], np.bool_)
    for position in np.flatnonzero(found):
        found[position] = images[position].size > 1 and (images[position] == images[position].flat[0]).all()
    return found
