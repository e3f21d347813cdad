import pytest

from kpipe.data.mix.mix import Mix


def test_a_mix_without_draw_cannot_be_created():
    with pytest.raises(TypeError, match="draw"):
        type("Empty", (Mix,), {})()
