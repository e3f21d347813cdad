"""Predictions as captions."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from kpipe.report.prediction_answer import PredictedTarget

#: Most classes of a prediction, and most numbers of a vector or positions of a sequence.
_MOST_CLASSES, _MOST_VALUES = 3, 8


def answer_lines(target: PredictedTarget, numbers: npt.NDArray[Any]) -> list[str]:
    r"""Return the prediction for one sample as captions: the three most probable classes, the labels, or the numbers.

    A class and its probability are joined by a no-break space.

    Args:
        target: the target.
        numbers: the output of the model for the sample.

    Example:
        >>> target = PredictedTarget("y", "classification", ("cat", "dog", "owl", "ant"), False, False)
        >>> answer_lines(target, np.array([0.25, 0.5, 0.2, 0.05]))
        ['dog\xa00.500', 'cat\xa00.250', 'owl\xa00.200']
        >>> answer_lines(PredictedTarget("y", "multilabel", ("a", "b", "c"), False, False), np.array([0.9, 0.4, 0.7]))
        ['a\xa00.900, c\xa00.700', 'not b\xa00.400']
    """
    if target.task == "regression":
        return [_numbers(numbers)]
    probabilities = target.probabilities(numbers)
    if target.task == "sequence":
        best = [target.classes[index] for index in np.ravel(probabilities.argmax(axis=-1))]
        return [_listed(best, len(best))]
    ordered = np.argsort(-probabilities, kind="stable")
    named = [(probabilities[index], f"{target.classes[index]}\u00a0{probabilities[index]:.3f}") for index in ordered]
    if target.task == "classification":
        return [text for _, text in named[:_MOST_CLASSES]]
    chosen = [text for number, text in named if number > 0.5]
    others = [text for number, text in named if number <= 0.5][:_MOST_CLASSES]
    return [", ".join(chosen) or "(none)", *([f"not {', '.join(others)}"] if others else [])]


def _numbers(numbers: npt.NDArray[Any]) -> str:
    texts = [f"{number:.6g}" for number in np.ravel(numbers)[:_MOST_VALUES].tolist()]
    return texts[0] if np.size(numbers) == 1 else f"[{_listed(texts, np.size(numbers))}]"


def _listed(texts: list[str], count: int) -> str:
    return ", ".join(texts[:_MOST_VALUES]) + (f", … ({count:,})" if count > _MOST_VALUES else "")
