import pytest

from kpipe.data.dataset import BadSample
from kpipe.data.sources.source import Source
from kpipe.errors import DataError

BAD = [BadSample(f"{index}.jpg", "the file is empty") for index in range(7)]


def test_no_bad_samples_are_not_worth_a_word(listener):
    listener.context().report_bad([], 100, "images")
    assert listener.said == []


def test_few_are_said(listener):
    listener.context(0.07).report_bad(BAD, 100, "images")
    assert "7 of 100 images cannot be used (7.00%)" in listener.text
    assert "4.jpg: the file is empty" in listener.text
    assert "5.jpg" not in listener.text
    assert "and 2 more" in listener.text


def test_more_than_allowed_are_an_error(listener):
    with pytest.raises(DataError, match=r"(?s)7 of 100 images .*data\.max_bad = 0\.06.*0\.jpg: the file is empty"):
        listener.context(0.06).report_bad(BAD, 100, "images")


def test_none_may_be_allowed(listener):
    with pytest.raises(DataError):
        listener.context(0).report_bad(BAD[:1], 10_000, "rows")
    listener.context(1).report_bad(BAD, 7, "rows")


def test_a_source_opens():
    with pytest.raises(TypeError, match="open"):
        Source()
