"""The codes of verdicts about what was measured."""

from __future__ import annotations

from enum import StrEnum


class VerdictCode(StrEnum):
    """The code of a verdict about measured values; a code is never used for another verdict.

    Its first letter is its level: `E` for an error, `W` for a warning. The codes of static checks have numbers below
    100.

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
}
