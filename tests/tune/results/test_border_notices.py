import pytest
from golden import expect_messages

from kpipe.tune.results.border_notices import border_notices
from tune.results.summaries import space_of, trial


def notices(space, best, others=(), is_valid=lambda values: True):
    """The notices of a sweep over one value."""
    trials = [trial(number, {"a": value}, [-number]) for number, value in enumerate([best, *others], start=1)]
    return border_notices(space_of(f"a: {{{space}}}"), trials, trials[0], is_valid)


@pytest.mark.parametrize(
    ("space", "best", "others"),
    [
        ("Log: [1e-4, 1e-2]", 9.876543e-3, [1e-3]),
        ("Uniform: [0, 1]", 0.012345, [0.5]),
        ("Int: [8, 9]", 8, [9]),
        ("Int: [8, 9]", 9, [8]),
        ("LogInt: [8, 512]", 512, [8, 64]),
    ],
)
def test_values_at_a_border(space, best, others):
    expect_messages(notices(space, best, others), 1)


def test_a_worse_trial_that_is_nearer_to_the_border_is_evidence_against_it():
    assert notices("Uniform: [0, 1]", 0.04, [0.01]) == []
    assert len(notices("Uniform: [0, 1]", 0.04, [0.99, 0.04])) == 1


def test_a_range_that_the_spec_accepts():
    valid = lambda values: values["a"] >= 1  # noqa: E731
    expect_messages(notices("Int: [8, 64]", 8, [64], valid), 1)
    assert notices("Int: [1, 6]", 1, [6], valid) == []
    assert len(notices("Int: [1, 6]", 6, [1], valid)) == 1
    assert notices("LogInt: [1, 8]", 1, [8]) == []


def test_seeds_have_no_better_side():
    trials = [trial(1, {"seed": 0}, [1.0]), trial(2, {"seed": 9}, [0.5])]
    assert border_notices(space_of("seed: {Int: [0, 9]}"), trials, trials[0], lambda values: True) == []


def test_the_only_trial_with_a_score_says_nothing_about_the_border():
    failed = [trial(number, {"a": 0.5}, status="exploded") for number in (2, 3)]
    alone = trial(1, {"a": 0.01}, [1.0])
    assert border_notices(space_of("a: {Uniform: [0, 1]}"), [alone, *failed], alone, lambda values: True) == []
