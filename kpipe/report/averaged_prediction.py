"""Predictions from the average of several answers to each sample."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from typing import Any

import keras

from kpipe.data.prepared import PreparedData
from kpipe.errors import DataError
from kpipe.report.averaging_request import AveragingRequest
from kpipe.report.image_free_model import image_free_model
from kpipe.report.prediction_answer import PredictedTarget
from kpipe.report.prediction_input import Sample
from kpipe.spec.spec import Spec
from kpipe.train.averaging.answer_average import answer_form
from kpipe.train.averaging.averaged_model import averaged_model
from kpipe.train.averaging.averaging import Averaging
from kpipe.train.averaging.evaluate_averaged import check_averaging
from kpipe.train.averaging.masks import Masks
from kpipe.train.averaging.random_layers import random_layers
from kpipe.train.setup.described_data import described_data
from kpipe.train.setup.image_targets import image_targets


class AveragedPrediction:
    """Averages several answers to each sample; use it inside `spec_session`.

    Args:
        raw_model: a model from `saved_model`; it is not changed.
        spec: the spec of the run.
        described: the contents of `data.json`.
        targets: the targets in the order of `data.json`.
        averages: what answers are averaged over.

    Raises:
        SpecError: `averages` do not fit the model or its inputs.
    """

    def __init__(
        self,
        raw_model: Any,
        spec: Spec,
        described: Mapping[str, Any],
        targets: Sequence[PredictedTarget],
        averages: AveragingRequest,
    ) -> None:
        averaging = averages.averaging(spec.seed) or Averaging()
        self._averaging = averaging
        self._data: PreparedData = described_data(spec, described)
        with averages.located():
            check_averaging(averaging, raw_model, self._data)
        self._views = {} if averaging.views is None else self._data.input_views(averaging.views)
        self._model = image_free_model(raw_model, self._views) if self._views else raw_model
        self._forms = {target.name: answer_form(target.task, target.logits, target.binary) for target in targets}

    @contextmanager
    def model(self) -> Iterator[keras.Model]:
        """Yield a model whose image inputs are views, and whose outputs are those of the saved model.

        With masks, the outputs are a dict that also contains `spread NAME` for each target NAME, the standard deviation
        over the masks. Trace it inside the block.
        """
        views = self._averaging.views
        with ExitStack() as stack:
            masks = None
            if self._averaging.samples is not None:
                states = stack.enter_context(random_layers(self._model, self._averaging.seed))
                masks = Masks(self._averaging.samples, states, returns_spread=True)
            yield averaged_model(
                self._model,
                self._forms,
                {} if views is None else dict.fromkeys(self._views, views.count),
                (None if views is None else views.mirrored) or (),
                list(image_targets(self._data.dataset)),
                masks,
            )

    def samples(self, samples: Iterator[Sample]) -> Iterator[Sample]:
        """Yield the samples with the views of their images; the number of a sample, from 0, determines random views."""
        for number, sample in enumerate(samples):
            yield sample if sample.error is not None or not self._views else self._viewed(sample, number)

    def _viewed(self, sample: Sample, number: int) -> Sample:
        try:
            made = {
                name: make(self._data.resized(name, sample.values[name]), number) for name, make in self._views.items()
            }
        except DataError as error:
            return Sample(sample.name, error=str(error))
        return dataclasses.replace(sample, values={**sample.values, **made}, raw=sample)
