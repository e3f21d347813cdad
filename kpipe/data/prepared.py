"""Data ready for a model: split, prepared, and fed in batches whose order is a pure function of seed and epoch."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from functools import partial
from typing import Any

import numpy as np

from kpipe.data.batch_starts import LastBatch, batch_starts
from kpipe.data.constant_inputs import MOST_FEATURES, constant_input
from kpipe.data.dataset import Dataset, Indices, Input
from kpipe.data.feeds import Feeds, Labels, Values
from kpipe.data.fingerprint import Fingerprint
from kpipe.data.order import order
from kpipe.data.prepare.features import Features
from kpipe.data.prepare.preparation import Batch, Batches, Preparation
from kpipe.data.prepare.resize import Resize
from kpipe.data.reader import Reader
from kpipe.data.samples import Samples, Say, silent
from kpipe.data.table_coding import Categories, TableCoding
from kpipe.data.unseen import report_unseen
from kpipe.data.value_range import ValueRange, value_range
from kpipe.errors import ArgumentError, DataError
from kpipe.messages.escaped import escaped

#: Samples whose range of values is measured.
_MEASURED = 64


class PreparedData:
    """An opened source with its parts and preparations, as models and trainings see it.

    Args:
        dataset: the opened source.
        parts: indices keyed by part name: `train`, and `validation` and `test` where there are such.
        preparations: keyed by input name, in their order, each used for this input alone; Resize only first.
        seed: of the order of samples, at least 0, default 0.
        batch_size: samples a step, at least 1, default 32.
        last_batch: what an epoch of the training does with the remainder, as in `batch_starts`; default `keep`.
        memory: GiB of samples that may be held in memory instead of being read again in each epoch, default 1.
        categories: by table's name, those of each column, as a finished run kept them; by default they are taken
            from the training part when the data are fitted.

    Attributes:
        inputs: by name, as the training model receives them.

    Raises:
        ArgumentError: a preparation cannot be applied.
        DataError: images of differing sizes and no Resize.
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
        categories: Mapping[str, Categories] | None = None,
    ) -> None:
        self.dataset = dataset
        self.parts = {name: np.asarray(indices, np.int64) for name, indices in parts.items()}
        self.seed = seed
        self.batch_size = batch_size
        self.last_batch = last_batch
        self._stages = {name: list((preparations or {}).get(name, ())) for name in dataset.inputs}
        self._resizes: dict[str, Resize] = {}
        for name, stages in self._stages.items():
            if stages and isinstance(first := stages[0], Resize):
                self._resizes[name] = first
                del stages[0]
        self._codings = {
            name: TableCoding(entry, (categories or {}).get(name))
            for name, entry in dataset.inputs.items()
            if entry.kind == "table"
        }
        for name in dataset.inputs:
            self._check(name)
        touched = frozenset(name for name, stages in self._stages.items() if stages)
        self._reader = Reader(dataset, self._resizes, self._codings, touched)
        self.inputs: dict[str, Input] = self._reader.inputs
        self._samples = Samples(self._reader, self.parts, memory)
        self._feeds = Feeds(self._samples, batch_size, memory)

    def _check(self, name: str) -> None:
        """Refuses stages that cannot be applied; leaves each bound to what enters it, as far as it is known."""
        features = self._entering(name, self.dataset.inputs[name].shape)
        if name in self._resizes:
            features = self._resizes[name].bind(features)
        for stage in self._stages[name]:
            if isinstance(stage, Resize):
                raise ArgumentError(
                    "Resize",
                    f"Resize is not the first preparation of input {name!r}; images are resized where they are "
                    f"decoded: write it first, and once",
                )
            features = stage.bind(features)
        if features.coded:
            raise ArgumentError(
                "prepare",
                f"columns of input {name!r} hold categories, and a model takes numbers: "
                f"{', '.join(map(escaped, features.coded))}; write OneHot in data.prepare, or leave these columns out",
            )

    def _entering(self, name: str, shape: tuple[int | None, ...]) -> Features:
        if name in self._codings:
            return self._codings[name].features()
        entry = self.dataset.inputs[name]
        return Features(name, entry.kind, shape, dtype=entry.dtype)

    def fit(self, say: Say = silent) -> None:
        """Takes the categories and the values of the preparations from the training part.

        Args:
            say: reports one line to the user.

        Raises:
            ArgumentError: an argument of a preparation does not fit the data.
            DataError: a sample cannot be read, contains no number, or the data cannot be prepared this way.
        """
        if not len(self.parts["train"]):
            raise DataError("the training part has no samples; lower data.validation and data.test")
        for name, coding in self._codings.items():
            if coding.categories is None:
                pieces = self._samples.pieces(self.parts["train"])
                coding.find(self.dataset.rows(name, piece) for piece in pieces)
        self.report_unseen([part for part in self.parts if part != "train"], say)
        self._samples.load(say)
        self._report_constant(say)
        for name, stages in self._stages.items():
            features = self._entering(name, self.inputs[name].shape)
            for position, stage in enumerate(stages):
                left = stage.bind(features)
                if stage.fits:
                    stage.fit(self._passes(name, stages[:position]))
                    left = stage.bind(features)
                features = left

    def report_unseen(self, parts: Sequence[str], say: Say) -> None:
        """Reports categories and classes that the training part lacks, with their share.

        Args:
            parts: where they are looked for.
            say: receives one line for each column or target.
        """
        report_unseen(self.dataset, self.parts["train"], {part: self.parts[part] for part in parts}, self._codings, say)

    def _report_constant(self, say: Say) -> None:
        train = self.parts["train"]
        piece = len(next(self._samples.pieces(train)))
        for name, entry in self.inputs.items():
            is_table = name in self._codings
            shape = self._reader.shape(name)
            features = is_table or (self._samples.held and len(shape) == 1 and shape[0] <= MOST_FEATURES)
            read = partial(self._table if is_table else self._samples.read, name)
            if line := constant_input(entry, read, train, piece, features):
                say(line)

    def _table(self, name: str, indices: Indices) -> Values:
        return self._codings[name].code(self.dataset.rows(name, indices))

    def _passes(self, name: str, before: Sequence[Preparation]) -> Batches:
        """Gives the training part's samples of one input, after the preparations `before`."""

        def batches() -> Iterator[Batch]:
            for piece in self._samples.pieces(self.parts["train"]):
                values = self._samples.read(name, piece).astype(np.float64)
                for stage in before:
                    values = stage.transform(values)
                yield values

        return batches

    @property
    def preparations(self) -> dict[str, list[Preparation]]:
        """By input name, its preparations in their order, Resize among them."""
        resizes = {name: [resize] for name, resize in self._resizes.items()}
        return {name: [*resizes.get(name, []), *stages] for name, stages in self._stages.items()}

    def stage_names(self, name: str) -> list[str]:
        """The classes of an input's preparations in their order, without Resize."""
        return [type(stage).__name__ for stage in self._stages[name]]

    def ranges(self) -> dict[str, list[ValueRange | None]]:
        """By input's name, the range of its values before each preparation and after the last, without Resize.

        Up to 64 samples of the training part are read for it. In a table the columns of numbers count.
        """
        train = self.parts["train"]
        some = train[np.unique(np.linspace(0, len(train) - 1, min(len(train), _MEASURED), dtype=np.int64))]
        return {name: list(self._ranges(name, some)) for name in self.inputs}

    def _ranges(self, name: str, indices: Indices) -> Iterator[ValueRange | None]:
        values = self._samples.read(name, indices).astype(np.float64)
        for stage in self._stages[name]:
            numbers = stage.features.numbers
            yield value_range(values if numbers is None else values[:, numbers])
            values = stage.transform(values)
        yield value_range(values)

    @property
    def categories(self) -> dict[str, dict[str, tuple[str, ...]]]:
        """By table's name, the categories of each column of categories; empty before the fit."""
        return {name: dict(coding.categories or {}) for name, coding in self._codings.items()}

    def describe(self) -> dict[str, Any]:
        """What was done to each input, as plain data for JSON.

        Returns:
            By input's name: `kind`, `shape` and `dtype` of the raw samples, `received` {`shape`, `dtype`} of the
            training model, `columns` [{`name`, `kind`, `categories`}], and `stages` [{`class`, `arguments`, `fitted`
            {name: shape}}].
        """
        return {name: self._describe(name) for name in self.inputs}

    def fingerprint(self) -> Fingerprint:
        """By what a resumed run knows these data again."""
        return Fingerprint(self.dataset, self.parts, self._samples, bool(self._resizes))

    def _describe(self, name: str) -> dict[str, Any]:
        raw, received = self.dataset.inputs[name], self.inputs[name]
        known = self.categories.get(name, {})
        return {
            "kind": raw.kind,
            "shape": list(raw.shape),
            "dtype": raw.dtype,
            "received": {"shape": list(received.shape), "dtype": received.dtype},
            "columns": [
                {"name": column.name, "kind": column.kind, "categories": list(known.get(column.name, ()))}
                for column in raw.columns
            ],
            "stages": [
                {
                    "class": type(stage).__name__,
                    "arguments": stage.arguments(),
                    "fitted": {key: list(value.shape) for key, value in stage.fitted().items()},
                }
                for stage in self.preparations[name]
            ],
        }

    def prepare(self, tensors: Mapping[str, Any]) -> dict[str, Any]:
        """The preparations inside the model, as new Keras layers that hold the fitted values.

        Args:
            tensors: symbolic, keyed by input name, of the shapes and types of `inputs`.

        Returns:
            By input's name, what the first layer of the model reads.
        """
        prepared = {}
        for name, tensor in tensors.items():
            for position, stage in enumerate(self._stages[name], start=1):
                tensor = stage.build(tensor, f"{name}_{position}_{type(stage).__name__.lower()}")
            prepared[name] = tensor
        return prepared

    def raw_inputs(self) -> dict[str, Any]:
        """Keras inputs for raw samples, keyed by input name; for a table with categories a dict of its columns."""
        import keras

        raw: dict[str, Any] = {}
        for name, entry in self.dataset.inputs.items():
            if name in self._codings:
                raw[name] = self._codings[name].raw_inputs()
            else:
                # With Resize in front the model takes images of any size, regardless of the sizes that the dataset has.
                shape = (None, None, entry.shape[-1]) if name in self._resizes else entry.shape
                raw[name] = keras.Input(shape, dtype=self.inputs[name].dtype, name=name)
        names = [tensor.name for tensor in keras.tree.flatten(raw)]
        for name in names:
            if names.count(name) > 1:
                raise ArgumentError(
                    "columns", f"{name!r} is a column of a table and an input at once; rename the column in the file"
                )
        return raw

    def from_raw(self, raw: Mapping[str, Any]) -> dict[str, Any]:
        """What the training model receives, from the tensors of `raw_inputs`; the same tensor where nothing is done."""
        tensors = {}
        for name, tensor in raw.items():
            if name in self._codings:
                tensors[name] = self._codings[name].from_raw(tensor)
            elif name in self._resizes:
                tensors[name] = self._resizes[name].build(tensor, f"{name}_resize")
            else:
                tensors[name] = tensor
        return tensors

    def steps(self, part: str) -> int:
        """How many batches a part has; for `train` in an epoch of the training."""
        return len(self._starts(part, epoch=0 if part == "train" else None)) - 1

    def _starts(self, part: str, epoch: int | None) -> Indices:
        """Where the batches begin; all samples are measured, even those that an epoch of the training drops."""
        return batch_starts(len(self.parts[part]), self.batch_size, "keep" if epoch is None else self.last_batch)

    def batches(
        self,
        part: str,
        *,
        epoch: int | None = None,
        first_step: int = 0,
        labels: Labels | None = None,
        sample_weight: Mapping[str, Values] | None = None,
    ) -> Any:
        """The batches of a part.

        Args:
            part: `train`, `validation` or `test`.
            epoch: of the training, from 0; the order is `order(len(part), seed, epoch)`, and `last_batch` applies.
                None: all samples in the order of the part, the last batch smaller where they do not divide.
            first_step: batches that are skipped at the beginning.
            labels: called with a target's name and its labels, returns them as the losses want them. It is a function
                of each sample alone, and equal for equal results: feeds are kept by it.
            sample_weight: keyed by target name, over all samples of the dataset.

        Returns:
            A `tf.data.Dataset` of (x, y) or (x, y, weights): x a tensor or a dict keyed by input name, y and weights
            likewise keyed by target name. Iterate it within `worker_errors()`.

        Raises:
            DataError: a sample cannot be read, when it is read into memory at the first call.
        """
        for name, coding in self._codings.items():
            if coding.categories is None:
                raise RuntimeError(f"the categories of input {name!r} are not known; fit the data, or pass them in")
        indices = self.parts[part]
        if epoch is not None:
            indices = indices[order(len(indices), self.seed, epoch)]
        return self._feeds.feed(labels, dict(sample_weight or {})).batches(
            indices, self._starts(part, epoch), first_step
        )

    def worker_errors(self) -> AbstractContextManager[None]:
        """Within it, what a worker raised while reading arrives as it was raised, such as a `DataError` by a
        file's name; TensorFlow alone would only pass its text on.
        """
        return self._feeds.errors.raised()
