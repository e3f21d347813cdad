"""The loss, the metrics and the form of the labels of one target."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import keras

from kpipe.components import build
from kpipe.components.inspection.custom_classes import is_custom
from kpipe.data.dataset import Target
from kpipe.errors import ArgumentError
from kpipe.keras_internals import stated_from_logits
from kpipe.messages.escaped import escaped
from kpipe.metrics._class_metric import ClassMetric
from kpipe.spec.node import Node, split_component
from kpipe.spec.refusal import Place, refusal
from kpipe.spec.sections.target_options import TargetOptions
from kpipe.train.objective import loss_and_metric_rules as rules
from kpipe.train.objective.label_form import Form
from kpipe.train.objective.output_activation import Activation, output_activation

#: The value that selects the accuracy that fits the output; Keras' own string is wrong for logits.
ACCURACY = "accuracy"


@dataclass(frozen=True)
class TargetRules:
    """The rules that decide the objective of one target.

    Args:
        target: the target.
        output: the symbolic output of the model for the target.
        options: the options of the target in the spec.
        smoothing: the label smoothing of the spec.
        place: maps a dotted path of the spec to its mark.
    """

    target: Target
    output: Any
    options: TargetOptions
    smoothing: float
    place: Place

    @cached_property
    def activation(self) -> Activation:
        """The activation of the output."""
        return output_activation(self.output)

    @property
    def classes(self) -> int:
        """The number of classes; 0 for regression."""
        return len(self.target.classes or ())

    @property
    def is_classes(self) -> bool:
        """Whether each label is one of several exclusive classes."""
        return self.target.task in ("classification", "sequence")

    @property
    def is_one_unit(self) -> bool:
        """Whether a single unit distinguishes two classes."""
        return self.target.task == "classification" and self.classes == 2 and self.output.shape[-1] == 1

    @property
    def has_class_units(self) -> bool:
        """Whether the output has one unit for each of several exclusive classes."""
        return self.is_classes and not self.is_one_unit

    @property
    def has_free_shape(self) -> bool:
        """Whether a custom loss alone decides how numbers to predict are compared with an output of another shape."""
        loss = self.loss() if self.target.task == "regression" else None
        shape = tuple(self.output.shape[1:])
        return loss is not None and is_custom(loss) and shape != self.target.shape

    def loss(self) -> Any | None:
        """Return the loss of the spec; None for `auto`."""
        node = self.options.loss
        return None if node is None or node.value in ("auto", None) else build(node, "loss")

    def new_loss(self, form: Form) -> Any:
        """Return a new loss, that of the spec or the one that `auto` selects by task and activation."""
        given = self.loss()
        if given is not None:
            return given
        logits = self.activation == "logits"
        if self.target.task == "regression":
            return keras.losses.MeanSquaredError()
        if self.target.task == "multilabel" or form == "binary":
            return keras.losses.BinaryCrossentropy(from_logits=logits, label_smoothing=self.smoothing)
        if form == "one_hot":
            return keras.losses.CategoricalCrossentropy(from_logits=logits, label_smoothing=self.smoothing)
        return keras.losses.SparseCategoricalCrossentropy(from_logits=logits)

    def logits(self, loss: Any | None) -> bool | None:
        """Return whether the output is logits, by the last layer or else by the loss; None if it is unknown."""
        if self.target.task == "regression":
            return None
        if self.activation != "other":
            return self.activation == "logits"
        return None if loss is None else stated_from_logits(loss)

    def metrics(self) -> list[tuple[Any, Node | None]]:
        """Return the metrics of the spec, each with its node; the value `accuracy` stays a string."""
        node = self.options.metrics
        if node is None or node.value in ("auto", None):
            if self.has_free_shape:
                return []
            automatic = "mean_absolute_error" if self.target.task == "regression" else ACCURACY
            return [(automatic, None)]
        items = node.items if node.is_list else [node]
        return [(ACCURACY if item.value == ACCURACY else self._metric(item), item) for item in items]

    def new_metrics(self, form: Form, logits: bool | None) -> list[Any]:
        """Return new metrics; their names are the same at each call."""
        return [self._new_metric(item, form, logits) for item, _ in self.metrics()]

    def _new_metric(self, item: Any, form: Form, logits: bool | None) -> Any:
        if item == "mean_absolute_error":
            return keras.metrics.MeanAbsoluteError(name=item)
        if item != ACCURACY:
            return item
        if form == "binary" or self.target.task == "multilabel":
            return keras.metrics.BinaryAccuracy(name=ACCURACY, threshold=0.0 if logits else 0.5)
        if form == "one_hot":
            return keras.metrics.CategoricalAccuracy(name=ACCURACY)
        return keras.metrics.SparseCategoricalAccuracy(name=ACCURACY)

    def _metric(self, node: Node) -> Any:
        metric = build(node, "metric")
        if isinstance(metric, ClassMetric):
            metric = self._placed(metric, node)
        arguments = next(iter(node.entries.values()), None)
        if arguments is None or arguments.get("name") is None:
            metric.name = rules.plain_name(metric)
        return metric

    def _placed(self, metric: ClassMetric, node: Node) -> Any:
        """Return the metric bound to this target, and report its errors at the argument."""
        try:
            return self._bound(metric)
        except ArgumentError as error:
            _, arguments = split_component(node) or ("", None)
            given = arguments.get(error.argument) if arguments is not None else None
            raise self.refusal("metrics", error.message, node if given is None else given) from error

    def _bound(self, metric: ClassMetric) -> Any:
        """Return the metric bound to exclusive classes; for other targets, Keras' metric of the same name."""
        if self.has_class_units:
            loss = self.loss()
            if self.logits(loss):
                is_independent = loss is not None and rules.class_name(loss) in rules.INDEPENDENT
                metric.activation = "sigmoid" if is_independent else "softmax"
            metric.bind(self.classes)
            return metric
        if metric.class_id is not None and self.is_one_unit:
            positive = escaped((self.target.classes or ("", ""))[1])
            message = f"the single unit of the model is that of class {positive}; remove class_id"
            raise ArgumentError("class_id", message)
        if metric.class_id is not None and self.target.task == "multilabel" and metric.class_id >= self.classes:
            message = f"not one of the {self.classes} labels; expected 0 to {self.classes - 1}, got {metric.class_id}"
            raise ArgumentError("class_id", message)
        return metric.as_keras()

    def form(self, loss: Any | None, metrics: list[tuple[Any, Node | None]]) -> Form:
        """Return the form of the labels that the loss and all metrics accept.

        Raises:
            SpecError: two of them need different forms.
        """
        if not self.is_classes:
            return "numbers"
        sparse, one_hot = self._wanted(loss, metrics)
        if self.is_one_unit:
            return "binary"
        if sparse and one_hot:
            message = (
                f"{sparse[0]} expects class indices, but {one_hot[0]} expects one-hot labels; replace one of them, "
                f"such as {sparse[0]} by {sparse[0].replace('Sparse', '')}"
            )
            raise self.refusal("metrics", message, self.options.metrics)
        return "one_hot" if one_hot else "sparse"

    def _wanted(self, loss: Any | None, metrics: list[tuple[Any, Node | None]]) -> tuple[list[str], list[str]]:
        sparse: list[str] = []
        one_hot: list[str] = ["train.label_smoothing"] if self.smoothing and loss is None else []
        for item in [loss, *(metric for metric, _ in metrics)]:
            if item is not None and item != ACCURACY and not isinstance(item, ClassMetric):
                (sparse if rules.expects_sparse(item) else one_hot).append(rules.class_name(item))
        return sparse, one_hot

    @property
    def units(self) -> str:
        """The number of units of the output as in a spec."""
        several = "" if self.target.name == "y" else f" (=classes.{self.target.name} with several targets)"
        return f"units: =classes{several}"

    def refusal(self, key: str, message: str, node: Node | None = None) -> Exception:
        """Return an error about this target; `key` is `model`, or a key of `train`."""
        subject = "" if self.target.name == "y" else f"target {self.target.name}: "
        return refusal(self.place, "model" if key == "model" else f"train.{key}", subject + message, node)
