"""What static checks know about a target."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class TargetFacts:
    """What is known about a target.

    Args:
        task: `classification`, `multilabel`, `sequence` or `regression`.
        loss: the class of its loss.
        from_logits: whether the loss expects logits; None if it has no such argument.
        activation: the name of the activation function of the output; None if it is unknown.
        units: the size of the last axis of the output; None if it is unknown.
        labels: the lowest and highest label of the training part as the loss sees it; None if labels are classes.
        mean: the root of the mean square of the means of its numbers in the training part, as the loss sees them; 0
            for classes.
        deviation: the root of the mean of their variances; 0 for classes.
        is_prepared: whether preparations of the target change the numbers; default False.
        loss_path: the path of the loss in the spec.
    """

    task: str
    loss: str
    from_logits: bool | None = None
    activation: str | None = None
    units: int | None = None
    labels: tuple[float, float] | None = None
    mean: float = 0.0
    deviation: float = 0.0
    is_prepared: bool = False
    loss_path: str = "train.loss"
