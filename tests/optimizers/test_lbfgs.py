import warnings

import keras
import numpy as np
import pytest
from golden import expect_message, raises
from scipy.optimize import line_search, minimize, rosen, rosen_der

from kpipe.errors import ArgumentError
from kpipe.optimizers import LBFGS

from .test_two_loop import dense_inverse

#: Four weights in two variables, in which the function of Rosenbrock has a curved valley.
START = np.array([-1.2, 1.0, 0.5, 2.0])
on_tensorflow = pytest.mark.tensorflow


class Problem:
    """A function of some variables, with a record of the points at which it was evaluated."""

    def __init__(self, function, gradient, start=START, dtype="float64"):
        half = len(start) // 2
        self.variables = [
            keras.Variable(start[:half].reshape(1, -1), dtype=dtype),
            keras.Variable(start[half:], dtype=dtype),
        ]
        self.function, self.gradient, self.points = function, gradient, []

    @property
    def point(self):
        return np.concatenate([np.asarray(entry, np.float64).reshape(-1) for entry in self.variables])

    def __call__(self):
        self.points.append(self.point)
        return float(self.function(self.point)), self.gradient(self.point)

    def optimizer(self, **options):
        optimizer = LBFGS(**options)
        optimizer.build(self.variables)
        return optimizer


def rosenbrock(**options):
    return Problem(rosen, rosen_der, **options)


def quadratic(size=6, seed=1, **options):
    """x'A x / 2 - b'x, with A, b and the minimum."""
    generator = np.random.default_rng(seed)
    root = generator.normal(size=(size, size))
    matrix, vector = root @ root.T + np.eye(size), generator.normal(size=size)
    problem = Problem(
        lambda x: x @ matrix @ x / 2 - vector @ x, lambda x: matrix @ x - vector, generator.normal(size=size), **options
    )
    return problem, matrix, np.linalg.solve(matrix, vector)


def logistic(samples=200, size=12):
    """Logistic regression with an L2 penalty, which is convex."""
    generator = np.random.default_rng(4)
    x = generator.normal(size=(samples, size))
    sign = np.where(x @ generator.normal(size=size) + generator.normal(size=samples) > 0, 1.0, -1.0)

    def function(w):
        return np.mean(np.logaddexp(0, -sign * (x @ w))) + 1e-3 * w @ w

    def gradient(w):
        return x.T @ (-sign / (1 + np.exp(sign * (x @ w)))) / samples + 2e-3 * w

    return function, gradient, np.zeros(size)


def replay(function, gradient, point, iterations, history, c1=1e-4, c2=0.9, maxiter=20):
    """L-BFGS with the matrix H itself, which is built from the last pairs in each iteration."""
    pairs, points = [], [point]
    for _ in range(iterations):
        slope = gradient(point)
        if pairs:
            direction = -dense_inverse(*zip(*pairs[-history:], strict=True)) @ slope
        else:
            direction = -slope / np.linalg.norm(slope)
        length = line_search(
            function, gradient, point, direction, slope, function(point), c1=c1, c2=c2, maxiter=maxiter
        )[0]
        step = length * direction
        pairs.append((step, gradient(point + step) - slope))
        point = point + step
        points.append(point)
    return points


@on_tensorflow
@pytest.mark.parametrize("history", [1, 3, 10])
def test_its_points_are_those_of_a_replay_with_the_matrix(history):
    problem = rosenbrock()
    optimizer = problem.optimizer(history=history)
    found = []
    for _ in range(20):
        optimizer.iterate(problem)
        found.append(problem.point)
    # Rounding errors grow along the valley, to 1e-11 in 20 iterations.
    np.testing.assert_allclose(found, replay(rosen, rosen_der, START, 20, history)[1:], atol=1e-9)
    assert int(optimizer.iterations) == 20


@on_tensorflow
def test_a_replay_in_float32_differs_by_its_rounding_only():
    problem, _, _ = quadratic(dtype="float32")
    start, optimizer = problem.point, problem.optimizer()
    for _ in range(6):
        optimizer.iterate(problem)
    expected = replay(problem.function, problem.gradient, start, 6, 10)[-1]
    np.testing.assert_allclose(problem.point, expected, atol=1e-5)
    assert optimizer.gradient_norm == pytest.approx(np.linalg.norm(problem.gradient(problem.point)), abs=1e-6)


@on_tensorflow
def test_it_finds_the_minimum_of_a_quadratic():
    problem, matrix, minimum = quadratic()
    optimizer = problem.optimizer(gradient_tolerance=1e-8)
    while optimizer.stop_reason is None:
        optimizer.iterate(problem)
    # norm(x - minimum) <= norm(gradient) / the smallest eigenvalue, which is at least 1.
    assert np.linalg.norm(problem.point - minimum) <= 1e-8 / np.linalg.eigvalsh(matrix)[0]
    assert optimizer.loss == pytest.approx(problem.function(minimum), abs=1e-12)
    assert int(optimizer.iterations) <= 20


