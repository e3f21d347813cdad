"""A layer that averages the answers of a model."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import keras
from keras import ops

from kpipe.keras_internals import keras_mask, set_keras_mask
from kpipe.train.averaging.answer_average import AnswerAverage, Form
from kpipe.train.averaging.masks import Masks

#: The terms of the average of each output, keyed by output name.
Terms = dict[str, list[Any]]


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
        masks: the masks of random layers over which answers are averaged; None (default) for none.

    Attributes:
        spreads: metrics with the mean standard deviation of each output over the masks, keyed by output name; without
            masks none.

    Shapes:
        Inputs (samples, views, ...) with views, and (samples, ...) without; outputs as those of the model. With
        `Masks.returns_spread`, the outputs are a dict that also contains `spread NAME` for each output NAME.
    """

    def __init__(
        self,
        model: keras.Model,
        forms: Mapping[str, Form],
        views: Mapping[str, int],
        mirrored: Sequence[bool] = (),
        images: Sequence[str] = (),
        masks: Masks | None = None,
    ) -> None:
        super().__init__(autocast=False, name="averaged_answers")
        self.model = model
        self._averages = {name: AnswerAverage(form) for name, form in forms.items()}
        self._views = dict(views)
        self._count = next(iter(views.values()), 1)
        self._mirrored = list(mirrored)
        self._images = frozenset(images)
        self._masks = masks
        names = [] if masks is None else list(forms)
        self.spreads: dict[str, Any] = {name: keras.metrics.Mean(name=f"spread {name}") for name in names}
        self.built = True

    def call(self, inputs: Any) -> Any:
        """Return the averages of the outputs."""
        rows = self._rows(inputs)
        spreads: dict[str, Any] = {}
        if self._masks is None:
            terms, masks = self._answered(rows)
        else:
            terms, masks, spreads = self._sampled(rows, self._masks)
        found = {name: self._averages[name].answer(values) for name, values in terms.items()}
        for name, mask in masks.items():
            set_keras_mask(found[name], mask)
        if self._masks is not None and self._masks.returns_spread:
            return {**found, **{f"spread {name}": values for name, values in spreads.items()}}
        return found[""] if [*found] == [""] else found

    def _answered(self, rows: Any) -> tuple[Terms, dict[str, Any]]:
        """Return the terms of the mean over the views for each output, and the masks of the outputs that have one."""
        outputs = self.model(rows, training=False)
        named = outputs if isinstance(outputs, Mapping) else {"": outputs}
        masks = {name: keras_mask(output) for name, output in named.items()}
        return (
            {name: self._mean(name, output) for name, output in named.items()},
            {name: self._of_views(mask)[:, 0] for name, mask in masks.items() if mask is not None},
        )

    def _sampled(self, rows: Any, drawn: Masks) -> tuple[Terms, dict[str, Any], dict[str, Any]]:
        """Return the terms of the mean over the masks, the masks of sequences, and the deviations over the masks."""

        def answered(states: list[Any]) -> tuple[Terms, dict[str, Any], list[Any], Any]:
            # The scope returns what the call would change, such as seeds, and prevents it from being changed.
            mapping = list(zip(drawn.states, states, strict=True))
            with keras.StatelessScope(state_mapping=mapping, collect_losses=True) as scope:
                terms, masks = self._answered(rows)
            after = [scope.get_current_value(state) for state in drawn.states]
            return terms, masks, after, sum((ops.cast(loss, "float32") for loss in scope.losses), ops.zeros(()))

        def step(number: Any, carried: Any) -> Any:
            total, states, loss, moments = carried
            terms, _, states, added = answered(states)
            total = {name: self._averages[name].sum(values, terms[name]) for name, values in total.items()}
            seen = ops.cast(number + 1, "float64")
            found = {name: _updated(moments[name], self._number(name, terms[name]), seen) for name in terms}
            return total, states, loss + added, found

        terms, masks, states, loss = answered([state.value for state in drawn.states])
        means = {name: self._number(name, values) for name, values in terms.items()}
        moments = {name: (mean, ops.zeros_like(mean)) for name, mean in means.items()}
        total, states, loss, moments = ops.fori_loop(1, drawn.count, step, (terms, states, loss, moments))
        for state, value in zip(drawn.states, states, strict=True):
            state.assign(value)
        self.add_loss(loss / drawn.count)
        spreads = {name: ops.cast(ops.sqrt(squares / drawn.count), "float32") for name, (_, squares) in moments.items()}
        for name, values in spreads.items():
            self.spreads[name].update_state(values, sample_weight=masks.get(name))
        return (
            {name: self._averages[name].divided(values, drawn.count) for name, values in total.items()},
            masks,
            spreads,
        )

    def _number(self, name: str, terms: list[Any]) -> Any:
        """Return the probabilities or the numbers of which the deviation is computed, in the units of the target."""
        values = ops.cast(self._averages[name].probabilities(terms), "float64")
        units = self._masks.units.get(name) if self._masks is not None else None
        return values if units is None else units(values)

    def compute_output_spec(self, inputs: Any) -> Any:
        """Return the shapes and types of the outputs of the model."""
        output = self.model.output
        found = keras.tree.map_structure(lambda tensor: keras.KerasTensor(tensor.shape, "float32"), output)
        if self._masks is None or not self._masks.returns_spread:
            return found
        named = found if isinstance(found, Mapping) else {"": found}
        spreads = {f"spread {name}": keras.KerasTensor(tensor.shape, "float32") for name, tensor in named.items()}
        return {**named, **spreads}

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

    def _mean(self, name: str, output: Any) -> list[Any]:
        """Return the terms of the mean over the views of one output."""
        average = self._averages[name]
        return average.mean(average.terms(self._mirrored_back(name, self._of_views(output))), axis=1)

    def _of_views(self, values: Any) -> Any:
        """Return values with an axis of views after that of samples."""
        shape = [ops.shape(values)[axis] if size is None else size for axis, size in enumerate(values.shape)]
        return ops.reshape(values, (-1, self._count, *shape[1:]))

    def _mirrored_back(self, name: str, values: Any) -> Any:
        if name not in self._images or not any(self._mirrored):
            return values
        is_mirrored = ops.reshape(ops.array(self._mirrored), (1, -1, *[1] * (len(values.shape) - 2)))
        return ops.where(is_mirrored, ops.flip(values, axis=3), values)


def _updated(moments: tuple[Any, Any], values: Any, count: Any) -> tuple[Any, Any]:
    """Return the mean and the sum of squared deviations with one more value (Welford 1962)."""
    mean, squares = moments
    difference = values - mean
    mean = mean + difference / count
    return mean, squares + difference * (values - mean)
