"""The moments of a training at which a `StepCallback` acts."""

from __future__ import annotations

from enum import Enum


class Phase(Enum):
    """A moment of a training; a `StepCallback` declares with it when its actions run.

    Phases of the same moment run in the order below, regardless of the order of the callbacks; actions of one phase run
    in the order in which they were declared.

    Inside the compiled step, where actions use `keras.ops` and `assign` variables:

    | phase | runs | the action receives |
    |---|---|---|
    | `BEFORE_UPDATE` | before the gradients are computed | nothing |
    | `LOSS` | when the loss of the step is known | `loss`, a tensor |
    | `AFTER_UPDATE` | after the optimizer | `updated`: True, or a tensor where accumulation may skip the update |

    Outside of it, in Python:

    | phase | runs | the action receives |
    |---|---|---|
    | `EPOCH_END_CHECK` | after the last step of an epoch; may undo steps | `logs`, to be completed |
    | `EPOCH_END_LOGS` | then; adds values to the logs | `logs` |
    | `EPOCH_END_WEIGHTS` | then, before the validation; puts the weights to be validated into the model | `logs` |
    | `VALIDATION_FAILED` | after an exception within the validation of `fit` | nothing |
    | `ROLLBACK` | when the state after an earlier step has been put back | `step`, from 0: the number of steps kept |
    | `TRAIN_END_WEIGHTS` | at the end of `fit`; puts the weights to be kept into the model | nothing |
    | `TRAIN_END_BEST` | then; replaces them by those of the best epoch | nothing |
    | `TRAIN_END_STATISTICS` | then; computes what depends on the weights that are kept | nothing |

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
        """Whether its actions are part of the compiled step."""
        return self in (Phase.BEFORE_UPDATE, Phase.LOSS, Phase.AFTER_UPDATE)


#: In the order in which they run at the end of an epoch.
EPOCH_END = (Phase.EPOCH_END_CHECK, Phase.EPOCH_END_LOGS, Phase.EPOCH_END_WEIGHTS)
#: In the order in which they run at the end of a training.
TRAIN_END = (Phase.TRAIN_END_WEIGHTS, Phase.TRAIN_END_BEST, Phase.TRAIN_END_STATISTICS)
