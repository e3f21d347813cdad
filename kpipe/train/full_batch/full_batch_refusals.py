"""The check for features that make the loss of the whole training part random, or change the weights after a step."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import keras
from kpipe_callbacks import ExplosionDetector, PolyakAveraging

from kpipe.components.inspection.keras_callbacks import keras_facts
from kpipe.data.prepared import PreparedData
from kpipe.errors import Problem, SpecError
from kpipe.keras_internals import keras_mask, layers_in_inference, sublayers
from kpipe.model.build import BuiltModel
from kpipe.spec.node import Node, split_component
from kpipe.spec.spec import Spec
from kpipe.train.averaging.is_random import is_random
from kpipe.train.notices.small_last_batch import BATCH_NORMALIZATIONS
from kpipe.train.objective.loss_and_metric_rules import WHOLE_BATCH_LOSSES, class_name
from kpipe.train.objective.objective import Objective

#: The end of each message about something that makes the loss random.
_NOISE = (
    "so that the loss of the same weights differs between two evaluations, and the line search of LBFGS would compare "
    "noise; remove it, or write another optimizer, such as Adam"
)
_OTHER = "or write another optimizer, such as Adam"


def check_full_batch(spec: Spec, built: BuiltModel, prepared: PreparedData, objective: Objective) -> None:
    """Refuse features with which a training on the whole training part would be wrong.

    Args:
        spec: a checked spec whose optimizer needs the loss of the whole training part.
        built: its model, not compiled.
        prepared: its data.
        objective: its losses.

    Raises:
        SpecError: there are such features; each is a problem at its place, with the reason.
    """
    batches = prepared.steps("train")
    found = [
        *_problems(spec, _of_section(spec)),
        *_of_layers(spec, built),
        *_problems(spec, _of_losses(built.model, objective, batches)),
    ]
    if found:
        raise SpecError(found)


def check_full_batch_callbacks(callbacks: Sequence[tuple[Any, Node]]) -> None:
    """Refuse callbacks that set the learning rate, average the weights, or undo steps.

    Args:
        callbacks: the callbacks of the training with their nodes.

    Raises:
        SpecError: there are such callbacks; each is a problem at its place, with the reason.
    """
    found = []
    for callback, node in callbacks:
        facts, name = keras_facts(callback), type(callback).__name__
        if facts.sets_learning_rate or getattr(callback, "sets_learning_rate", False):
            reason = f"{name} sets a learning rate, which LBFGS does not have: its line search chooses the step length"
            found.append(Problem(node.mark, node.path, f"{reason}; remove it, {_OTHER}"))
        elif facts.swaps_averages or isinstance(callback, PolyakAveraging):
            reason = f"{name} averages over steps, but LBFGS converges instead of moving around a minimum"
            found.append(Problem(node.mark, node.path, f"{reason}, so that averages only lag; remove it, {_OTHER}"))
        elif isinstance(callback, ExplosionDetector) and callback.on_explosion == "rollback":
            reason = f"{name} undoes steps that raise the loss, but the line search of LBFGS accepts no such step"
            found.append(Problem(node.mark, node.path, f"{reason}; write on_explosion: stop"))
    if found:
        raise SpecError(found)


def _problems(spec: Spec, found: Iterator[tuple[str, str]]) -> Iterator[Problem]:
    for path, message in found:
        yield Problem(spec.place("model.last" if path == "model" else path), path, message)


def _of_section(spec: Spec) -> Iterator[tuple[str, str]]:
    data, train = spec.data, spec.train
    if _is_given(data.augment):
        yield "data.augment", f"augmentation draws other samples in each pass over the training part, {_NOISE}"
    if _is_given(data.mix):
        yield "data.mix", f"mixing combines other samples in each pass over the training part, {_NOISE}"
    if data.last_batch == "drop":
        yield (
            "data.last_batch",
            "LBFGS computes the loss of the whole training part, but drop skips samples; write keep or spread",
        )
    name = (split_component(train.optimizer) or ("",))[0] if train.optimizer is not None else ""
    if name.rpartition(".")[2] == "LossScaleOptimizer":
        yield (
            "train.optimizer",
            "LossScaleOptimizer skips steps and changes the scale of gradients, but the line search of LBFGS compares "
            "gradients with losses; write LBFGS without it",
        )
    if train.precision != "float32":
        yield (
            "train.precision",
            f"{train.precision} rounds the loss to about 3 digits, but the line search of LBFGS compares losses that "
            f"differ in the last digits of float32; write float32, {_OTHER}",
        )
    if _is_given(train.learning_rate_multipliers):
        yield (
            "train.learning_rate_multipliers",
            f"LBFGS has no learning rate, but the step length of its line search for all weights; remove it, {_OTHER}",
        )
    if train.steps_per_execution > 1:
        yield (
            "train.steps_per_execution",
            f"an epoch of LBFGS is one step; expected 1, got {train.steps_per_execution}; remove it",
        )


def _is_given(node: Node | None) -> bool:
    return node is not None and node.value not in (None, [], {})


def _of_layers(spec: Spec, built: BuiltModel) -> Iterator[Problem]:
    seen = {id(layer) for layer in layers_in_inference(built.model)}
    outer = [*((layer, node) for layer, node in built.layers), (built.model, None)]
    for owner, node in outer:
        kinds: set[str] = set()
        for layer in sublayers(owner, include_self=owner is not built.model):
            if id(layer) in seen:
                continue
            seen.add(id(layer))
            for kind, message in _of_layer(layer, is_float32=spec.train.precision == "float32"):
                # The cell of a recurrent layer has the same dropout.
                if node is not None and kind in kinds:
                    continue
                kinds.add(kind)
                mark, path = (spec.place("model"), "model") if node is None else (node.mark, node.path)
                yield Problem(mark, path, message)


def _of_layer(layer: Any, is_float32: bool) -> Iterator[tuple[str, str]]:
    """Yield the kind of each problem of a layer, and its message."""
    name = type(layer).__name__
    if is_random(layer):
        yield "random", f"{name} draws random numbers in training, {_NOISE}"
    if isinstance(layer, BATCH_NORMALIZATIONS) and layer.trainable:
        yield (
            "statistics",
            f"{name} normalizes by the statistics of each batch and changes its moving averages in each evaluation of "
            "the loss, which LBFGS evaluates several times for each step; use GroupNorm or LayerNormalization, "
            f"{_OTHER}",
        )
    if is_float32 and layer.compute_dtype not in ("float32", "float64") and layer.trainable_weights:
        yield (
            "precision",
            f"{name} computes in {layer.compute_dtype}, but the line search of LBFGS compares losses that differ in "
            f"the last digits of float32; write dtype: float32, {_OTHER}",
        )
    constraints = [variable.constraint for variable in layer.trainable_variables if variable.constraint is not None]
    if constraints:
        yield (
            "constraint",
            f"the constraint {type(constraints[0]).__name__} of {name} moves the weights after each step to a point "
            f"that the line search of LBFGS has not evaluated; remove it, {_OTHER}",
        )


def _of_losses(model: keras.Model, objective: Objective, batches: int) -> Iterator[tuple[str, str]]:
    """Yield the losses that are not means over samples, which sums over batches need."""
    if batches == 1:
        return
    remedy = "write a data.batch_size of at least the number of training samples"
    for name, item in objective.targets.items():
        loss = item.make_loss()
        path = f"train.targets.{name}.loss" if len(objective.targets) > 1 else "train.loss"
        reduction = getattr(loss, "reduction", "sum_over_batch_size")
        if class_name(loss) in WHOLE_BATCH_LOSSES:
            yield (
                path,
                f"{class_name(loss)} depends on all samples of a batch, so that batches cannot be summed; {remedy}",
            )
        if reduction != "sum_over_batch_size":
            yield (
                path,
                f"the reduction {reduction} of {class_name(loss)} is not a mean over samples, so that batches cannot "
                f"be summed; {remedy}",
            )
    if any(keras_mask(output) is not None for output in keras.tree.flatten(model.outputs)):
        yield (
            "model",
            "the loss is a mean over unmasked steps, whose number differs between batches, so that batches cannot be "
            f"summed; {remedy}",
        )
