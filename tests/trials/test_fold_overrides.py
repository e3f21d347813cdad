import pytest

from kpipe.spec.reader import read
from kpipe.trials.fold_overrides import fold_overrides


@pytest.mark.parametrize("overrides", [{}, {"data.validation": 0, "data.folds": 3, "data.fold": 2}])
def test_other_specs_have_one_run(overrides):
    assert fold_overrides(read("kpipe:digits", overrides)) == {}