@on_tensorflow
def test_each_step_satisfies_the_strong_wolfe_conditions():
    problem = rosenbrock()
    optimizer = problem.optimizer(c1=1e-3, c2=0.5)
    while optimizer.stop_reason is None:
        before = problem.point
        optimizer.iterate(problem)
        step = problem.point - before
        slope = rosen_der(before) @ step
        assert slope < 0
        assert rosen(problem.point) <= rosen(before) + 1e-3 * slope
        assert abs(rosen_der(problem.point) @ step) <= 0.5 * abs(slope)
    assert np.linalg.norm(rosen_der(problem.point)) <= 1e-5


@on_tensorflow
def test_the_first_step_is_along_the_negative_gradient():
    problem = rosenbrock()
    optimizer = problem.optimizer()
    optimizer.iterate(problem)
    slope = rosen_der(START)
    np.testing.assert_allclose(problem.point, START - optimizer.step_length * slope / np.linalg.norm(slope), rtol=1e-12)


@on_tensorflow
def test_the_final_loss_of_a_convex_problem_is_that_of_scipy():
    function, gradient, start = logistic()
    problem = Problem(function, gradient, start)
    optimizer = problem.optimizer(gradient_tolerance=1e-7)
    while optimizer.stop_reason is None:
        optimizer.iterate(problem)
    options = {"gtol": 1e-9, "ftol": 0, "maxcor": 10}
    oracle = minimize(function, start, jac=gradient, method="L-BFGS-B", options=options)
    assert optimizer.loss == pytest.approx(oracle.fun, abs=1e-12)
    np.testing.assert_allclose(problem.point, oracle.x, atol=1e-5)
    # 17 evaluations, and 18 of SciPy.
    assert len(problem.points) <= 1.5 * oracle.nfev


@on_tensorflow
def test_the_last_evaluation_is_at_the_weights():
    problem = rosenbrock()
    optimizer = problem.optimizer()
    total = 0
    while optimizer.stop_reason is None:
        optimizer.iterate(problem)
        total += optimizer.evaluations
        assert problem.points[-1].tolist() == problem.point.tolist()
        assert optimizer.loss == rosen(problem.point)
    assert total == len(problem.points)


@on_tensorflow
@pytest.mark.parametrize("after", [0, 1, 7, 15])
def test_an_optimizer_with_the_saved_variables_continues_bit_identically(after):
    whole = rosenbrock(dtype="float32")
    optimizer = whole.optimizer(history=4)
    for number in range(25):
        if number == after:
            saved = [np.array(entry) for entry in optimizer.variables]
            part = rosenbrock(start=whole.point, dtype="float32")
        optimizer.iterate(whole)
    resumed = part.optimizer(history=4)
    for variable, value in zip(resumed.variables, saved, strict=True):
        variable.assign(value)
    for _ in range(25 - after):
        resumed.iterate(part)
    assert part.point.tolist() == whole.point.tolist()
    for one, other in zip(resumed.variables, optimizer.variables, strict=True):
        np.testing.assert_array_equal(np.array(one), np.array(other))


@on_tensorflow
def test_weights_that_other_code_has_changed_begin_without_pairs():
    problem = rosenbrock()
    optimizer = problem.optimizer()
    for _ in range(5):
        optimizer.iterate(problem)
    problem.variables[0].assign(np.array([[0.3, 0.4]]))
    changed = problem.point
    optimizer.iterate(problem)
    slope = rosen_der(changed)
    direction = -slope / np.linalg.norm(slope)
    np.testing.assert_allclose(problem.point, changed + optimizer.step_length * direction, rtol=1e-12)


@on_tensorflow
def test_weights_that_are_changed_after_the_end_are_minimized_again():
    problem, _, minimum = quadratic()
    optimizer = problem.optimizer()
    while optimizer.stop_reason is None:
        optimizer.iterate(problem)
    problem.variables[1].assign(problem.variables[1] + 1.0)
    optimizer.iterate(problem)
    assert optimizer.stop_reason is None
    while optimizer.stop_reason is None:
        optimizer.iterate(problem)
    np.testing.assert_allclose(problem.point, minimum, atol=1e-5)


@on_tensorflow
def test_it_has_converged_at_a_minimum():
    problem = rosenbrock(start=np.ones(4))
    optimizer = problem.optimizer()
    assert optimizer.stop_reason is None
    optimizer.iterate(problem)
    expect_message(optimizer.stop_reason)
    assert (optimizer.step_length, optimizer.evaluations, problem.point.tolist()) == (0, 1, [1, 1, 1, 1])


