import pytest
from golden import raises

from kpipe.components.component_text import component_text
from kpipe.errors import SpecError


def test_the_forms_of_a_component():
    assert component_text("Flip", "view", "tta").plain() == "Flip"
    assert component_text("MixUp=0.5", "mix", "mix").plain() == {"MixUp": {"alpha": 0.5}}
    assert component_text(" kpipe.CutMix=[0, 1]", "mix", "mix").plain() == {"kpipe.CutMix": {"factor": [0, 1]}}
    assert component_text("{MixUp: {alpha: 1}}", "mix", "mix").plain() == {"MixUp": {"alpha": 1}}
    assert component_text("MixUp: {alpha: 1}", "mix", "mix").plain() == {"MixUp": {"alpha": 1}}


@pytest.mark.parametrize("text", ["Flip=2", "MixUp=[1", ""])
def test_what_is_refused(text):
    with raises(SpecError):
        component_text(text, "view", "tta")
