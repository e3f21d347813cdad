import pytest
from golden import raises

from kpipe.errors import ArgumentError, SpecError
from kpipe.messages.call_argument import command_line
from kpipe.report.averaging_request import AveragingRequest


def test_what_is_asked_for():
    assert not AveragingRequest()
    assert AveragingRequest().averaging(0) is None
    assert AveragingRequest("Flip")
    assert AveragingRequest("Draws=3").averaging(0).describe() == {"tta": {"Draws": {"count": 3}}}
    assert AveragingRequest("Flip", 2, 9).averaging(1).describe() == {"tta": "Flip", "samples": 2, "seed": 9}
    assert AveragingRequest(samples=2).averaging(1).describe() == {"samples": 2, "seed": 1}


@pytest.mark.parametrize("arguments", [{"samples": 1}, {"seed": 1}, {"samples": 2, "seed": -1}])
def test_what_is_refused(arguments):
    with raises(SpecError):
        AveragingRequest(**arguments)


def test_errors_are_at_the_option_that_they_are_about():
    with command_line():
        request = AveragingRequest("Draws=3", 2)
        for argument in ("count", "tta", "samples"):
            with raises(SpecError), request.located():
                raise ArgumentError(argument, "does not fit")
