import numpy as np
import pytest

from kpipe.train.averaging.answer_average import AnswerAverage, answer_form


def test_the_form_depends_on_the_task_and_the_outputs():
    assert answer_form("classification", logits=True, binary=False) == "softmax"
    assert answer_form("sequence", logits=True, binary=False) == "softmax"
    assert answer_form("classification", logits=True, binary=True) == "sigmoid"
    assert answer_form("multilabel", logits=True, binary=False) == "sigmoid"
    assert answer_form("classification", logits=False, binary=False) == "values"
    assert answer_form("regression", logits=True, binary=False) == "values"


@pytest.mark.parametrize("form", ["softmax", "sigmoid", "values"])
def test_the_average_is_that_of_the_probabilities(form):
    outputs = np.random.default_rng(0).normal(0, 3, (5, 4, 3)).astype(np.float32)
    wide = outputs.astype(np.float64)
    if form == "softmax":
        probabilities = np.exp(wide) / np.exp(wide).sum(-1, keepdims=True)
    else:
        probabilities = 1 / (1 + np.exp(-wide)) if form == "sigmoid" else wide
    mean = probabilities.mean(axis=1)
    average = AnswerAverage(form)
    terms = average.mean(average.terms(outputs), axis=1)
    np.testing.assert_allclose(average.probabilities(terms), mean, atol=1e-6)
    found = np.asarray(average.answer(terms), np.float64)
    if form == "softmax":
        found = np.exp(found) / np.exp(found).sum(-1, keepdims=True)
    elif form == "sigmoid":
        found = 1 / (1 + np.exp(-found))
    np.testing.assert_allclose(found, mean, atol=1e-6)
    parts = [average.terms(outputs[:, number]) for number in range(4)]
    total = parts[0]
    for part in parts[1:]:
        total = average.sum(total, part)
    for term, other in zip(average.divided(total, 4), terms, strict=True):
        np.testing.assert_allclose(term, other, atol=1e-5)


def test_large_logits_neither_overflow_nor_underflow():
    average = AnswerAverage("softmax")
    found = average.answer(average.mean(average.terms(np.array([[1000.0, 0.0], [1000.0, 0.0]])), axis=0))
    assert np.asarray(found).tolist() == [0.0, -1000.0]
    average = AnswerAverage("sigmoid")
    found = average.answer(average.mean(average.terms(np.array([-200.0, -200.0])), axis=0))
    assert float(found) == pytest.approx(-200.0)
