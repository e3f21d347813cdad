"""Data that is split, prepared and batched for a model, in an order that depends only on the seed and the epoch."""

from __future__ import annotations

import copy
import dataclasses
from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from functools import cached_property, partial
from typing import Any, TypeVar

import numpy as np
import numpy.typing as npt

from kpipe.data.augment.augmentation import Augmentation
from kpipe.data.augment.compose import Kind
from kpipe.data.augment.mask_type import mask_type
from kpipe.data.cache.sample_store import CacheMode, Say, silent
from kpipe.data.checks.checked_samples import CheckedSamples
from kpipe.data.constant_inputs import MAX_FEATURES, constant_input
from kpipe.data.dataset import Dataset, Indices, Input
from kpipe.data.encoding.table_coding import Categories
from kpipe.data.encoding.unseen import report_unseen
from kpipe.data.evaluation import Evaluation
from kpipe.data.feeds.batch_maker import BatchMaker
from kpipe.data.feeds.batch_starts import LastBatch, batch_starts
from kpipe.data.feeds.feeds import Feeds, Labels, Values
from kpipe.data.feeds.made_input import MadeInput
from kpipe.data.feeds.made_target import MadeTarget
from kpipe.data.feeds.order import order
from kpipe.data.feeds.sample_maker import SampleMaker
from kpipe.data.feeds.samples import Samples
from kpipe.data.feeds.waiting import Waiting
from kpipe.data.fingerprint import Fingerprint
from kpipe.data.mix.mix import Mix
from kpipe.data.mix.mixing import Mixing
from kpipe.data.prepare.moments import Moments
from kpipe.data.prepare.preparation import Preparation
from kpipe.data.prepared_input import PreparedInput
from kpipe.data.prepared_target import PreparedTarget
from kpipe.data.raw_ranges import Place, raw_ranges
from kpipe.data.reader import Reader
from kpipe.data.value_range import ValueRange
from kpipe.data.views.input_views import InputViews
from kpipe.data.views.view_context import ViewContext
from kpipe.data.views.views import Views
from kpipe.errors import ArgumentError, DataError
from kpipe.spec.node import Node

Value = TypeVar("Value")

#: Most samples from which the range of values is determined.
_RANGE_SAMPLES = 64


