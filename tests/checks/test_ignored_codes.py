"""Unknown codes under `checks.ignore` are problems of the spec."""

import pytest
from golden import expect_messages

from kpipe.checks.checked_spec import checked
from kpipe.errors import SpecError


def test_an_unknown_code_is_a_problem():
    with pytest.raises(SpecError) as caught:
        checked("kpipe:iris", {"checks.ignore": ["W099", "W005"]})
    expect_messages([str(caught.value)])


def test_known_codes_are_kept():
    spec = checked("kpipe:iris", {"checks.ignore": ["W005"]})
    assert spec.checks.ignore == ["W005"]
    assert checked("kpipe:iris").checks is None
