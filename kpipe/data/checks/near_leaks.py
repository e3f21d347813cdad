"""The check for images that look like images of another part."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from kpipe.data.checks.checked_samples import CheckedSamples, part_name
from kpipe.data.checks.comparison import Comparison
from kpipe.data.checks.finding import Finding
from kpipe.data.checks.leaks import PAIRS


def near_leaks(samples: CheckedSamples, found: Comparison) -> Iterator[Finding]:
    """Yield the finding `near_leak` for each two parts with images that look alike but are not equal.

    Args:
        samples: the checked samples.
        found: their comparison.

    Example:
        >>> import tempfile
        >>> from pathlib import Path
        >>> from kpipe.data.checks.comparison import comparison
        >>> from kpipe.data.checks.remembered_arrays import RememberedArrays
        >>> from kpipe.data.sources.array_dataset import ArrayDataset
        >>> images = np.random.default_rng(0).integers(0, 256, (4, 32, 32, 1), np.uint8)
        >>> dataset = ArrayDataset({"x": {"train": images, "test": images[:1, :, ::-1]}}, {}, {})
        >>> samples = CheckedSamples.of_dataset(dataset)
        >>> found = comparison(samples, RememberedArrays(Path(tempfile.mkdtemp())))
        >>> next(near_leaks(samples, found)).message[:70]
        'test part: 1 of 1 samples (100.00%) is nearly the same image as one in'
    """
    if found.near is None or not len(found.near):
        return
    digests, (first, second, mirrored) = found.signatures.digests, found.different_pairs()
    for part, other in (pair for pair in PAIRS if set(pair) <= samples.parts.keys()):
        inside, among = (np.isin(np.arange(len(samples.indices)), samples.part(name)) for name in (part, other))
        copied = inside & np.isin(digests, digests[among])
        alike: dict[int, tuple[int, bool]] = {}
        for one, another in ((first, second), (second, first)):
            for place in np.flatnonzero(inside[one] & among[another] & ~copied[one]):
                alike.setdefault(int(one[place]), (int(another[place]), bool(mirrored[place])))
        if alike:
            yield _finding(samples, part, other, alike)


def _finding(samples: CheckedSamples, part: str, other: str, alike: dict[int, tuple[int, bool]]) -> Finding:
    positions = sorted(alike)
    mirrored = sum(is_mirrored for _, is_mirrored in alike.values())
    flipped = f", {mirrored:,} of them mirrored" if mirrored else ""
    if len(positions) == 1:
        flipped = ", mirrored" if mirrored else ""
    listed = samples.listed(positions, {position: found for position, (found, _) in alike.items()}, " ~ ")
    what = "the same image as one" if len(positions) == 1 else "the same images as some"
    return Finding(
        "near_leak",
        "warning",
        f"{part} part: {samples.of_part(len(positions), part)} nearly {what} in the {part_name(other)} part{flipped}: "
        f"{listed}; its metrics are too good; remove these images from one of the parts",
        tuple(int(samples.indices[position]) for position in positions),
    )
