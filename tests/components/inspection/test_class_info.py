import json

import pytest

from kpipe.components import ClassInfo, vocabulary
from kpipe.components.inspection.kinds import KINDS
from kpipe.components.inspection.targets import load_target


@pytest.mark.parametrize("kind", list(KINDS))
def test_all_that_is_known_survives_json(kind):
    for name in vocabulary().names(kind):
        known = vocabulary().find(kind, name)
        assert ClassInfo.from_dict(json.loads(json.dumps(known.to_dict()))) == known


def test_loading():
    assert load_target("fractions:Fraction")(1, 2) * 2 == 1
    with pytest.raises(AttributeError):
        load_target("fractions:Fractions")
