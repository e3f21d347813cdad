"""An evaluation of averaged answers."""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import keras

from kpipe.data.prepared import PreparedData
from kpipe.data.prepared_target import PreparedTarget
from kpipe.data.views.views import Views
from kpipe.errors import ArgumentError
from kpipe.train.averaging.answer_average import Form, answer_form
from kpipe.train.averaging.averaged_model import averaged_model
from kpipe.train.averaging.averaging import Averaging
from kpipe.train.averaging.is_random import check_random
from kpipe.train.averaging.masks import Masks
from kpipe.train.averaging.random_layers import random_layers
from kpipe.train.evaluate import evaluate
from kpipe.train.objective.evaluation import Evaluation
from kpipe.train.objective.objective import Objective, TargetObjective
from kpipe.train.setup.image_targets import image_targets


def evaluate_averaged(
    model: keras.Model, prepared: PreparedData, part: str, objective: Objective, averaging: Averaging
) -> Evaluation:
    """Evaluate a model on one part of the data, with answers that are averaged.

    The loss and the metrics are those of the objective. Outputs that are logits are averaged as probabilities p, and
    the loss receives log p, whose softmax is p.

    Args:
        model: the training model; it does not have to be compiled, and is not changed.
        prepared: the data.
        part: `train`, `validation` or `test`.
        objective: the losses, the metrics and the forms of the labels.
        averaging: what the answers are averaged over.

    Raises:
        ArgumentError: see `check_averaging`.
    """
    views = averaging.views
    check_averaging(averaging, model, prepared)
    viewed = prepared if views is None else prepared.with_views(views)
    with contextlib.ExitStack() as stack:
        if views is not None:
            stack.callback(viewed.close)
        masks = None
        if averaging.samples is not None:
            states = stack.enter_context(random_layers(model, averaging.seed))
            masks = Masks(averaging.samples, states, _units(objective))
        averaged = averaged_model(
            model,
            {name: _form(item) for name, item in objective.targets.items()},
            viewed.view_counts,
            (views.mirrored if views is not None else None) or (),
            list(image_targets(prepared.dataset)),
            masks,
        )
        found = evaluate(averaged, viewed, part, objective)
    return found if masks is None else _with_spread(found, objective)


def _units(objective: Objective) -> dict[str, Callable[[Any], Any]]:
    """Return functions that convert prepared numbers to the units of their targets."""

    def inverse(preparation: PreparedTarget, shape: tuple[int | None, ...]) -> Callable[[Any], Any]:
        return lambda values: preparation.inverse(values, shape)

    prepared = ((name, item.preparation, item.shape) for name, item in objective.targets.items())
    return {name: inverse(preparation, shape) for name, preparation, shape in prepared if preparation is not None}


def _with_spread(found: Evaluation, objective: Objective) -> Evaluation:
    """Return an evaluation whose mean deviations are not among the metrics."""
    names = {f"spread {name if len(objective.targets) > 1 else ''}": name for name in objective.targets}
    metrics = {name: value for name, value in found.metrics.items() if name not in names}
    return replace(found, metrics=metrics, spread={name: found.metrics[key] for key, name in names.items()})


def check_averaging(averaging: Averaging, model: keras.Model, prepared: PreparedData) -> None:
    """Check that answers of a model can be averaged.

    Raises:
        ArgumentError: the views do not fit the data, see `check_views`, or the model has no random layers.
    """
    if averaging.views is not None:
        check_views(averaging.views, prepared)
    if averaging.samples is not None:
        check_random(model)


def check_views(views: Views, prepared: PreparedData) -> None:
    """Check that views can be made of the images, and that their answers can be averaged.

    Raises:
        ArgumentError: there are no images, an argument does not fit them, or a target is an image whose pixels do not
            correspond to those of the views.
    """
    prepared.check_views(views)
    images = list(image_targets(prepared.dataset))
    if images and views.mirrored is None:
        raise ArgumentError(
            "tta",
            f"the target {images[0]!r} is an image, but the pixels of its answers to the views of "
            f"{type(views).__name__} do not correspond; expected Flip, whose answers are mirrored back; write Flip, or "
            "remove it",
        )


def _form(item: TargetObjective) -> Form:
    return answer_form(item.target.task, bool(item.logits), item.form == "binary")
