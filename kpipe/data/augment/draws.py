"""The random numbers of one sample, a function of the seed, the epoch and the sample's place."""

from __future__ import annotations

import random
from typing import Any

import numpy as np

#: Keep these draws apart from others that have the same seed and epoch: those of training samples, and those of views.
_STREAM, _VIEWS = 0x6175676D656E74, 0x7669657773


class Draws:
    """The two generators that Albumentations draws from, which each sample sets to a state of its own.

    Philox (Salmon et al., Parallel Random Numbers: As Easy as 1, 2, 3, 2011) computes its numbers from a key and a
    counter, so that setting a state takes no time: the key is (seed, epoch), the counter begins at (0, place, input,
    stream). One draw of 128 bits seeds Python's generator.

    Example:
        >>> draws = Draws()
        >>> draws.start(seed=1, epoch=0, place=7)
        >>> first = draws.numbers.random(), draws.python.random()
        >>> draws.start(seed=1, epoch=0, place=7)
        >>> first == (draws.numbers.random(), draws.python.random())
        True
    """

    def __init__(self) -> None:
        self._bits = np.random.Philox(0)
        self._counter = np.zeros(4, np.uint64)
        self._key = np.zeros(2, np.uint64)
        self._state: Any = {
            "bit_generator": "Philox",
            "state": {"counter": self._counter, "key": self._key},
            "buffer": np.zeros(4, np.uint64),
            "buffer_pos": 4,
            "has_uint32": 0,
            "uinteger": 0,
        }
        #: NumPy's generator.
        self.numbers = np.random.Generator(self._bits)
        #: Python's generator.
        self.python = random.Random(0)

    def start(self, seed: int, epoch: int, place: int, input_number: int = 0, for_views: bool = False) -> None:
        """Set both generators to the beginning of a sample's numbers.

        Args:
            seed: the seed of the spec, in [0, 2**64).
            epoch: the epoch, from 0.
            place: the place in the training part before it is shuffled, from 0; a sample that occurs twice has two.
            input_number: the position of the input in the dataset, from 0.
            for_views: whether the draws are those of a test-time augmentation, whose numbers differ; default false.
        """
        self._key[:] = seed, epoch
        self._counter[:] = 0, place, input_number, _VIEWS if for_views else _STREAM
        self._bits.state = self._state
        words = self._bits.random_raw(2)
        self.python.seed(int(words[0]) << 64 | int(words[1]))
