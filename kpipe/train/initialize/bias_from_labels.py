"""BiasFromLabels: output biases that predict the frequencies of the labels."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
import numpy.typing as npt

from kpipe.train.initialize.initialization import Initialization
from kpipe.train.initialize.initialization_context import InitializationContext
from kpipe.train.initialize.initialization_report import InitializationReport

if TYPE_CHECKING:
    from kpipe.train.initialize.output_layer import OutputLayer
    from kpipe.train.objective.objective import TargetObjective


class BiasFromLabels(Initialization):
    """Bias of the output layer that predicts the labels of the training part before anything is learned.

    For shares p of the classes in the training part, log p for exclusive classes and log(p / (1 - p)) for two classes
    with one output and for each label of a multi-label target, whether the output is logits or probabilities; for
    numbers, their mean in the units of the loss, after `data.prepare_targets`. Shares and means are those of the
    weighted samples, `data.sample_weights` times `train.class_weight`, and shares are at least 1e-7. Labels are not
    smoothed. If the kernel contributes nothing, the first loss is the entropy of the shares, the loss of the best
    constant answer; otherwise, the first steps of the training only have to learn the differences between samples.
    Lin et al., "Focal loss for dense object detection", ICCV 2017, section 4.1, initialize the bias for rare classes
    in the same way.

    The bias is that of the last layer of each output, before activations and layers that keep its values, such as
    Flatten and average pooling. Outputs whose last layer has no trainable bias for each class, or loaded weights, are
    skipped with the reason.

    Raises:
        ArgumentError: no output has such a bias.

    Example:
        >>> BiasFromLabels().remedy
        'end the model in a layer with a trainable bias, such as Dense, or remove BiasFromLabels'
    """

    remedy: ClassVar[str] = "end the model in a layer with a trainable bias, such as Dense, or remove BiasFromLabels"
    is_last: ClassVar[bool] = True

    def check(self, context: InitializationContext) -> None:
        """Check that an output has a bias that can be set."""
        self._outputs(context)

    def apply(self, context: InitializationContext) -> InitializationReport:
        """Set the biases of all outputs."""
        found, skipped = self._outputs(context)
        initialized = {}
        for target, (name, bias) in found.items():
            value = _answer(context, target)
            bias.assign(np.resize(value, bias.shape))
            initialized[name] = {"target": target, "bias": value.tolist()}
        count = f"the bias of {len(found)} output{'' if len(found) == 1 else 's'}"
        return InitializationReport(initialized, skipped, f"{count}: {', '.join(map(_described, initialized.items()))}")

    def _outputs(self, context: InitializationContext) -> tuple[dict[str, tuple[str, Any]], dict[str, str]]:
        """Return the layer and the bias of each target, and why the layers of other targets are skipped."""
        from kpipe.train.initialize.output_layer import OutputLayer

        output, targets = context.model.output, context.objective.targets
        tensors = output if isinstance(output, dict) else dict.fromkeys(targets, output)
        layers = {target: OutputLayer.of(tensors[target]) for target in targets}
        found, skipped = {}, {}
        for target, last in layers.items():
            users = [other for other in targets if layers[other].layer is last.layer]
            shared = f"the outputs {', '.join(users)} share it" if len(users) > 1 else None
            if (reason := shared or _reason(context, targets[target], last)) is not None:
                skipped[last.path] = reason
            else:
                found[target] = (last.path, last.layer.bias)
        if not found:
            raise self.nothing(skipped)
        return found, skipped


def _reason(context: InitializationContext, item: TargetObjective, last: OutputLayer) -> str | None:
    """Return why a bias is not set; None if it is."""
    bias: Any = getattr(last.layer, "bias", None)
    is_number = item.target.task == "regression"
    if is_number and item.activation != "logits":
        return "the output has an activation, so that its bias is not a number to predict"
    if not is_number and (item.logits is None or item.activation == "other"):
        return "the output is neither logits nor probabilities"
    if getattr(last.layer, "use_bias", None) is False:
        return "use_bias is false"
    if not hasattr(bias, "shape") or len(bias.shape) != 1:
        return f"{type(last.layer).__name__} has no bias for each unit"
    if context.is_loaded(last.path):
        return "its weights were loaded"
    if not any(variable is bias for variable in context.model.trainable_variables):
        return "frozen"
    size = item.shape[-1] if item.shape else 1
    if size is None or bias.shape[0] % size:
        return f"its bias has {bias.shape[0]} values, but the output has {size or 'unknown'} columns"
    return None


def _answer(context: InitializationContext, target: str) -> npt.NDArray[np.float64]:
    """Return the value of the bias for each column of an output."""
    from kpipe.train.objective.label_shares import label_shares

    item = context.objective.targets[target]
    labels, weights = context.training_labels(target)
    if item.target.task == "regression":
        rows = labels.reshape(-1, labels.shape[-1]).astype(np.float64)
        own = None if weights is None or not np.any(weights) else np.broadcast_to(weights, labels.shape[:-1])
        mean: npt.NDArray[np.float64] = np.average(rows, axis=0, weights=None if own is None else own.reshape(-1))
        return mean
    is_independent = item.has_independent_probabilities or item.activation == "sigmoid"
    shares = label_shares(item.form, labels, len(item.target.classes or ()), weights, independent=is_independent)
    return np.log(shares / (1 - shares)) if is_independent else np.log(shares)


def _described(entry: tuple[str, dict[str, Any]]) -> str:
    name, values = entry
    bias = values["bias"]
    return f"{name} from {min(bias):.3g} to {max(bias):.3g}" if len(bias) > 1 else f"{name} {bias[0]:.3g}"