class PreparedData:
    """An opened source with its parts and preparations, ready for building and training a model.

    Args:
        dataset: the opened source.
        parts: indices keyed by part name: `train`, and `validation` and `test` if they exist.
        preparations: the preparations of each input in order, keyed by input name; an instance must not be used for
            two inputs, and `Resize` must be first.
        seed: seed of the order of samples, at least 0, default 0.
        batch_size: samples per step, at least 1, default 32.
        last_batch: what happens to the remainder of a training epoch, as in `batch_starts`; default `keep`.
        memory: GiB of samples that may be kept in memory instead of being read again in each epoch, default 1.
        cache: where decoded samples are kept, as in `SampleStore`; default `auto`.
        augmentations: the augmentation of the training images, keyed by input name; default none. What it transforms
            `alongside` is named `x` or `y` and the name of an input or a target.
        evaluations: the transforms of images in an evaluation, which the saved model contains, keyed by input name.
        workers: number of processes that make batches, default 0. They start at the first batch that is not gathered
            from memory, and end with `close`.
        categories: the categories of each column as stored by a finished run, keyed by table name; by default `fit`
            determines them from the training part.
        targets: the targets with preparations, keyed by name; default none.

    Attributes:
        targets: the targets with preparations, keyed by name.
        inputs: the inputs that the training model receives, keyed by name.

    Raises:
        ArgumentError: a preparation cannot be applied.
        DataError: the images differ in size, and there is no `Resize`.
    """

    def __init__(
        self,
        dataset: Dataset,
        parts: Mapping[str, Indices],
        preparations: Mapping[str, Sequence[Preparation]] | None = None,
        *,
        seed: int = 0,
        batch_size: int = 32,
        last_batch: LastBatch = "keep",
        memory: float = 1.0,
        cache: CacheMode = "auto",
        augmentations: Mapping[str, Augmentation] | None = None,
        evaluations: Mapping[str, Evaluation] | None = None,
        workers: int = 0,
        categories: Mapping[str, Categories] | None = None,
        targets: Mapping[str, PreparedTarget] | None = None,
    ) -> None:
        self.dataset = dataset
        self.parts = {name: np.asarray(indices, np.int64) for name, indices in parts.items()}
        self.seed = seed
        self.batch_size = batch_size
        self.last_batch = last_batch
        self.targets = dict(targets or {})
        self._weights: dict[int, npt.NDArray[np.float32]] = {}
        self._inputs = {
            name: PreparedInput(
                entry, (preparations or {}).get(name, ()), (categories or {}).get(name), (evaluations or {}).get(name)
            )
            for name, entry in dataset.inputs.items()
        }
        self._codings = _without_none({name: entry.coding for name, entry in self._inputs.items()})
        self._reader = Reader(
            dataset,
            _without_none({name: entry.resize for name, entry in self._inputs.items()}),
            self._codings,
            frozenset(name for name, entry in self._inputs.items() if entry.stages),
            _without_none({name: entry.evaluation for name, entry in self._inputs.items()}),
            frozenset(name for name, entry in self._inputs.items() if entry.fills_missing),
        )
        self.inputs: dict[str, Input] = self._reader.inputs
        self._samples = Samples(self._reader, self.parts, memory, cache)
        self._augmentations = dict(augmentations or {})
        self._raw_ranges: dict[str, dict[Place, ValueRange]] = {}
        self._workers, self._memory = workers, memory
        self._view_counts: dict[str, int] = {}
        self._feed({name: self._made(name, number) for number, name in enumerate(dataset.inputs)})

    def _feed(self, made: Mapping[str, MadeInput]) -> None:
        """Make batches of these inputs."""
        maker = SampleMaker(self._samples.store, made, self.seed, self._made_targets())
        self._maker = BatchMaker(maker, self.batch_size, self._workers, self.dataset.sample_name)
        self._feeds = Feeds(self._samples, self._maker, self.batch_size, self._memory)

    def _made(self, name: str, number: int) -> MadeInput:
        raw, augmentation = self.dataset.inputs[name].dtype, self._augmentations.get(name)
        is_augmented = augmentation is not None or f"x {name}" in self._alongside()
        dtype = self._reader.dtypes[name] if not is_augmented or raw == "uint8" else "float32"
        return MadeInput(number, self._reader.shape(name), dtype, raw, augmentation, self._inputs[name].evaluation)

    def _alongside(self) -> dict[str, Kind]:
        return {key: kind for entry in self._augmentations.values() for key, kind in entry.alongside.items()}

    def _made_targets(self) -> dict[str, MadeTarget]:
        kinds = {key[2:]: kind for key, kind in self._alongside().items() if key.startswith("y ")}
        return {
            name: MadeTarget(
                self.dataset.labels[name], mask_type(self.dataset.targets[name]) if kind == "mask" else "float32"
            )
            for name, kind in kinds.items()
        }

    @property
    def view_counts(self) -> dict[str, int]:
        """The number of views of each sample, keyed by the names of the inputs that have views; empty for none."""
        return dict(self._view_counts)

    def view_contexts(self) -> dict[str, ViewContext]:
        """Return what a test-time augmentation knows about each input that contains images, keyed by input name."""
        return {
            name: ViewContext(
                name,
                shape=self._reader.shape(name),  # type: ignore[arg-type]
                raw_dtype=entry.dtype,
                decoded=self._reader.forms[name][0],
                evaluation=self._inputs[name].evaluation,
                augmentation=self._augmentations.get(name),
                seed=self.seed,
                number=number,
            )
            for number, (name, entry) in enumerate(self.dataset.inputs.items())
            if entry.kind == "image"
        }

    def check_views(self, views: Views) -> None:
        """Check that a test-time augmentation can be applied to the images.

        Raises:
            ArgumentError: there are no images, or an argument does not fit them.
        """
        contexts = self.view_contexts()
        if not contexts:
            kinds = ", ".join(sorted({entry.kind for entry in self.dataset.inputs.values()}))
            raise ArgumentError("tta", f"requires images; expected an input with images, got {kinds}; remove it")
        for context in contexts.values():
            views.check(context)

    def with_views(self, views: Views) -> PreparedData:
        """Return the same data, whose evaluations have several views of each image.

        In a batch, an image becomes an array (views, height, width, channels), and view i of one input belongs to view
        i of the others; inputs without images stay as they are. Batches contain about as many images as others do,
        but at least the views of one sample. Data processes are those of the returned data: call `close` of it, too.

        Args:
            views: a test-time augmentation.

        Raises:
            ArgumentError: there are no images, or an argument does not fit them.
        """
        self.check_views(views)
        made_views = self.input_views(views)
        other = copy.copy(self)
        other.batch_size = max(1, self.batch_size // views.count)
        other._view_counts = dict.fromkeys(made_views, views.count)
        made = {name: self._made(name, number) for number, name in enumerate(self.dataset.inputs)}
        for name, own in made_views.items():
            made[name] = dataclasses.replace(made[name], augmentation=None, views=own)
        other._feed(made)
        return other

    def with_training(
        self, *, batch_size: int, augmentations: Mapping[str, Augmentation], workers: int
    ) -> PreparedData:
        """Return the same data with other batches, which shares all samples in memory.

        Data processes are those of the returned data: call `close` of both.

        Args:
            batch_size: the samples of a batch.
            augmentations: the augmentation of the training images, keyed by input name.
            workers: the number of processes that make batches.
        """
        other = copy.copy(self)
        other.batch_size, other._augmentations, other._workers = batch_size, dict(augmentations), workers
        other._feed({name: other._made(name, number) for number, name in enumerate(self.dataset.inputs)})
        return other

    def with_part(self, name: str, indices: Indices, batch_size: int | None = None) -> PreparedData:
        """Return the same data with a further part, which shares all samples in memory and the data processes.

        Args:
            name: the name of the part.
            indices: its samples.
            batch_size: the samples of a batch; by default as many as of the other parts.
        """
        other = copy.copy(self)
        other.parts = {**self.parts, name: np.asarray(indices, np.int64)}
        other.batch_size = self.batch_size if batch_size is None else batch_size
        return other

    @property
    def is_augmented(self) -> bool:
        """Whether the training images differ in each epoch."""
        return bool(self._augmentations)

    @property
    def free_bytes(self) -> int:
        """The part of `memory` that the samples in memory leave."""
        return int(self._memory * 2**30) - self._samples.store.kept_bytes

    def with_features(self, features: Mapping[str, Any], indices: Indices) -> PreparedData:
        """Return the same data in the same order, with features in place of the inputs, and without augmentation.

        Args:
            features: tensors (n, ...) by name; x of each batch is a mapping from these names.
            indices: the n samples to which they belong; batches may contain no others.
        """
        rows = np.full(int(np.max(indices)) + 1, len(indices), np.int64)
        rows[indices] = np.arange(len(indices))
        other = copy.copy(self)
        other._augmentations, other._view_counts = {}, {}
        other._feeds = Feeds(self._samples, self._maker, self.batch_size, self._memory, features, rows)
        other._feeds.errors = self._feeds.errors
        return other

    def input_views(self, views: Views) -> dict[str, InputViews]:
        """Return what makes the views of each input that contains images, from images as `resized` returns them."""
        contexts = self.view_contexts()
        return {name: InputViews(views, context, self._made(name, 0).dtype) for name, context in contexts.items()}

    def resized(self, name: str, image: Values) -> Values:
        """Return a raw image of an input as it is decoded: resized if `Resize` is its first preparation."""
        resize = self._inputs[name].resize
        return image if resize is None else resize.image(image)

    @property
    def decoded(self) -> dict[str, tuple[tuple[int | None, ...], str]]:
        """The shape of a decoded sample and its type as an augmentation receives it, keyed by input name."""
        types = {name: entry.dtype for name, entry in self.dataset.inputs.items()}
        forms = self._reader.forms
        return {name: (shape, "uint8" if types[name] == "uint8" else dtype) for name, (shape, dtype) in forms.items()}

    def check(self) -> None:
        """Raise the error of a data process that has died, also while prefetched batches are left.

        Raises:
            DataError: a data process has died.
        """
        self._maker.check()

    def close(self) -> None:
        """End the data processes and the datasets that use them; later calls of `batches` start others."""
        self._maker.close()

    def fit(self, say: Say = silent) -> None:
        """Determine the categories and fit the preparations on the training part.

        Args:
            say: reports one line to the user.

        Raises:
            ArgumentError: an argument of a preparation does not fit the dataset.
            DataError: a sample cannot be read or contains a value that is not a finite number, or the dataset cannot
                be prepared in this way.
        """
        if not len(self.parts["train"]):
            raise DataError("the training part has no samples; lower data.validation and data.test")
        for name, coding in self._codings.items():
            if coding.categories is None:
                chunks = self._samples.chunks(self.parts["train"])
                coding.find(self.dataset.rows(name, chunk) for chunk in chunks)
        self.report_unseen([part for part in self.parts if part != "train"], say)
        self._samples.load(say)
        self._report_constant(say)
        for name, entry in self._inputs.items():
            entry.fit(self.inputs[name].shape, partial(self._training_samples, name), say)

    def fit_targets(self, say: Say = silent) -> None:
        """Fit the preparations of the targets on the training part.

        Args:
            say: reports one line to the user.

        Raises:
            DataError: the labels cannot be prepared in this way.
        """
        for name, target in self.targets.items():
            target.fit(self.dataset.labels[name], self.parts["train"])
            say(target.message())

    def report_unseen(self, parts: Sequence[str], say: Say) -> None:
        """Report categories and classes that do not occur in the training part, with their frequency.

        Args:
            parts: the names of the parts to search.
            say: receives one line per column or target.
        """
        report_unseen(self.dataset, self.parts["train"], {part: self.parts[part] for part in parts}, self._codings, say)

    def _report_constant(self, say: Say) -> None:
        train = self.parts["train"]
        chunk_samples = len(next(self._samples.chunks(train)))
        for name, entry in self.inputs.items():
            is_table = name in self._codings
            shape = self._reader.shape(name)
            each = is_table or (self._samples.in_memory and len(shape) == 1 and shape[0] <= MAX_FEATURES)
            read = partial(self._table if is_table else self._samples.read, name)
            if line := constant_input(entry, read, train, chunk_samples, each):
                say(line)

    def _table(self, name: str, indices: Indices) -> Values:
        return self._codings[name].code(self.dataset.rows(name, indices))

    def _training_samples(self, name: str) -> Iterator[Values]:
        for chunk in self._samples.chunks(self.parts["train"]):
            yield self._samples.read(name, chunk)

    @property
    def preparations(self) -> dict[str, list[Preparation]]:
        """The preparations of each input in order, including `Resize`, keyed by input name."""
        return {name: entry.preparations for name, entry in self._inputs.items()}

    def stage_names(self, name: str) -> list[str]:
        """Return the class names of the preparations of an input in order, without `Resize`."""
        return [type(stage).__name__ for stage in self._inputs[name].stages]

    def ranges(self) -> dict[str, list[ValueRange | None]]:
        """Return the range of values before each preparation and after the last one, keyed by input name.

        The ranges are those of up to 64 samples of the training part. `Resize` is not included. Of a table, only the
        numeric columns are used.
        """
        return {name: ranges for name, (ranges, _) in self._statistics.items()}

    def moments(self) -> dict[str, Moments]:
        """Return the mean and variance of each feature or channel after the preparations, keyed by input name.

        They are those of the samples of `ranges`.
        """
        return {name: moments for name, (_, moments) in self._statistics.items()}

    @property
    def sampled(self) -> int:
        """The number of samples whose ranges and moments are computed."""
        return min(len(self.parts["train"]), _RANGE_SAMPLES)

    @cached_property
    def _statistics(self) -> dict[str, tuple[list[ValueRange | None], Moments]]:
        """The ranges and moments of each input, known after the fit; the samples are read and prepared once."""
        train = self.parts["train"]
        sampled = train[np.unique(np.linspace(0, len(train) - 1, self.sampled, dtype=np.int64))]
        return {name: entry.statistics(self._samples.read(name, sampled)) for name, entry in self._inputs.items()}

    def raw_ranges(self, part: str) -> dict[Place, ValueRange]:
        """Return the ranges of the raw values of a part, which are read once; see `raw_ranges`."""
        if part not in self._raw_ranges:
            self._raw_ranges[part] = raw_ranges(self.dataset, self.parts[part])
        return self._raw_ranges[part]

    @property
    def categories(self) -> dict[str, dict[str, tuple[str, ...]]]:
        """The categories of each categorical column, keyed by table name; empty before the fit."""
        return {name: dict(coding.categories or {}) for name, coding in self._codings.items()}

    @property
    def codes(self) -> dict[str, int]:
        """The number of codes of each column whose codes `Encode` keeps, keyed by column name; known after the fit."""
        return {name: count for codes in self.codes_by_input.values() for name, count in codes.items()}

    @property
    def codes_by_input(self) -> dict[str, dict[str, int]]:
        """The columns whose codes `Encode` keeps with the numbers of codes, keyed by input name; without empty ones."""
        found = {name: entry.features.codes for name, entry in self._inputs.items()}
        return {name: codes for name, codes in found.items() if codes}

    def sample_weights(self, axes: int) -> npt.NDArray[np.float32] | None:
        """Return the weights of all samples with further axes of size 1, the same array at each call; None for none.

        Args:
            axes: the number of further axes.
        """
        weights = self.dataset.weights
        if weights is not None and axes not in self._weights:
            self._weights[axes] = weights.reshape(-1, *[1] * axes)
        return self._weights.get(axes)

    def describe(self) -> dict[str, Any]:
        """Return a JSON-serializable description of the inputs and their preparations.

        Returns:
            For each input name: `kind`, `shape` and `dtype` of the raw samples, `received` {`shape`, `dtype`} of the
            training model, `columns` [{`name`, `kind`, `categories`}], and `stages` [{`class`, `arguments`, `fitted`
            {name: shape}}].
        """
        return {name: entry.describe(self.inputs[name]) for name, entry in self._inputs.items()}

    def fingerprint(self) -> Fingerprint:
        """Return the fingerprint by which a resumed run checks that the data is unchanged."""
        return Fingerprint(self.dataset, self.parts, self._samples, self._reader.is_resized)

    def checked_samples(self) -> CheckedSamples:
        """Return the samples for the checks of the data, with those that are kept in memory or on disk."""
        return CheckedSamples(self.dataset, self.parts, self._samples.store)

    def prepare(self, tensors: Mapping[str, Any]) -> dict[str, Any]:
        """Apply the preparations as new Keras layers with the fitted values.

        Args:
            tensors: symbolic tensors keyed by input name, with the shapes and types of `inputs`.

        Returns:
            The tensors for the first layers of the model, keyed by input name.
        """
        return {name: self._inputs[name].build(tensor) for name, tensor in tensors.items()}

    def raw_inputs(self) -> dict[str, Any]:
        """Return Keras inputs for raw samples, keyed by input name; a dict of columns for a table with categories."""
        import keras

        raw = {name: entry.raw_tensor(self.inputs[name].dtype) for name, entry in self._inputs.items()}
        names = [tensor.name for tensor in keras.tree.flatten(raw)]
        for name in names:
            if names.count(name) > 1:
                raise ArgumentError(
                    "columns", f"{name!r} is both a column of a table and an input; rename the column in the file"
                )
        return raw

    def from_raw(self, raw: Mapping[str, Any]) -> dict[str, Any]:
        """Return the inputs of the training model, computed from the tensors of `raw_inputs`, keyed by input name."""
        return {name: self._inputs[name].from_raw(tensor) for name, tensor in raw.items()}

    def steps(self, part: str) -> int:
        """Return the number of batches of a part; for `train`, the number of steps of a training epoch."""
        return len(self._starts(part, epoch=0 if part == "train" else None)) - 1

    def batch_sizes(self, part: str) -> list[int]:
        """Return the number of samples of each batch of a part; for `train`, those of a training epoch."""
        return [int(size) for size in np.diff(self._starts(part, epoch=0 if part == "train" else None))]

    def _starts(self, part: str, epoch: int | None) -> Indices:
        """Return where the batches begin; an evaluation (`epoch=None`) includes the samples that training drops."""
        return batch_starts(len(self.parts[part]), self.batch_size, "keep" if epoch is None else self.last_batch)

    def batches(
        self,
        part: str,
        *,
        epoch: int | None = None,
        first_step: int = 0,
        labels: Labels | None = None,
        sample_weight: Mapping[str, Values] | None = None,
        mixing: Mixing | None = None,
    ) -> Any:
        """Return the batches of a part.

        Args:
            part: `train`, `validation` or `test`.
            epoch: the training epoch, from 0; the order is `order(len(part), seed, epoch)`, `last_batch` applies, and
                images are augmented.
                With None, all samples are returned in the order of the part, and the last batch may be smaller.
            first_step: number of batches to skip at the beginning.
            labels: a function that is called with a target name and its labels, and returns the labels in the form
                that the losses expect. It must process samples independently of each other. Feeds are cached by it,
                so functions with equal results should compare equal.
            sample_weight: weights of all samples of the dataset, keyed by target name.
            mixing: mixes the batches of a training epoch, from `mixing`; default none.

        Returns:
            A `tf.data.Dataset` of (x, y) or (x, y, weights). x is a tensor or a dict keyed by input name; y and
            weights are tensors or dicts keyed by target name. Iterate over it within `worker_errors()`.

        Raises:
            DataError: a sample cannot be read into memory at the first call.
        """
        for name, coding in self._codings.items():
            if coding.categories is None:
                raise RuntimeError(f"the categories of input {name!r} are unknown; call `fit`, or pass `categories`")
        indices = self.parts[part]
        places = np.arange(len(indices)) if epoch is None else order(len(indices), self.seed, epoch)
        augments = bool(self._view_counts) or (epoch is not None and bool(self._augmentations))
        self._maker.open()
        feed = self._feeds.feed(labels, dict(sample_weight or {}), epoch is not None, augments)
        starts = self._starts(part, epoch)
        if mixing is None or epoch is None:
            return feed.batches(indices[places], starts, first_step, places, epoch)
        # Batches are mixed ahead of the step, so that it waits for mixed batches only.
        batches = feed.batches(indices[places], starts, first_step, places, epoch, is_measured=False)
        return mixing.batches(batches, epoch, first_step, feed.waiting)

    def mixing(self, mixes: Sequence[Mix], nodes: Sequence[Node] = ()) -> Mixing:
        """Return an argument of `batches` that mixes each batch with one of several mixes, written as `nodes`."""
        return Mixing(mixes, self.inputs, self.seed, self._feeds.errors.guard, nodes)

    @property
    def waiting(self) -> Waiting:
        """The time in which training steps have waited for batches that are not gathered from memory."""
        return self._feeds.waiting

    def worker_errors(self) -> AbstractContextManager[None]:
        """Return a context manager in which exceptions of reading threads are raised unchanged.

        TensorFlow would replace them, such as a `DataError` about a file, by its own error with their text.
        """
        return self._feeds.errors.raised()


def _without_none(values: Mapping[str, Value | None]) -> dict[str, Value]:
    return {name: value for name, value in values.items() if value is not None}
