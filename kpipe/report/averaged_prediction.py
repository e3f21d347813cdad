"""Predictions from the average of several answers to each sample."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from kpipe.data.prepared import PreparedData
from kpipe.errors import DataError
from kpipe.report.image_free_model import image_free_model
from kpipe.report.prediction_answer import PredictedTarget
from kpipe.report.prediction_input import Sample
from kpipe.spec.node import Node
from kpipe.spec.spec import Spec
from kpipe.train.averaging.answer_average import answer_form
from kpipe.train.averaging.averaged_model import averaged_model
from kpipe.train.averaging.averaging import Averaging
from kpipe.train.averaging.evaluate_averaged import check_views
from kpipe.train.setup.described_data import described_data
from kpipe.train.setup.error_places import located
from kpipe.train.setup.image_targets import image_targets


class AveragedPrediction:
    """Averages the answers to several views of each sample; use it inside `spec_session`.

    Args:
        raw_model: a model from `saved_model`.
        spec: the spec of the run.
        described: the contents of `data.json`.
        targets: the targets in the order of `data.json`.
        tta: the component of a test-time augmentation.

    Attributes:
        model: a model whose image inputs are views, and whose outputs are those of the saved model.

    Raises:
        SpecError: `tta` is not valid, or does not fit the inputs.
    """

    def __init__(
        self,
        raw_model: Any,
        spec: Spec,
        described: Mapping[str, Any],
        targets: Sequence[PredictedTarget],
        tta: Node,
    ) -> None:
        averaging = Averaging.of(tta)
        if averaging is None:
            raise DataError("expected a test-time augmentation, got null; remove it")
        self._data: PreparedData = described_data(spec, described)
        with located(tta):
            check_views(averaging.views, self._data)
        self._views = self._data.input_views(averaging.views)
        self.model = averaged_model(
            image_free_model(raw_model, self._views),
            {target.name: answer_form(target.task, target.logits, target.binary) for target in targets},
            dict.fromkeys(self._views, averaging.views.count),
            averaging.views.mirrored or (),
            list(image_targets(self._data.dataset)),
        )

    def samples(self, samples: Iterator[Sample]) -> Iterator[Sample]:
        """Yield the samples with the views of their images; the number of a sample, from 0, determines random views."""
        for number, sample in enumerate(samples):
            yield sample if sample.error is not None else self._viewed(sample, number)

    def _viewed(self, sample: Sample, number: int) -> Sample:
        try:
            made = {
                name: make(self._data.resized(name, sample.values[name]), number) for name, make in self._views.items()
            }
        except DataError as error:
            return Sample(sample.name, error=str(error))
        return dataclasses.replace(sample, values={**sample.values, **made}, raw=sample)