@on_tensorflow
def test_it_reports_after_how_many_iterations_it_has_converged():
    problem, _, _ = quadratic()
    optimizer = problem.optimizer()
    while optimizer.stop_reason is None:
        optimizer.iterate(problem)
    expect_message(optimizer.stop_reason)


@on_tensorflow
def test_it_ends_where_the_loss_has_no_more_digits():
    function, gradient, start = logistic()
    problem = Problem(lambda w: np.float32(function(w)), gradient, start)
    optimizer = problem.optimizer(gradient_tolerance=0)
    while optimizer.stop_reason is None:
        before = problem.point
        optimizer.iterate(problem)
    expect_message(optimizer.stop_reason)
    # The weights are those before the attempt, with the same loss.
    assert problem.point.tolist() == before.tolist()
    assert optimizer.loss == function(problem.point).astype(np.float32)
    assert optimizer.step_length == 0


@on_tensorflow
def test_a_gradient_that_is_not_that_of_the_loss_fails():
    problem = rosenbrock()
    problem.gradient = lambda x: -rosen_der(x)
    optimizer = problem.optimizer()
    optimizer.iterate(problem)
    expect_message(optimizer.stop_reason)
    assert problem.point.tolist() == START.tolist()


@on_tensorflow
def test_after_a_failed_line_search_it_tries_the_negative_gradient():
    problem, _, minimum = quadratic()
    optimizer = problem.optimizer()
    optimizer.iterate(problem)
    # A pair that makes the direction point uphill.
    pair = optimizer.variables[2], optimizer.variables[2 + optimizer.history]
    assert [entry.path for entry in pair] == ["lbfgs/s_0", "lbfgs/y_0"]
    pair[0].assign(-np.array(pair[0]))
    before = problem.point
    optimizer.iterate(problem)
    slope = problem.gradient(before)
    expected = before - optimizer.step_length * slope / np.linalg.norm(slope)
    np.testing.assert_allclose(problem.point, expected, rtol=1e-10)
    while optimizer.stop_reason is None:
        optimizer.iterate(problem)
    np.testing.assert_allclose(problem.point, minimum, atol=1e-5)


@on_tensorflow
@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_a_loss_that_is_not_finite_ends_it(value):
    problem = Problem(lambda x: value, rosen_der)
    optimizer = problem.optimizer()
    optimizer.iterate(problem)
    expect_message(optimizer.stop_reason)
    assert problem.point.tolist() == START.tolist()


@on_tensorflow
def test_step_lengths_at_which_the_loss_is_not_finite_are_shortened():
    """-log x - log(1 - x) has its minimum at 1/2, and is not a number outside of (0, 1)."""

    def function(x):
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return np.sum(-np.log(x) - np.log(1 - x))

    start = np.array([0.01, 0.9])
    problem = Problem(function, lambda x: -1 / x + 1 / (1 - x), start)
    optimizer = problem.optimizer()
    while optimizer.stop_reason is None:
        optimizer.iterate(problem)
    assert any(np.isnan(function(point)) for point in problem.points)
    np.testing.assert_allclose(problem.point, 0.5, atol=1e-5)


@on_tensorflow
def test_its_configuration_contains_its_arguments():
    optimizer = LBFGS(history=3, gradient_tolerance=1e-3, c1=1e-3, c2=0.5, max_line_search=4, name="own")
    copy = keras.optimizers.deserialize(keras.optimizers.serialize(optimizer))
    assert type(copy) is LBFGS
    assert copy.get_config() == optimizer.get_config()
    assert copy.get_config()["c2"] == 0.5


@on_tensorflow
def test_the_gradient_of_a_batch_is_refused():
    model = keras.Sequential([keras.Input((2,)), keras.layers.Dense(1)])
    model.compile(LBFGS(), "mse", run_eagerly=True)
    with raises(ValueError):
        model.fit(np.ones((4, 2)), np.ones((4, 1)), verbose=0)


@on_tensorflow
def test_weights_in_half_precision_are_refused():
    with raises(ValueError):
        LBFGS().build([keras.Variable(np.zeros(3), dtype="float16", name="kernel")])


@on_tensorflow
@pytest.mark.parametrize("options", [{"history": 0}, {"c1": 0.95}, {"c2": 1.0}, {"gradient_tolerance": -1.0}])
def test_arguments_are_checked(options):
    with raises(ArgumentError):
        LBFGS(**options)


@pytest.mark.skipif(keras.backend.backend() != "jax", reason="only on JAX")
def test_another_backend_is_refused():
    with raises(ValueError):
        LBFGS().build([keras.Variable(np.zeros(3))])
