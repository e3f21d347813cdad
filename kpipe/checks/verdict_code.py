"""The codes of verdicts about what was measured."""

from __future__ import annotations

from enum import StrEnum


class VerdictCode(StrEnum):
    """The code of a verdict about measured values; a code is never used for another verdict.

    Its first letter is its level: `E` for an error, `W` for a warning, `N` for a note. The codes of static checks have
    numbers below 100, those of the check before a run numbers from 101, those of the diagnosis after it from 201.

    Example:
        >>> VerdictCode.EXPLODED, VerdictCode("W107").meaning
        (<VerdictCode.EXPLODED: 'E110'>, 'update too small')
    """

    FIRST_LOSS = "E101"
    REGULARIZATION = "E102"
    SIGNAL = "E103"
    DEAD_UNITS = "E104"
    GRADIENTS = "E105"
    LARGE_UPDATE = "E106"
    NOT_FITTED = "E108"
    OPTIMIZER = "E109"
    EXPLODED = "E110"
    HIGH_LEARNING_RATE = "E111"
    LOW_LEARNING_RATE = "E112"
    WRONG_GRADIENT = "E114"
    LARGE_REGULARIZATION = "W102"
    SMALL_UPDATE = "W107"
    SATURATED_UNITS = "W113"
    BAD_DATA = "E201"
    RUN_EXPLODED = "E202"
    DEAD_AT_END = "E203"
    OVER_REGULARIZED = "E204"
    LEARNED_SLOWLY = "E205"
    LEARNED_UNSTEADILY = "E206"
    DECAYED_EARLY = "E207"
    RANDOM_LABELS = "E208"
    LABEL_NOISE = "W209"
    VALIDATION_BETTER = "W210"
    OVERFITTING = "W211"
    UNDERFITTING = "W212"
    STILL_IMPROVING = "N213"

    @property
    def meaning(self) -> str:
        """What is wrong, in a few words."""
        return _MEANINGS[self]


_MEANINGS = {
    VerdictCode.FIRST_LOSS: "first loss far from that of a guess",
    VerdictCode.REGULARIZATION: "regularization dominates the loss",
    VerdictCode.SIGNAL: "signal vanishes or explodes",
    VerdictCode.DEAD_UNITS: "dead units",
    VerdictCode.GRADIENTS: "gradients vanish or explode",
    VerdictCode.LARGE_UPDATE: "update too large",
    VerdictCode.NOT_FITTED: "tiny sample not fitted",
    VerdictCode.OPTIMIZER: "tiny sample fitted only by another optimizer",
    VerdictCode.EXPLODED: "loss explodes",
    VerdictCode.HIGH_LEARNING_RATE: "learning rate too high",
    VerdictCode.LOW_LEARNING_RATE: "learning rate too low",
    VerdictCode.WRONG_GRADIENT: "wrong gradient of a custom layer",
    VerdictCode.LARGE_REGULARIZATION: "large regularization",
    VerdictCode.SMALL_UPDATE: "update too small",
    VerdictCode.SATURATED_UNITS: "saturated units",
    VerdictCode.BAD_DATA: "bad data",
    VerdictCode.RUN_EXPLODED: "the training exploded",
    VerdictCode.DEAD_AT_END: "dead units at the end",
    VerdictCode.OVER_REGULARIZED: "too much regularization",
    VerdictCode.LEARNED_SLOWLY: "learning rate too low",
    VerdictCode.LEARNED_UNSTEADILY: "learning rate too high",
    VerdictCode.DECAYED_EARLY: "learning rate decayed too early",
    VerdictCode.RANDOM_LABELS: "labels do not depend on the inputs",
    VerdictCode.LABEL_NOISE: "wrong labels",
    VerdictCode.VALIDATION_BETTER: "validation better than training",
    VerdictCode.OVERFITTING: "overfitting",
    VerdictCode.UNDERFITTING: "underfitting or noise",
    VerdictCode.STILL_IMPROVING: "still improving",
}
