import pytest

from kpipe.checks.checked_spec import checked
from kpipe.checks.tune_section import tune_section
from kpipe.errors import SpecError


def test_a_sweep_requires_the_section():
    assert tune_section(checked("kpipe:digits-sweep")).space
    with pytest.raises(SpecError, match="no section tune; add one with the space to search"):
        tune_section(checked("kpipe:digits"))
