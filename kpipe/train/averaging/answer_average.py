"""The average of several answers to one sample."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

from keras import ops

#: What the outputs of a target are: logits of exclusive classes, logits of single labels, or anything whose mean is
#: the average, such as probabilities and numbers.
Form = Literal["softmax", "sigmoid", "values"]


def answer_form(task: str, logits: bool, binary: bool) -> Form:
    """Return the form of the outputs of a target.

    Args:
        task: `classification`, `multilabel`, `sequence` or `regression`.
        logits: whether the outputs are logits.
        binary: whether a single output distinguishes two classes.

    Example:
        >>> answer_form("classification", logits=True, binary=False), answer_form("regression", False, False)
        ('softmax', 'values')
    """
    if not logits or task == "regression":
        return "values"
    return "sigmoid" if binary or task == "multilabel" else "softmax"


@dataclass(frozen=True)
class AnswerAverage:
    """Averages outputs of a model as probabilities, and returns the average in the form of the outputs.

    With the outputs z_1 ... z_n, the average of logits is log((softmax(z_1) + ... + softmax(z_n)) / n), whose softmax
    is the mean of the probabilities; of logits of single labels, it is log(p / (1 - p)) with p = (sigmoid(z_1) + ... +
    sigmoid(z_n)) / n. So losses and metrics of the outputs are those of the mean of the probabilities. It is computed
    from logarithms, which neither overflow nor underflow. Probabilities and numbers are averaged as they are.

    Args:
        form: the form of the outputs.

    Example:
        >>> average = AnswerAverage("sigmoid")
        >>> float(average.answer(average.mean(average.terms(ops.array([0.0, 0.0])), axis=0)))
        0.0
    """

    form: Form

    def terms(self, outputs: Any) -> list[Any]:
        """Return what is averaged: logarithms of probabilities, or the outputs."""
        values = ops.cast(outputs, "float32")
        if self.form == "softmax":
            return [ops.log_softmax(values, axis=-1)]
        return [ops.log_sigmoid(values), ops.log_sigmoid(-values)] if self.form == "sigmoid" else [values]

    def mean(self, terms: list[Any], axis: int) -> list[Any]:
        """Return the terms of the mean over an axis."""
        if self.form == "values":
            return [ops.mean(term, axis=axis) for term in terms]
        return [ops.logsumexp(term, axis=axis) - _log_size(term, axis) for term in terms]

    def sum(self, first: list[Any], second: list[Any]) -> list[Any]:
        """Return the terms of the sum of two answers."""
        add = ops.add if self.form == "values" else ops.logaddexp
        return [add(one, other) for one, other in zip(first, second, strict=True)]

    def divided(self, terms: list[Any], number: int) -> list[Any]:
        """Return the terms of an answer divided by a number."""
        if self.form == "values":
            return [term / number for term in terms]
        return [term - ops.log(ops.cast(number, "float32")) for term in terms]

    def answer(self, terms: list[Any]) -> Any:
        """Return the average in the form of the outputs."""
        return terms[0] - terms[1] if self.form == "sigmoid" else terms[0]

    def probabilities(self, terms: list[Any]) -> Any:
        """Return the probabilities, or the numbers, of the average."""
        return terms[0] if self.form == "values" else ops.exp(terms[0])


def _log_size(term: Any, axis: int) -> Any:
    return ops.log(ops.cast(ops.shape(term)[axis], "float32"))
