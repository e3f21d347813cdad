import keras
import pytest

from kpipe.train.frozen_features.frozen_part import Call, FrozenPart, has_frozen, keys_of
from kpipe.train.frozen_features.graph_walk import INPUTS, Value

X = (INPUTS, 0)
DENSE, RELU, LOOKUP = (keras.layers.Dense(2), keras.layers.ReLU(), keras.layers.Embedding(3, 2))
for layer in (DENSE, LOOKUP):
    layer.build((None, 2))


def chain(*calls, size=100):
    """The part of a sequence of calls, each given by its operation, the bytes of its output and its refusal."""
    made = [
        Call(operation=operation, inputs=[X if place == 0 else (place - 1, 0)], outputs=[nbytes], refusal=refusal)
        for place, (operation, nbytes, refusal) in enumerate(calls)
    ]
    return FrozenPart.of(made, [size], [(len(made) - 1, 0)])


@pytest.mark.parametrize(
    ("calls", "places", "keys", "nbytes"),
    [
        ([(DENSE, 50, None), (DENSE, 9, "")], {0}, [(0, 0)], 50),
        ([(DENSE, 50, None), (RELU, 50, None), (RELU, 20, None), (DENSE, 9, "")], {0, 1, 2}, [(2, 0)], 20),
        # Layers without weights that need more memory, also after further ones.
        ([(DENSE, 50, None), (RELU, 60, None), (RELU, 60, None), (DENSE, 9, "")], {0}, [(0, 0)], 50),
        ([(DENSE, 50, None), (RELU, 60, None), (RELU, 40, None), (DENSE, 9, "")], {0, 1, 2}, [(2, 0)], 40),
        ([(DENSE, 500, None), (DENSE, 9, "")], {0}, [(0, 0)], 500),
        ([(LOOKUP, 500, None), (DENSE, 9, "")], set(), [X], 100),
        # An output of unknown size is computed in each step, and all after it.
        ([(DENSE, 50, None), (RELU, None, None), (DENSE, 9, "")], {0}, [(0, 0)], 50),
        ([(RELU, 10, "a is random"), (DENSE, 5, None)], set(), [X], 100),
        ([(DENSE, 50, None), (RELU, 20, None)], {0, 1}, [(1, 0)], 20),
    ],
)
def test_features_are_small_and_as_far_up_as_possible(calls, places, keys, nbytes):
    part = chain(*calls)
    assert part.places == places
    assert part.keys == keys
    assert part.sample_bytes == nbytes


def test_an_input_of_unknown_size_that_others_use():
    part = chain((DENSE, 5, ""), size=None)
    assert part.sample_bytes is None


def test_refusals_are_those_of_calls_that_the_part_reaches():
    calls = [(DENSE, 5, None), (RELU, 5, "a adds a loss"), (RELU, 5, "b adds a loss")]
    assert chain(*calls).refusals == ["a adds a loss"]
    assert chain(*calls).last == [DENSE]


def test_a_part_has_a_frozen_layer_if_it_has_weights():
    part = chain((DENSE, 5, None), (RELU, 5, None), (DENSE, 5, ""))
    assert has_frozen(part, {id(DENSE)})
    assert not has_frozen(part, {id(RELU)})
    assert not has_frozen(part, {id(LOOKUP)})


def test_keys_of_all_values_in_the_arguments_of_a_call():
    assert keys_of(([Value(3, 1), 5], {"mask": Value(INPUTS, 0)})) == [(3, 1), X]
