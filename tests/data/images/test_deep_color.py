import numpy as np

from kpipe.data.images import deep_color as module
from kpipe.data.images.deep_color import deep_color


def test_values_by_hand():
    color = np.array([[[65_535, 0, 0], [0, 65_535, 0]]], np.uint16)
    opacity = np.array([[[65_535], [32_768]]], np.uint16)
    assert deep_color(color, opacity, 3).tolist() == [[[65_535, 0, 0], [32_767, 65_535, 32_767]]]
    assert deep_color(color, None, 1).tolist() == [[[19_595], [38_469]]]
    assert deep_color(color[..., :1], None, 3).tolist() == [[[65_535] * 3, [0] * 3]]


def test_tiles_do_not_show(monkeypatch):
    generator = np.random.default_rng(0)
    color, opacity = (generator.integers(0, 65_536, (7, 3, size), np.uint16) for size in (3, 1))
    whole = deep_color(color, opacity, 1)
    monkeypatch.setattr(module, "_TILE", 6)
    assert np.array_equal(deep_color(color, opacity, 1), whole)
