"""What every data source has in common: it is constructed from the spec and opened once."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from kpipe.data.dataset import BadSample, Dataset
from kpipe.data.image_file import MAX_PIXELS
from kpipe.errors import DataError
from kpipe.messages.escaped import escaped


@dataclass(frozen=True)
class OpenContext:
    """What a source needs from its surroundings while it is opened.

    Args:
        say: reports one line to the user.
        max_bad: share of samples, in [0, 1], that may be unusable.
        cache_folder: where results that are worth keeping between runs go; made when first needed.
        max_pixels: pixels above which an image is not decoded, and is a bad sample; at least 1, default 100 million.
    """

    say: Callable[[str], None]
    max_bad: float
    cache_folder: Path
    max_pixels: int = MAX_PIXELS

    def report_bad(self, bad: Sequence[BadSample], total: int, noun: str) -> None:
        """Says how many samples are skipped; more than `max_bad` of them are an error.

        Args:
            bad: the samples skipped.
            total: all samples, good and bad.
            noun: what a sample is, in the plural: `images`, `rows`.

        Raises:
            DataError: naming the first few of the bad samples.
        """
        if not bad:
            return
        shown = "".join(f"\n    {escaped(entry.sample)}: {escaped(entry.reason)}" for entry in bad[:5])
        more = f"\n    and {len(bad) - 5} more" if len(bad) > 5 else ""
        found = f"{len(bad)} of {total} {noun} cannot be used ({len(bad) / total:.2%})"
        if len(bad) > self.max_bad * total:
            raise DataError(
                f"{found}, more than data.max_bad = {self.max_bad:g} allows; "
                f"repair or remove them, or raise data.max_bad:{shown}{more}"
            )
        self.say(f"{found} and are skipped:{shown}{more}")


class Source(ABC):
    """Base of all sources: the constructor takes the spec's arguments, `open` touches the data.

    A source that can tell the names of its inputs from its arguments states so in `input_names`, so that a misspelled
    `inputs: imgae` is found before any data are opened.

    Example:
        >>> class Spirals(Source):
        ...     def input_names(self):
        ...         return ["x"]
        ...     def open(self, context): ...
        >>> Spirals().input_names()
        ['x']
    """

    def input_names(self) -> Sequence[str] | None:
        """Every name that an input of the data may have, without opening them; by default None: any may be one."""
        return None

    def opened(self, context: OpenContext) -> Dataset:
        """Opens the data and compares the names of their inputs with `input_names`.

        Args:
            context: as for `open`.

        Raises:
            DataError: the dataset has an input that `input_names` does not list, besides what `open` raises.
        """
        dataset, stated = self.open(context), self.input_names()
        if stated is not None and (others := sorted(set(dataset.inputs) - set(stated))):
            name = type(self).__name__
            raise DataError(
                f"{name}.input_names lists {', '.join(stated)}, and the dataset has {', '.join(others)} too"
            )
        return dataset

    @abstractmethod
    def open(self, context: OpenContext) -> Dataset:
        """Opens the data.

        Args:
            context: the user's ear, the share of bad samples allowed, and the folder for caches.

        Returns:
            The dataset, its bad samples already skipped.

        Raises:
            ArgumentError: an argument names something that does not exist or does not fit the data.
            DataError: the data cannot be used.
        """
