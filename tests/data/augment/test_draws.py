"""The random numbers of a sample."""

import random

import numpy as np
import pytest

from kpipe.data.augment.draws import _STREAM, Draws


def numbers(draws, *where):
    draws.start(*where)
    return [*draws.numbers.random(5), draws.python.random(), draws.python.randint(0, 1000)]


def test_the_states_are_those_of_philox_by_key_and_counter():
    draws = Draws()
    draws.start(7, 3, 11, 2)
    philox = np.random.Philox(counter=[0, 11, 2, _STREAM], key=[7, 3])
    words = philox.random_raw(2)
    python = random.Random(int(words[0]) << 64 | int(words[1]))
    assert draws.python.random() == python.random()
    np.testing.assert_array_equal(draws.numbers.random(9), np.random.Generator(philox).random(9))


def test_what_was_drawn_before_does_not_matter():
    draws = Draws()
    expected = [numbers(draws, 1, 2, place) for place in range(5)]
    draws.numbers.integers(0, 10, 3, dtype=np.uint32)
    draws.python.gauss(0, 1)
    assert [numbers(draws, 1, 2, place) for place in (4, 0, 2, 3, 1)] == [expected[n] for n in (4, 0, 2, 3, 1)]


@pytest.mark.parametrize("where", [(2, 0, 0, 0), (1, 1, 0, 0), (1, 0, 1, 0), (1, 0, 0, 1), (2**64 - 1, 0, 0, 0)])
def test_seed_epoch_place_and_input_each_change_all_numbers(where):
    first, second = numbers(Draws(), 1, 0, 0, 0), numbers(Draws(), *where)
    assert all(one != other for one, other in zip(first, second, strict=True))
