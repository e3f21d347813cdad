import numpy as np
import pytest

from kpipe.optimizers._two_loop import inverse_hessian_product


def dense_inverse(steps, changes):
    """H by the updates of Nocedal and Wright, equation 7.16 and 7.17, as a matrix."""
    size = len(steps[0])
    matrix = np.eye(size) * (steps[-1] @ changes[-1]) / (changes[-1] @ changes[-1])
    for step, change in zip(steps, changes, strict=True):
        factor = 1 / (change @ step)
        left = np.eye(size) - factor * np.outer(step, change)
        matrix = left @ matrix @ left.T + factor * np.outer(step, step)
    return matrix


@pytest.mark.parametrize("pairs", [1, 2, 5, 9])
def test_it_is_the_product_with_the_matrix_of_the_updates(pairs):
    generator = np.random.default_rng(pairs)
    root = generator.normal(size=(9, 9))
    hessian = root @ root.T + np.eye(9)
    steps = [*generator.normal(size=(pairs, 9))]
    changes = [hessian @ step for step in steps]
    gradient = generator.normal(size=9)
    found = inverse_hessian_product(gradient, steps, changes)
    np.testing.assert_allclose(found, dense_inverse(steps, changes) @ gradient, rtol=1e-9)
    # The secant equation: H y = s for the newest pair.
    np.testing.assert_allclose(inverse_hessian_product(changes[-1], steps, changes), steps[-1], rtol=1e-9)


def test_pairs_along_all_conjugate_directions_are_the_inverse_of_the_hessian():
    generator = np.random.default_rng(3)
    root = generator.normal(size=(6, 6))
    hessian = root @ root.T + np.eye(6)
    _, directions = np.linalg.eigh(hessian)
    steps = [scale * direction for scale, direction in zip(range(1, 7), directions.T, strict=True)]
    gradient = generator.normal(size=6)
    found = inverse_hessian_product(gradient, steps, [hessian @ step for step in steps])
    np.testing.assert_allclose(found, np.linalg.solve(hessian, gradient), rtol=1e-9)


def test_its_arguments_are_not_changed():
    gradient, step, change = np.array([1.0, 2.0]), np.array([1.0, 0.5]), np.array([2.0, 3.0])
    inverse_hessian_product(gradient, [step], [change])
    assert gradient.tolist() == [1.0, 2.0]
    assert step.tolist() == [1.0, 0.5]
    assert change.tolist() == [2.0, 3.0]
