from kpipe.checks.checked_spec import checked
from kpipe.train.stages.stage import Stage


def test_stages_know_their_place():
    spec = checked("kpipe:iris")
    first, last = (Stage(number=number, count=2, spec=spec) for number in (1, 2))
    assert (first.index, first.is_last, first.title) == (0, False, "stage 1 of 2")
    assert (last.index, last.is_last, last.title) == (1, True, "stage 2 of 2")
