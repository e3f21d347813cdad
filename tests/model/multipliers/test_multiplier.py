"""A custom learning-rate multiplier."""

import pytest

from kpipe.components import build, register, vocabulary
from kpipe.model.multipliers.multiplier import Multiplier
from kpipe.spec.yaml_text.yaml_reader import read_text


class Halved(Multiplier):
    """Half the learning rate for all."""

    def factors(self, layers, is_in):
        return dict.fromkeys((entry.name for entry in layers), 0.5)


@pytest.fixture
def registered():
    register(Halved)
    yield
    vocabulary().remove(__name__)


def test_a_custom_multiplier_derives_from_the_base_class(registered):
    assert build(read_text("Halved", "a.yaml"), "multiplier").factors([], None) == {}
