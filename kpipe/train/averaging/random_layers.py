"""Calls of a model in inference, in which its random layers stay active."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import keras
import numpy as np

from kpipe.keras_internals import global_seed_state, seed_generators, set_global_seed_state, sublayers
from kpipe.train.averaging.is_random import check_random, is_random
from kpipe.train.averaging.training_argument import training_argument

#: Two kinds of generators: those with a seed of their own, which may be that of others, and those without.
_GIVEN, _NUMBERED = 0, 1


@contextmanager
def random_layers(model: keras.Model, seed: int) -> Iterator[list[keras.Variable]]:
    """Within the block, calls of a model compute its random layers as in training, and all others as in inference.

    The calls of all layers inside the model, at any depth, receive `training=True` if the layer is random, and else
    `training=False`, whatever the layer around them passes. So BatchNormalization uses its moving statistics also in
    the branch of a `StochasticDepth`. Functions must be traced within the block.

    Seed generators begin at states that depend only on `seed`, their place in the model, and their own seed;
    generators with the same seed, as of all `FractalJoin` of a network, have the same state. Afterwards, they have the
    states from before the block. Nothing else is changed.

    Args:
        model: the model.
        seed: the seed of the draws, at least 0.

    Yields:
        The variables with the states of all seed generators.

    Raises:
        ArgumentError: the model has no random layers; the argument is `samples`.
    """
    layers = sublayers(model, include_self=True)
    check_random(model)
    generators = {id(entry): entry for layer in layers for entry in seed_generators(layer)}
    numbers = [_number(entry, place, seed) for place, entry in enumerate(generators.values())]
    # Layers without a generator of their own draw from that of Keras.
    common = global_seed_state()
    own = None if common is None else np.array(common)
    set_global_seed_state(np.array([_number(None, len(numbers), seed), 0]))
    states = [*(entry.state for entry in generators.values()), global_seed_state()]
    before = [np.array(entry.state) for entry in generators.values()]
    for state, number in zip(states, numbers, strict=False):
        state.assign(np.array([number, 0]))
    try:
        with training_argument(model, is_random):
            yield states
    finally:
        for state, value in zip(states, before, strict=False):
            state.assign(value)
        set_global_seed_state(own)


def _number(generator: Any | None, place: int, seed: int) -> int:
    """Return the seed of a generator: that of its own seed, or of its place."""
    own = None if generator is None else generator.get_config()["seed"]
    entropy = [seed, _NUMBERED, place] if own is None else [seed, _GIVEN, own % 2**64]
    return int(np.random.SeedSequence(entropy).generate_state(1)[0])
