"""A layer that averages the answers of a model."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import keras
from keras import ops

from kpipe.keras_internals import keras_mask, set_keras_mask
from kpipe.train.averaging.answer_average import AnswerAverage, Form


class AveragedAnswers(keras.layers.Layer):  # type: ignore[misc,unused-ignore]
    """Calls a model with several views of each sample, and averages its answers.

    The result has the form of the outputs of the model, as described in `AnswerAverage`. The model is called in
    inference, and with all views of a batch at once.

    Args:
        model: the model; it is not changed.
        forms: the form of each output, keyed by output name; the name of a single output is "".
        views: the number of views, keyed by the names of the inputs that have an axis of views after that of samples;
            all numbers are the same. The name of a single input is "".
        mirrored: for each view, whether it is a mirror image, if answers to images are mirrored back; by default no
            answer is.
        images: the names of the outputs that are images, which are mirrored back; default none.

    Shapes:
        Inputs (samples, views, ...) with views, and (samples, ...) without; outputs as those of the model.
    """

    def __init__(
        self,
        model: keras.Model,
        forms: Mapping[str, Form],
        views: Mapping[str, int],
        mirrored: Sequence[bool] = (),
        images: Sequence[str] = (),
    ) -> None:
        super().__init__(autocast=False, name="averaged_answers")
        self.model = model
        self._averages = {name: AnswerAverage(form) for name, form in forms.items()}
        self._views = dict(views)
        self._count = next(iter(views.values()), 1)
        self._mirrored = list(mirrored)
        self._images = frozenset(images)
        self.built = True

    def call(self, inputs: Any) -> Any:
        """Return the averages of the outputs."""
        outputs = self.model(self._rows(inputs), training=False)
        named = outputs if isinstance(outputs, Mapping) else {"": outputs}
        found = {name: self._averaged(name, output) for name, output in named.items()}
        return found if isinstance(outputs, Mapping) else found[""]

    def compute_output_spec(self, inputs: Any) -> Any:
        """Return the shapes and types of the outputs of the model."""
        return keras.tree.map_structure(lambda tensor: keras.KerasTensor(tensor.shape, "float32"), self.model.output)

    def _rows(self, inputs: Any) -> Any:
        """Return the inputs of the model: each view as a sample of its own."""
        if not isinstance(inputs, Mapping):
            return self._joined("", inputs)
        return {name: self._joined(name, values) for name, values in inputs.items()}

    def _joined(self, name: str, values: Any) -> Any:
        if name in self._views:
            return ops.reshape(values, (-1, *values.shape[2:]))
        if self._count == 1:
            return values
        return keras.tree.map_structure(lambda entry: ops.repeat(entry, self._count, axis=0), values)

    def _averaged(self, name: str, output: Any) -> Any:
        """Return the average over the views of one output, with the mask of the first view."""
        average = self._averages[name]
        values = self._mirrored_back(name, self._of_views(output))
        answer = average.answer(average.mean(average.terms(values), axis=1))
        mask = keras_mask(output)
        if mask is not None:
            set_keras_mask(answer, self._of_views(mask)[:, 0])
        return answer

    def _of_views(self, values: Any) -> Any:
        """Return values with an axis of views after that of samples."""
        shape = [ops.shape(values)[axis] if size is None else size for axis, size in enumerate(values.shape)]
        return ops.reshape(values, (-1, self._count, *shape[1:]))

    def _mirrored_back(self, name: str, values: Any) -> Any:
        if name not in self._images or not any(self._mirrored):
            return values
        is_mirrored = ops.reshape(ops.array(self._mirrored), (1, -1, *[1] * (len(values.shape) - 2)))
        return ops.where(is_mirrored, ops.flip(values, axis=3), values)
