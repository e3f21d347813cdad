"""The notices about parts whose values are far outside of the range in the training part."""

from __future__ import annotations

from collections.abc import Iterator

from kpipe.data.prepared import PreparedData
from kpipe.data.raw_ranges import place_name


def far_values(prepared: PreparedData) -> Iterator[str]:
    """Yield a notice for each input or column of which another part has values far outside of the training range.

    Values are far outside if their distance exceeds the width of the range, as between 0 to 16 and 0 to 255.

    Args:
        prepared: the data.
    """
    train = prepared.raw_ranges("train")
    for part in (part for part in prepared.parts if part != "train"):
        for place, found in prepared.raw_ranges(part).items():
            if (expected := train.get(place)) is not None and expected.is_far(found.low, found.high):
                yield (
                    f"{place_name(place)}: the values of the {part} part are {found}, far outside of {expected} in the "
                    "training part; use the same units for all parts"
                )
