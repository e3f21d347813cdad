import numpy as np
import pytest
from golden import raises

from kpipe.data.mix import CutMix, MixUp
from kpipe.data.mix.draw_mix import draw_mix
from kpipe.data.mix.mix import Mix
from kpipe.data.mix.mix_draw import MixDraw
from kpipe.errors import DataError, Mark
from kpipe.spec.node import Node


def drawn(seed=0, epoch=0, step=0):
    return draw_mix([MixUp(1.0)], seed, epoch, step, 50).weights


def test_a_draw_depends_on_the_seed_the_epoch_and_the_step_alone():
    base = drawn()
    drawn(seed=9)
    np.testing.assert_array_equal(drawn(), base)
    for other in (drawn(seed=1), drawn(epoch=1), drawn(step=1)):
        assert not np.intersect1d(base, other).size


def test_one_of_several_mixes_is_chosen_with_equal_probability():
    cuts = [draw_mix([MixUp(), CutMix()], 0, 0, step, 2, 8, 8).boxes is not None for step in range(2000)]
    assert abs(np.mean(cuts) - 0.5) < 0.05


class Wrong(Mix):
    """A mix that returns what it is given."""

    def __init__(self, weights=None, permutation=None, boxes=None, cuts=False):
        self.drawn, self.cuts = (weights, permutation, boxes), cuts

    def draw(self, rng, count, height, width):
        weights, permutation, boxes = self.drawn
        weights = np.full(count, 0.5) if weights is None else np.array(weights)
        return MixDraw(weights, np.arange(count) if permutation is None else np.array(permutation), boxes)


@pytest.mark.parametrize(
    "mix",
    [
        Wrong(weights=[0.5]),
        Wrong(weights=[0.5, 1.5]),
        Wrong(weights=[0.5, np.nan]),
        Wrong(permutation=[0, 2]),
        Wrong(permutation=[0.0, 1.0]),
        Wrong(boxes=np.zeros((2, 4), int)),
        Wrong(cuts=True),
        Wrong(boxes=np.array([[0, 0, 9, 1]] * 2), cuts=True),
    ],
)
def test_an_invalid_draw_is_reported(mix):
    with raises(DataError):
        draw_mix([mix], 0, 0, 0, 2, 8, 8)


class Failing(Mix):
    """A mix with an error in its code."""

    def draw(self, rng, count, height, width):
        return {}["weights"]


@pytest.mark.parametrize("nodes", [(), [Node("Failing", Mark("a.yaml", 3, 9, 3, 16), path="data.mix.0")]])
def test_custom_code_that_fails_is_an_error_at_its_place(nodes):
    with raises(DataError, r"test_draw_mix.py:\d+"):
        draw_mix([Failing()], 0, 0, 0, 2, nodes=nodes)
