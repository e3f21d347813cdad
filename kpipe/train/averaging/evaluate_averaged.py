"""An evaluation of answers that are averaged over views."""

from __future__ import annotations

import keras

from kpipe.data.prepared import PreparedData
from kpipe.data.views.views import Views
from kpipe.errors import ArgumentError
from kpipe.train.averaging.answer_average import Form, answer_form
from kpipe.train.averaging.averaged_model import averaged_model
from kpipe.train.averaging.averaging import Averaging
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
        ArgumentError: the views do not fit the data; see `check_views`.
    """
    views = averaging.views
    check_views(views, prepared)
    viewed = prepared.with_views(views)
    averaged = averaged_model(
        model,
        {name: _form(item) for name, item in objective.targets.items()},
        viewed.view_counts,
        views.mirrored or (),
        list(image_targets(prepared.dataset)),
    )
    try:
        return evaluate(averaged, viewed, part, objective)
    finally:
        viewed.close()


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
