import pytest
import tensorflow as tf

from kpipe.data.feeds.worker_errors import WorkerErrors
from kpipe.errors import DataError


def fail(name):
    raise DataError(f"{name} is damaged")


def test_of_several_errors_the_one_that_tensorflow_reports_is_raised():
    errors = WorkerErrors()
    for name in ("a.png", "b.png", "c.png"):
        with pytest.raises(DataError):
            errors.guard(fail)(name)
    with pytest.raises(DataError, match=r"^b\.png is damaged$"), errors.raised():
        raise tf.errors.InvalidArgumentError(None, None, "DataError: b.png is damaged, in a function")


def test_another_error_of_tensorflow_is_unchanged():
    errors = WorkerErrors()
    with pytest.raises(DataError):
        errors.guard(fail)("a.png")
    with pytest.raises(tf.errors.InvalidArgumentError), errors.raised():
        raise tf.errors.InvalidArgumentError(None, None, "a shape does not fit")
