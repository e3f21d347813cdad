import numpy as np

from kpipe.data.mix.mix_draw import MixDraw


def test_a_draw_has_no_boxes_by_default():
    assert MixDraw(np.ones(1), np.zeros(1, int)).boxes is None
