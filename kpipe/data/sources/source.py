"""The base class of data sources, and the context in which they are opened."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from pathlib import Path

from kpipe.data.dataset import BadSample, Dataset
from kpipe.data.images.image_file import MAX_PIXELS
from kpipe.errors import ArgumentError, DataError
from kpipe.messages.escaped import escaped


@dataclass(frozen=True)
class OpenContext:
    """The settings and services that a source uses while it is opened.

    Args:
        say: a function that reports one line to the user.
        max_bad: fraction of samples, in [0, 1], that may be unusable.
        cache_folder: the folder for results that are reused by later runs; created when first needed.
        max_pixels: number of pixels above which an image is not decoded but counts as a bad sample; at least 1,
            default 100 million.
        group: what identifies the group of each sample, such as a column, as `data.group` in a spec; None (default)
            for no groups. A source that supports it passes the groups to `Dataset`.
        weights: what contains the weight of each sample in the loss, such as a column, as `data.sample_weights` in a
            spec; None (default) for no weights. A source that supports it passes the weights to `Dataset`.
        filled: the names of the inputs whose missing values are filled by a preparation, so that samples with missing
            values are kept; None for all inputs. By default, none are filled.
    """

    say: Callable[[str], None]
    max_bad: float
    cache_folder: Path
    max_pixels: int = MAX_PIXELS
    group: str | None = None
    filled: Collection[str] | None = ()
    weights: str | None = None

    def fills(self, name: str) -> bool:
        """Return whether missing values of an input are filled, so that its samples with missing values are kept."""
        return self.filled is None or name in self.filled

    def report_bad(
        self, bad: Sequence[BadSample], total: int, noun: str, remedy: str = "", causes: Sequence[str] = ()
    ) -> None:
        """Report the skipped samples, and raise an error if their fraction exceeds `max_bad`.

        Args:
            bad: the skipped samples.
            total: number of all samples, including the bad ones.
            noun: a plural noun for the samples, such as `images` or `rows`.
            remedy: what else can be done about them, such as `fill missing values`; default nothing.
            causes: known causes with their remedies, for the error; default none.

        Raises:
            DataError: too many samples are bad.
        """
        if not bad:
            return
        shown = "".join(f"\n    {escaped(entry.sample)}: {escaped(entry.reason)}" for entry in bad[:5])
        more = f"\n    and {len(bad) - 5} more" if len(bad) > 5 else ""
        found = f"{len(bad)} of {total} {noun} cannot be used ({len(bad) / total:.2%})"
        if len(bad) > self.max_bad * total:
            explained = "".join(f"{cause}; " for cause in causes)
            raise DataError(
                f"{found}, more than data.max_bad = {self.max_bad:g} allows; {explained}"
                f"correct or remove them, {remedy and f'{remedy}, '}or increase data.max_bad:{shown}{more}"
            )
        self.say(f"{found} and are skipped{remedy and f'; to use them, {remedy}'}:{shown}{more}")


class Source(ABC):
    """Base class of sources: the constructor receives the arguments from the spec, and `open` accesses the dataset.

    If the input names are known from the arguments, `input_names` should return them, so that a misspelled
    `inputs: imgae` in a spec is reported before the dataset is opened.

    Example:
        >>> class Spirals(Source):
        ...     def input_names(self):
        ...         return ["x"]
        ...     def open(self, context): ...
        >>> Spirals().input_names()
        ['x']
    """

    def input_names(self) -> Sequence[str] | None:
        """Return all names that inputs of the dataset can have, without opening it; None (default) if unknown."""
        return None

    def target_names(self) -> Sequence[str] | None:
        """Return the names of the targets of the dataset, without opening it; None (default) if unknown.

        Other names under `data.prepare_targets` and `train.targets` are reported before the dataset is opened.
        """
        return None

    def code_columns(self) -> Sequence[str] | None:
        """Return the columns whose codes `Encode` can keep, without opening the dataset; None (default) if unknown.

        Other columns in `=codes.COLUMN` are reported before the dataset is opened. The header of a file may be read.
        """
        return None

    def coded_columns(self) -> Sequence[str] | None:
        """Return those of `code_columns` that are probably categorical, for messages; by default all of them."""
        return self.code_columns()

    def opened(self, context: OpenContext) -> Dataset:
        """Open the dataset and compare its inputs with `input_names`.

        Args:
            context: as for `open`.

        Raises:
            ArgumentError: as for `open`, or the source has no groups or no weights, although the context requires them.
            DataError: as for `open`, all weights are 0, or the dataset has an input that `input_names` does not list.
        """
        dataset, names = self.open(context), self.input_names()
        if context.group is not None and dataset.groups is None:
            raise ArgumentError(
                "data.group",
                f"{type(self).__name__} has no groups; expected `Table`, whose columns can be groups, or `Arrays` with "
                "`path`, whose members can be; remove data.group, or use one of these sources",
            )
        if context.weights is not None and dataset.weights is None:
            raise ArgumentError(
                "data.sample_weights",
                f"{type(self).__name__} has no sample weights; expected `Table`, whose columns can be weights, or "
                "`Arrays` with `path`, whose members can be; remove data.sample_weights, or use one of these sources",
            )
        if dataset.weights is not None and not (dataset.weights > 0).any():
            raise DataError(f"all sample weights in {context.weights!r} are 0; expected at least 1 above 0")
        if names is not None and (others := sorted(set(dataset.inputs) - set(names))):
            name = type(self).__name__
            raise DataError(
                f"the dataset has inputs that {name}.input_names does not list; expected {', '.join(names)}, got "
                f"{', '.join(others)}"
            )
        return dataset

    @abstractmethod
    def open(self, context: OpenContext) -> Dataset:
        """Open the dataset.

        Args:
            context: the function that reports messages, the allowed fraction of bad samples, and the cache folder.

        Returns:
            The dataset without its bad samples.

        Raises:
            ArgumentError: an argument refers to something that does not exist, or does not fit the dataset.
            DataError: the dataset cannot be used.
        """
