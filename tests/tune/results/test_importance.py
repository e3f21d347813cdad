import numpy as np
import pytest

from kpipe.tune.results.importance import importance
from tune.results.summaries import space_of, trial

SPACE = space_of("a: {Log: [1e-4, 1]}\nb: {Uniform: [0, 1]}\nc: {Choice: [x, y, z]}\nd: {Int: [1, 9]}\n")


def trials_of(score, count=100, failed=lambda u: False):
    """Trials at independent points; `score` and `failed` receive the positions of the values in [0, 1)."""
    generator = np.random.default_rng(1)
    found = []
    for number, u in enumerate(generator.random((count, 4)), start=1):
        point = {"a": 10 ** (4 * u[0] - 4), "b": u[1], "c": "xyz"[int(3 * u[2])], "d": 1 + int(9 * u[3])}
        is_failed = failed(u)
        scores = [] if is_failed else [float(score(u))]
        found.append(trial(number, point, scores, "exploded" if is_failed else "completed"))
    return found


def test_shares_of_a_sum_are_those_of_its_variance():
    # Var[2a + b] = (4 + 1) / 12, of which a explains 4/5 and b 1/5; ranks and the forest change it slightly.
    found = importance(SPACE, trials_of(lambda u: 2 * u[0] + u[1]), "max")
    assert found["a"] == pytest.approx(0.8, abs=0.05)
    assert found["b"] == pytest.approx(0.2, abs=0.05)
    assert found["c"] < 0.01
    assert found["d"] < 0.01


@pytest.mark.parametrize(
    ("name", "score"),
    [
        ("a", lambda u: -((u[0] - 0.3) ** 2)),
        ("c", lambda u: (5, 1, 3)[int(3 * u[2])]),
        ("d", lambda u: int(9 * u[3]) ** 3),
    ],
)
def test_one_value_decides(name, score):
    found = importance(SPACE, trials_of(score), "min")
    assert found[name] > 0.8
    assert all(share < 0.02 for other, share in found.items() if other != name)


def test_a_value_that_decides_about_failure_is_important():
    found = importance(SPACE, trials_of(lambda u: u[1], failed=lambda u: u[0] > 0.7), "max")
    # Without the failures b would explain everything.
    assert found["a"] > 0.3
    assert found["b"] > 0.2


def test_noise_explains_nothing():
    noise = np.random.default_rng(2)
    assert max(importance(SPACE, trials_of(lambda u: noise.random()), "max").values()) < 0.1


def test_the_value_of_an_option_is_permuted_among_the_trials_that_have_it():
    space = space_of("o: {Choice: [{SGD: {rate: {Uniform: [0, 1]}}}, {Adam: {rate: {Uniform: [0, 1]}}}]}\n")
    generator = np.random.default_rng(1)
    found = []
    for number, (choice, u) in enumerate(generator.random((100, 2)), start=1):
        option = "SGD" if choice < 0.5 else "Adam"
        # Only the option decides, although the trials with a value of SGD are exactly those with this option.
        score = (1.0 if option == "SGD" else 0.0) + 1e-3 * generator.random()
        found.append(trial(number, {"o": option, f"o.{option}.rate": float(u)}, [score]))
    shares = importance(space, found, "max")
    assert shares["o"] > 0.5
    assert shares["o.SGD.rate"] < 0.05
    assert shares["o.Adam.rate"] < 0.05


def test_few_or_equal_scores_have_no_importance():
    failed = [trial(9, {"a": 1.0, "b": 1.0, "c": "x", "d": 9}, status="failed")]
    assert importance(SPACE, trials_of(lambda u: u[0], 7) + failed, "max") is None
    assert importance(SPACE, trials_of(lambda u: u[0], 8) + failed, "max") is not None
    assert importance(SPACE, trials_of(lambda u: 0.5, 20), "max") is None


def test_it_is_repeatable():
    ended = trials_of(lambda u: u[0] * u[1], 20)
    assert importance(SPACE, ended, "max") == importance(SPACE, ended, "max")
