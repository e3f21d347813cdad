"""The phases of a training in which a `StepCallback` can act."""

from __future__ import annotations

from enum import Enum


class Phase(Enum):
    """A phase of a training, for which a `StepCallback` declares actions.

    Phases run in the order below, regardless of the order of the callbacks. The actions of a phase run in the order in
    which they were declared.

    Phases inside the compiled step, where actions use `keras.ops` and the `assign` method of variables:

    | phase | runs | the action receives |
    |---|---|---|
    | `BEFORE_UPDATE` | before the gradients are computed | nothing |
    | `LOSS` | when the loss of the step is known | `loss`, a tensor |
    | `AFTER_UPDATE` | after the optimizer | `updated`: True, or a tensor where accumulation may skip the update |

    Phases outside of the compiled step, in Python:

    | phase | runs | the action receives |
    |---|---|---|
    | `EPOCH_END_CHECK` | after the last step of an epoch; may undo steps | `logs`, a mutable mapping |
    | `EPOCH_END_LOGS` | next; adds values to the logs | `logs` |
    | `EPOCH_END_WEIGHTS` | next, before the validation; puts the weights to be validated into the model | `logs` |
    | `VALIDATION_FAILED` | after an exception within the validation of `fit` | nothing |
    | `ROLLBACK` | after the state of an earlier step was restored | `step`, from 0: the number of steps kept |
    | `TRAIN_END_WEIGHTS` | at the end of `fit`; puts the weights to be kept into the model | nothing |
    | `TRAIN_END_BEST` | next; replaces them by the weights of the best epoch | nothing |
    | `TRAIN_END_STATISTICS` | next; computes statistics that depend on the final weights | nothing |

    Example:
        >>> [phase.name for phase in Phase if phase.is_inside_step]
        ['BEFORE_UPDATE', 'LOSS', 'AFTER_UPDATE']
    """

    BEFORE_UPDATE = "before update"
    LOSS = "loss"
    AFTER_UPDATE = "after update"
    EPOCH_END_CHECK = "epoch end: check"
    EPOCH_END_LOGS = "epoch end: logs"
    EPOCH_END_WEIGHTS = "epoch end: weights"
    VALIDATION_FAILED = "validation failed"
    ROLLBACK = "rollback"
    TRAIN_END_WEIGHTS = "train end: weights"
    TRAIN_END_BEST = "train end: best"
    TRAIN_END_STATISTICS = "train end: statistics"

    @property
    def is_inside_step(self) -> bool:
        """Whether actions of this phase are part of the compiled step."""
        return self in (Phase.BEFORE_UPDATE, Phase.LOSS, Phase.AFTER_UPDATE)


#: The phases at the end of an epoch, in the order in which they run.
EPOCH_END = (Phase.EPOCH_END_CHECK, Phase.EPOCH_END_LOGS, Phase.EPOCH_END_WEIGHTS)
#: The phases at the end of a training, in the order in which they run.
TRAIN_END = (Phase.TRAIN_END_WEIGHTS, Phase.TRAIN_END_BEST, Phase.TRAIN_END_STATISTICS)
