import math

import numpy as np

from kpipe.optimizers._evaluations import Evaluations


def test_the_loss_and_the_gradient_of_a_point_are_one_evaluation():
    moves = []
    evaluations = Evaluations(lambda: (float(moves[-1] @ moves[-1]), 2 * moves[-1]), moves.append)
    first, second = np.array([1.0, 2.0]), np.array([3.0, 4.0])
    assert evaluations.loss(first) == 5
    assert evaluations.gradient(first.copy()).tolist() == [2, 4]
    assert evaluations.count == 1
    assert evaluations.gradient(second).tolist() == [6, 8]
    assert evaluations.at(first)[0] == 5
    assert evaluations.count == 3
    assert [move.tolist() for move in moves] == [[1, 2], [3, 4], [1, 2]]


def test_a_loss_that_is_not_a_number_is_infinite_for_a_line_search():
    evaluations = Evaluations(lambda: (math.nan, np.zeros(1)), lambda point: None)
    assert evaluations.loss(np.zeros(1)) == math.inf
    assert math.isnan(evaluations.at(np.zeros(1))[0])
