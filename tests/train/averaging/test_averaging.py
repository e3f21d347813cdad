import pytest
from golden import raises

from kpipe.components.component_text import component_text
from kpipe.data.views import Flip
from kpipe.errors import SpecError
from kpipe.train.averaging.averaging import Averaging


def test_a_component_becomes_its_object():
    found = Averaging.of(component_text("Flip", "view", "tta"))
    assert isinstance(found.views, Flip)
    assert found.describe() == {"tta": "Flip"}
    assert Averaging.of(None) is None
    assert Averaging.of(None, 20, 3).describe() == {"samples": 20, "seed": 3}
    assert Averaging.of(component_text("Flip", "view", "tta"), 2).describe() == {"tta": "Flip", "samples": 2, "seed": 0}


@pytest.mark.parametrize("text", ["Flop", "Flip: {count: 2}", "[Flip]"])
def test_what_is_refused(text):
    with raises(SpecError):
        Averaging.of(component_text(text, "view", "tta"))
