"""One input of a dataset, and what happens to its samples before the first layer of a model."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from kpipe.data.cache.sample_store import silent
from kpipe.data.dataset import Input
from kpipe.data.encoding.table_coding import Categories, TableCoding
from kpipe.data.evaluation import Evaluation
from kpipe.data.features import Features, ValueKind
from kpipe.data.prepare.moments import Moments
from kpipe.data.prepare.preparation import Batches, Preparation
from kpipe.data.prepare.resize import Resize
from kpipe.data.value_range import ValueRange, value_range
from kpipe.errors import ArgumentError
from kpipe.messages.escaped import escaped

Values = npt.NDArray[Any]
Say = Callable[[str], None]


class PreparedInput:
    """One input with its preparations, in NumPy for their fit and as Keras layers for the model.

    Samples are read resized, and tables as numbers and codes of categories; the training model receives these, and
    applies the other preparations. The saved model receives raw samples, and contains everything.

    Args:
        raw: the input of the dataset.
        preparations: its preparations in order; `Resize` must be first. The instances must not be used elsewhere.
        categories: the categories of each column of a table as stored by a finished run; None (default): not known yet.
        evaluation: the transforms of its images in an evaluation; None (default) for none.

    Attributes:
        raw: the input of the dataset.
        resize: the `Resize` preparation, which is applied when samples are read; None if there is none.
        coding: the coding of a table; None for other inputs.
        evaluation: the transforms of an evaluation; None for none.
        stages: the preparations after `Resize`.
        fills_missing: whether a preparation fills missing values.
        features: the features of the first layer; sizes and categories may be unknown before the fit.

    Raises:
        ArgumentError: a preparation cannot be applied.

    Example:
        >>> PreparedInput(Input("x", "array", (3,), "float32")).preparations
        []
    """

    def __init__(
        self,
        raw: Input,
        preparations: Sequence[Preparation] = (),
        categories: Categories | None = None,
        evaluation: Evaluation | None = None,
    ) -> None:
        self.raw = raw
        self.stages = list(preparations)
        self.resize: Resize | None = None
        if self.stages and isinstance(first := self.stages[0], Resize):
            self.resize = first
            del self.stages[0]
        self.fills_missing = any(stage.fills_missing for stage in self.stages)
        self.coding = TableCoding(raw, categories, self.fills_missing) if raw.kind == "table" else None
        self.evaluation = evaluation
        self._bind()

    def _bind(self) -> None:
        """Bind the preparations to their features, as far as these are known before the fit."""
        features = self._features(self.raw.shape)
        if self.resize is not None:
            features = self.resize.bind(features)
        if self.evaluation is not None:
            features = dataclasses.replace(features, shape=self.evaluation.shape(features.shape))
        for stage in self.stages:
            if isinstance(stage, Resize):
                raise ArgumentError(
                    "Resize",
                    f"Resize is not the first preparation of input {self.raw.name!r}, but images are resized when they "
                    "are decoded; write Resize only once, as the first preparation",
                )
            self._check_missing(features, stage)
            features = stage.bind(features)
        self._check_missing(features)
        self.features = features
        if features.coded:
            raise ArgumentError(
                "prepare",
                f"input {self.raw.name!r} has categorical columns; expected numeric columns, got categories in "
                f"{', '.join(map(escaped, features.coded))}; add OneHot, or Encode for an Embedding layer, to "
                "data.prepare, or exclude these columns",
            )

    def _check_missing(self, features: Features, stage: Preparation | None = None) -> None:
        """Check that all missing values are filled before a preparation, or at the end."""
        if not features.missing or (stage is not None and stage.fills_missing):
            return
        remaining = self.stages if stage is None else self.stages[self.stages.index(stage) :]
        if later := [type(entry).__name__ for entry in remaining if entry.fills_missing]:
            name = type(stage).__name__
            raise ArgumentError(
                later[0],
                f"{later[0]} is after {name} in the preparations of input {self.raw.name!r}, which cannot process "
                f"missing values; move {later[0]} before {name}",
            )
        kinds, strategy = ("numeric", "median") if "number" in features.missing else ("categorical", "most_frequent")
        raise ArgumentError(
            "fill_value",
            f"missing values in the {kinds} columns of input {self.raw.name!r} are not filled; add Impute: "
            f"{{strategy: {strategy}}} after the first Impute",
        )

    def _features(self, shape: tuple[int | None, ...]) -> Features:
        if self.coding is not None:
            return self.coding.features()
        missing: frozenset[ValueKind] = frozenset(("number",) if self.fills_missing else ())
        return Features(self.raw.name, self.raw.kind, shape, dtype=self.raw.dtype, missing=missing)

    @property
    def preparations(self) -> list[Preparation]:
        """All preparations in order, including `Resize`."""
        return [*([] if self.resize is None else [self.resize]), *self.stages]

    def fit(self, shape: tuple[int | None, ...], batches: Callable[[], Iterator[Values]], say: Say = silent) -> None:
        """Fit the preparations to the training part; the categories of a table must be known.

        Args:
            shape: of a sample that the training model receives.
            batches: returns the training samples as they are read, the same ones at each call.
            say: receives what the preparations report about their fitted values.

        Raises:
            ArgumentError: an argument of a preparation does not fit the dataset.
            DataError: the dataset cannot be prepared in this way.
        """
        features = self._features(shape)
        for position, stage in enumerate(self.stages):
            prepared = stage.bind(features)
            if stage.fits:
                stage.fit(_transformed(batches, self.stages[:position]))
                prepared = stage.bind(features)
                for message in stage.messages():
                    say(message)
            features = prepared
        self.features = features

    def statistics(self, values: Values) -> tuple[list[ValueRange | None], Moments]:
        """Return the ranges before each preparation and after the last one, and the moments after the last one.

        The moments are those of each feature or channel. `Resize` is not included.

        Args:
            values: samples as they are read. Of a table, the ranges are those of the numeric columns.
        """
        values = values.astype(np.float64)
        ranges = []
        for stage in self.stages:
            numbers = stage.features.numbers
            ranges.append(value_range(values if numbers is None else values[:, numbers]))
            values = stage.transform(values)
        ranges.append(value_range(values))
        return ranges, Moments.of([values], axes=(values.ndim - 1,))

    def describe(self, received: Input) -> dict[str, Any]:
        """Return a JSON-serializable description, as in `PreparedData.describe`.

        Args:
            received: what the training model receives.
        """
        categories = (self.coding.categories if self.coding is not None else None) or {}
        return {
            "kind": self.raw.kind,
            "shape": list(self.raw.shape),
            "dtype": self.raw.dtype,
            "received": {"shape": list(received.shape), "dtype": received.dtype},
            "columns": [
                {"name": column.name, "kind": column.kind, "categories": list(categories.get(column.name, ()))}
                for column in self.raw.columns
            ],
            "stages": [
                {
                    "class": type(stage).__name__,
                    "arguments": stage.arguments(),
                    "fitted": {key: list(value.shape) for key, value in stage.fitted().items()},
                }
                for stage in self.preparations
            ],
            **({"fills_missing": True} if self.fills_missing else {}),
        }

    def build(self, tensor: Any) -> Any:
        """Apply the preparations after `Resize` as new Keras layers with the fitted values.

        Args:
            tensor: what the training model receives.
        """
        for position, stage in enumerate(self.stages, start=1):
            tensor = stage.build(tensor, f"{self.raw.name}_{position}_{type(stage).__name__.lower()}")
        return tensor

    def raw_tensor(self, dtype: str) -> Any:
        """Return a Keras input for raw samples; a dict of columns for a table with categories.

        Args:
            dtype: the type of what the training model receives.
        """
        import keras

        if self.coding is not None:
            return self.coding.raw_inputs()
        # With Resize, the model accepts images of any size, not only the sizes in the dataset.
        is_resized = self.resize is not None or (self.evaluation is not None and self.evaluation.resizes)
        shape = (None, None, self.raw.shape[-1]) if is_resized else self.raw.shape
        return keras.Input(shape, dtype=dtype, name=self.raw.name)

    def from_raw(self, tensor: Any) -> Any:
        """Return what the training model receives, computed by Keras layers from what `raw_tensor` returns."""
        if self.coding is not None:
            return self.coding.from_raw(tensor)
        if self.resize is not None:
            tensor = self.resize.build(tensor, f"{self.raw.name}_resize")
        return tensor if self.evaluation is None else self.evaluation.build(tensor, self.raw.name)


def _transformed(batches: Callable[[], Iterator[Values]], before: Sequence[Preparation]) -> Batches:
    """Return a function that yields the batches after the preparations `before`."""

    def transformed() -> Iterator[Values]:
        for values in batches():
            values = values.astype(np.float64)
            for stage in before:
                values = stage.transform(values)
            yield values

    return transformed
