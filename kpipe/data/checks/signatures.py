"""What the comparison of samples needs of each of them."""

from __future__ import annotations

import hashlib
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from kpipe.data.checks.checked_samples import CheckedSamples
from kpipe.data.checks.feature_hashes import FeatureHashes, Hashes, mixed
from kpipe.data.cores import cores
from kpipe.data.dataset import Indices

_DIGEST_BYTES = 8


@dataclass(frozen=True)
class Signatures:
    """What identifies the contents of samples.

    Args:
        digests: 64 bits that identify the inputs of each sample, uint64 (n,).
        constant: whether all pixels of the images of the sample are equal, bool (n,); False with other inputs.
    """

    digests: Hashes
    constant: npt.NDArray[np.bool_]


def signatures(samples: CheckedSamples) -> Signatures:
    """Return the signatures of the checked samples, which are read once.

    The digest of an image or array is BLAKE2b of its shape, type and values, that of the row of a table the sum of
    `FeatureHashes`. With several inputs, all are combined.

    Args:
        samples: the samples.

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
    hashes = {name: FeatureHashes() for name, entry in samples.dataset.inputs.items() if entry.kind == "table"}
    chunks = list(samples.chunks(samples.indices))
    # The hash functions of a table assign codes to categories in the order of the rows.
    with ThreadPoolExecutor(1 if hashes else cores()) as pool:
        found = list(pool.map(lambda chunk: _of_chunk(samples, chunk, hashes), chunks))
    return Signatures(
        np.concatenate([digests for digests, _ in found]), np.concatenate([constant for _, constant in found])
    )


def _of_chunk(
    samples: CheckedSamples, chunk: Indices, hashes: dict[str, FeatureHashes]
) -> tuple[Hashes, npt.NDArray[np.bool_]]:
    digests, constant = np.zeros(len(chunk), np.uint64), np.ones(len(chunk), np.bool_)
    for position, (name, entry) in enumerate(samples.dataset.inputs.items(), start=1):
        values = samples.read(name, chunk)
        single = hashes[name].of(values).sum(axis=1, dtype=np.uint64) if name in hashes else _digests(values)
        digests = mixed(digests + single + np.uint64(position))
        constant &= [_is_constant(sample) for sample in values] if entry.kind == "image" else False
    return digests, constant


def _digests(values: Any) -> Hashes:
    found = bytearray()
    for sample in values:
        digest = hashlib.blake2b(f"{sample.shape} {sample.dtype.str}\n".encode(), digest_size=_DIGEST_BYTES)
        digest.update(np.ascontiguousarray(sample).reshape(-1).view(np.uint8).data)
        found += digest.digest()
    return np.frombuffer(bytes(found), np.uint64)


def _is_constant(sample: npt.NDArray[Any]) -> bool:
    return sample.size > 1 and bool((sample == sample.flat[0]).all())
